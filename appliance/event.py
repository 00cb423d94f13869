"""The one record that a resolver leaves behind for a question, and its bytes.

A file of events is a run of marks. A time mark and a state mark hold for all that follows them in
the file; a question mark is put together from two halves that are made long before the question is
asked, so that noting one costs a resolver two appends:

    file      b"BGE1"  then marks
    mark      kind (1 byte), length of what follows (2 bytes), and that
    TIME      milliseconds since 1970 (8 bytes)
    STATE     policy version, period, "1" where the clock is trusted; parted by 0x1F
    ASKER     … the first half: address (16 bytes, IPv4 mapped), by what means, group, device, sets,
              forwarder, hardware address; parted by 0x1F
    ASKED     … the second half, always behind an ASKER: flags (1 byte), type (2 bytes), the ruling
              with its length (2 bytes) before it, then the name as labels
    LOST      what there was no room for since the last such mark: allowed, refused (4 bytes each)
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import lru_cache
from struct import Struct
from typing import Final

from appliance.endpoint import Address
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict

MAGIC: Final = b"BGE1"
MARK = Struct("!BH")
_TIME = Struct("!BHQ")
LOST = Struct("!BHII")
ASKED = Struct("!BHH")
_BLOCK = b"block\x1f"  # how the ruling of a refusal begins
_PART = "\x1f"  # no text of a policy holds it: documents refuse control characters


class Kind(IntEnum):
    TIME = 1
    STATE = 2
    ASKER = 3
    ASKED = 4
    LOST = 5


class Flag(IntFlag):
    """How an answer came about."""

    STALE = 1  # from beyond its time, since no upstream answered
    FAILED = 2  # there was no answer to give
    LED_ON = 4  # refused for the name that the answer led to, not for the one asked
    SAFE = 8  # answered by a service's safe mode


class Means(IntEnum):
    """How the asker was told from others."""

    NETWORK = 0  # by its network only: some device of a group
    ADDRESS = 1
    MAC = 2
    CLIENT_ID = 3
    SUBNET = 4  # by the word of a forwarder


@dataclass(frozen=True, slots=True)
class State:
    """What held when questions were asked."""

    policy: str = ""
    period: str = ""
    clock_trusted: bool = True


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, as known at that moment."""

    address: Address
    who: Who
    means: Means = Means.NETWORK
    forwarder: str = ""
    mac: str = ""  # where somebody has told it


@dataclass(frozen=True, slots=True)
class Event:
    """One question and what was said to it."""

    at_ms: int
    state: State
    asker: Asker
    name: bytes  # as labels, lower case
    qtype: int
    verdict: Verdict
    flags: Flag


@dataclass(frozen=True, slots=True)
class Lost:
    """Questions of which no record could be kept."""

    at_ms: int
    allowed: int
    refused: int


def time_mark(at_ms: int) -> bytes:
    return _TIME.pack(Kind.TIME, 8, at_ms)


def state_mark(state: State) -> bytes:
    return _mark(Kind.STATE, _join(state.policy, state.period, "1" if state.clock_trusted else ""))


def asker_mark(asker: Asker) -> bytes:
    """The first half of a question mark; made once for a client."""
    address = asker.address
    if isinstance(address, ipaddress.IPv4Address):
        address = ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
    who = asker.who
    text = _join(
        str(int(asker.means)),
        who.group,
        who.device,
        " ".join(sorted(who.sets)),
        asker.forwarder,
        asker.mac,
    )
    return _mark(Kind.ASKER, address.packed + text)


def ruling_of(verdict: Verdict) -> bytes:
    """A verdict as events carry it; made once for a verdict. The school's sentence is left out:
    the policy version has it."""
    return _join(
        verdict.action,
        verdict.decided_by,
        verdict.rule,
        verdict.clause,
        verdict.target,
        verdict.service,
        verdict.category,
        verdict.safe_search,
    )


def asked_mark(name: bytes, qtype: int, ruling: bytes, flags: int = 0) -> bytes:
    """The second half of a question mark."""
    return (
        MARK.pack(Kind.ASKED, 5 + len(ruling) + len(name))
        + ASKED.pack(flags, qtype, len(ruling))
        + ruling
        + name
    )


def lost_mark(allowed: int, refused: int) -> bytes:
    return LOST.pack(Kind.LOST, 8, allowed, refused)


def whole_of(data: bytes) -> int:
    """How many bytes of these marks are whole questions and other whole marks."""
    at = whole = 0
    while at + MARK.size <= len(data):
        kind, length = MARK.unpack_from(data, at)
        at += MARK.size + length
        if at <= len(data) and kind != Kind.ASKER:
            whole = at
    return whole


def refusals_of(data: bytes) -> tuple[bytes, int, int]:
    """These marks without the questions that were allowed; how many were refused, how many not."""
    kept: list[bytes] = []
    refused = allowed = at = 0
    asker = b""
    while at < len(data):
        kind, length = MARK.unpack_from(data, at)
        mark = data[at : at + MARK.size + length]
        at += len(mark)
        if kind == Kind.ASKER:
            asker = mark
        elif kind != Kind.ASKED:
            kept.append(mark)
        elif mark.startswith(_BLOCK, MARK.size + ASKED.size):
            kept += (asker, mark)
            refused += 1
        else:
            allowed += 1
    return b"".join(kept), refused, allowed


def read_state(data: bytes) -> State:
    """ValueError where this is none."""
    policy, period, trusted = _split(data, 3)
    return State(policy, period, bool(trusted))


@lru_cache(maxsize=4096)
def read_asker(data: bytes) -> Asker:
    """ValueError where this is none."""
    wide = ipaddress.IPv6Address(data[:16])
    address: Address = wide.ipv4_mapped or wide
    means, group, device, sets, forwarder, mac = _split(data[16:], 6)
    who = Who(group, device, frozenset(sets.split()))
    return Asker(address, who, Means(int(means)), forwarder, mac)


@lru_cache(maxsize=4096)
def read_ruling(data: bytes) -> Verdict:
    """A verdict without the school's sentence. ValueError where this is none."""
    action, decided_by, rule, clause, target, service, category, safe_search = _split(data, 8)
    return Verdict(
        Action(action),
        DecidedBy(decided_by),
        rule=rule,
        clause=clause,
        target=target,
        service=service,
        category=category,
        safe_search=safe_search,
    )


def is_refusal(ruling: bytes) -> bool:
    """What read_ruling would say of it, at a tenth of the price."""
    return ruling.startswith(_BLOCK)


def _mark(kind: Kind, data: bytes) -> bytes:
    return MARK.pack(kind, len(data)) + data


def _join(*parts: str) -> bytes:
    return _PART.join(parts).encode()


def _split(data: bytes, count: int) -> list[str]:
    parts = data.decode().split(_PART)
    if len(parts) != count:
        raise ValueError(f"{len(parts)} parts where {count} belong")
    return parts
