"""What every page here needs to know: the box, the time, and which device asks."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from flask import current_app, request

from appliance.endpoint import Address
from appliance.errors import StoreError
from appliance.event import Means
from appliance.policy.addresses import Addresses, devices_of
from appliance.policy.decide import Policy
from appliance.policy.explain import Explainer
from appliance.policy.model import School, Who
from appliance.policy.services import Lifeline
from appliance.store.database import FILE, Record
from appliance.store.search import Wish, find
from webadmin.frame.context import Context
from webadmin.frame.proxies import is_within, read_address

NOBODY_KNOWN: Final = ipaddress.ip_address("0.0.0.0")  # nosec B104: nobody
LATELY_MS: Final = 3_600_000
_SEEN_BY_IT_ALONE: Final = (Means.MAC, Means.CLIENT_ID)


@dataclass(frozen=True, slots=True)
class Asker:
    """The device in somebody's hands, as far as we know it."""

    address: Address
    who: Who
    is_shared: bool  # many devices come from this address


def context() -> Context:
    found: Context = current_app.extensions["context"]
    return found


def policy() -> Policy:
    return context().live.policy()


def asker() -> Asker:
    """Whoever sent this request; of other devices nothing is ever told."""
    address = read_address(request.remote_addr or "") or NOBODY_KNOWN
    config = context().config
    shared = (*config.dns.forwarders, *config.web.trusted_proxies)
    return Asker(address, _who(address), is_within(address, shared))


def explainer(who: Who) -> Explainer:
    """Of what holds for them at this moment."""
    live = context().live
    return Explainer(live.policy(), who, context().now, live.lists_of)


def help_lines() -> list[Lifeline]:
    """Those that a child can reach with a tap."""
    return [one for one in policy().catalogue.lifelines.values() if one.says]


def _who(address: Address) -> Who:
    school = policy().school
    who = _places(policy()).place(address)
    if who.device or not any(one.macs or one.client_ids for one in school.devices):
        return who
    return _as_the_resolver_knew_it(address, school) or who


def _as_the_resolver_knew_it(address: Address, school: School) -> Who | None:
    """A device known by its hardware address or its own id shows neither of them to a web page;
    the resolver saw them, and wrote down who it was."""
    since_ms = context().now_ms - LATELY_MS
    try:
        with Record.look(context().folder / FILE) as record:
            rows = find(record, Wish(address=str(address), since_ms=since_ms), limit=1)
    except StoreError:
        return None
    if not rows or rows[0].asker.means not in _SEEN_BY_IT_ALONE:
        return None
    return devices_of(school).get(rows[0].asker.who.device)


@lru_cache(maxsize=2)
def _places(policy: Policy) -> Addresses:
    return Addresses.of(policy.school)
