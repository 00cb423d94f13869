"""A test from this browser: who it is to the box, and what is open to it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance import box
from appliance.endpoint import Address
from appliance.errors import SnapshotError
from appliance.policy.addresses import Addresses
from appliance.policy.decide import Policy
from appliance.policy.explain import Explainer, ListsOf
from appliance.policy.model import Who
from appliance.policy.words import sentence
from webadmin.staff import room
from webadmin.staff.box.schoolforms import own_address

ASKED: Final = (
    ("TikTok", "www.tiktok.com"),
    ("Instagram", "www.instagram.com"),
    ("a VPN", "nordvpn.com"),
    ("BBC Bitesize", "www.bbc.co.uk"),
    ("Childline", "www.childline.org.uk"),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """One name for this device."""

    title: str
    name: str
    is_open: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Trial:
    """This browser, as the policy sees it."""

    address: Address | None
    who: Who
    tried: tuple[Tried, ...]


def trial(policy: Policy) -> Trial:
    """Under a policy that is in force, or would be. A name's own lists count as far as they are in
    force already."""
    address = own_address()
    places = Addresses.of(policy.school)
    who = places.place(address) if address else Who(policy.school.default_group.name)
    explains = Explainer(policy, who, room.now(), _lists_of())
    own = [("the school's own site", name) for name in policy.school.domains[:1]]
    return Trial(address, who, tuple(_tried(explains, *one) for one in (*ASKED, *own)))


def own_addresses() -> list[Address]:
    """What DHCP has to give out as the DNS server."""
    found = [box.own_address(version) for version in (4, 6)]
    return [one for one in found if one]


def _tried(explains: Explainer, title: str, name: str) -> Tried:
    found = explains.explain(name)
    said = sentence(found, explains.policy)
    return Tried(title, name, found.answer.verdict.allowed, said)


def _lists_of() -> ListsOf:
    live = room.context().live

    def lists_of(name: str) -> frozenset[str]:
        try:
            return live.lists_of(name)
        except SnapshotError:
            return frozenset()

    return lists_of
