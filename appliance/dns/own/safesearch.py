"""Search engines held to their safe mode: which name answers for them, and what is said of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Final

from appliance.dns.own.alias import ADDRESS_TYPES, Alias, Link, chained
from appliance.dns.own.shapes import FAILED
from appliance.dns.wire import Question, Shape, Type, labels_of
from appliance.policy.model import SafeMode

# HTTPS and SVCB lead to an address as well, and may hold one themselves. Every other question about
# these names is asked as usual: google.com has mail servers.
REDIRECTED: Final = ADDRESS_TYPES | {Type.HTTPS, Type.SVCB}


class SafeSearch:
    """The names that answer for search engines, as a snapshot has them."""

    def __init__(self, engines: Mapping[str, Mapping[str, str]]) -> None:
        """`engines`: "safe_search" of the snapshot's tables."""
        self._engines = engines

    def target(self, engine: str, mode: SafeMode) -> str:
        """The name that answers for an engine in this mode; empty where the tables know none. One
        mode only: then it is the strict one."""
        modes = self._engines.get(engine, {})
        return modes.get(mode) or modes.get(SafeMode.STRICT, "")


def needs_asking(target: str, qtype: int) -> bool:
    """Whether somebody has to find out the target's addresses before `shape` can answer."""
    return qtype in ADDRESS_TYPES and bool(target) and _literal(target) is None


def shape(question: Question, target: str, addresses: Sequence[bytes] | None, ttl: int) -> Shape:
    """What a device is told that asks for the engine: the safe name and its packed addresses.
    `addresses` is None where nobody could find them out: then there is no answer at all, for the
    other one is the unsafe page."""
    if not target:
        return FAILED
    ttl = max(ttl, 0)
    literal = _literal(target)
    if literal is not None:
        kind = Type.A if len(literal) == 4 else Type.AAAA
        return chained(question, (), [literal] if kind == question.qtype else [], ttl, ttl)
    if question.qtype not in ADDRESS_TYPES:
        addresses = ()
    return Alias((Link(labels_of(target), ttl),)).shape(question, addresses, ttl)


def _literal(target: str) -> bytes | None:
    """The address that a target is, where it is one and no name."""
    try:
        return ipaddress.ip_address(target).packed
    except ValueError:
        return None
