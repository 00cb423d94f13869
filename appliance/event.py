"""The one record that a resolver leaves behind for a question, and its bytes.

A file of events is a run of marks. A time mark and a state mark hold for all that follows them in
the file; a question mark is put together from two halves that are made long before the question is
asked, so that noting one costs a resolver two appends:

    file      b"BGE1"  then marks
    mark      kind (1 byte), length of what follows (2 bytes), and that
    TIME      milliseconds since 1970 (8 bytes)
    STATE     policy version, period, "1" where the clock is trusted; parted by 0x1F
    ASKER     … the first half: address (16 bytes, IPv4 mapped), by what means, group, device, sets,
              forwarder; parted by 0x1F
    ASKED     … the second half, always behind an ASKER: flags (1 byte), the ruling with its length
              (2 bytes) before it, then the question as it came, from its own flags on
    LOST      what there was no room for since the last such mark: allowed, refused (4 bytes each)
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from struct import Struct
from struct import error as StructError
from typing import Final

from appliance.endpoint import Address
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict

MAGIC: Final = b"BGE1"
_MARK = Struct("!BH")
_TIME = Struct("!BHQ")
_LOST = Struct("!BHII")
_ASKED = Struct("!BH")
_QUESTION_AT: Final = 10  # behind flags and counts
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


class Broken(Exception):
    """These bytes are no events of ours; `at` is where they stop making sense."""

    def __init__(self, at: int) -> None:
        super().__init__(f"broken at byte {at:,}")
        self.at = at


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
        str(int(asker.means)), who.group, who.device, " ".join(sorted(who.sets)), asker.forwarder
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


def asked_head(ruling: bytes, size: int, flags: int = 0) -> bytes:
    """The second half of a question mark, but for the question's `size` bytes that follow it: a
    DNS message without its id, down to the end of the question or beyond."""
    length = _ASKED.size + len(ruling) + size
    return _MARK.pack(Kind.ASKED, length) + _ASKED.pack(flags, len(ruling)) + ruling


def lost_mark(allowed: int, refused: int) -> bytes:
    return _LOST.pack(Kind.LOST, 8, allowed, refused)


def read(data: bytes, at: int = len(MAGIC)) -> Iterator[tuple[int, Event | Lost]]:
    """Each event from `at` on, with where the next mark begins. A mark that is cut short at the end
    is still being written: reading stops before it. Broken where the bytes make no sense."""
    when, state = 0, State()
    asker: Asker | None = None
    while at + _MARK.size <= len(data):
        kind, length = _MARK.unpack_from(data, at)
        start, end = at + _MARK.size, at + _MARK.size + length
        if end > len(data):
            return
        try:
            match kind:
                case Kind.TIME:
                    when = int.from_bytes(data[start:end], "big")
                case Kind.STATE:
                    policy, period, trusted = _split(data[start:end], 3)
                    state = State(policy, period, bool(trusted))
                case Kind.ASKER:
                    asker = _read_asker(data[start:end])
                case Kind.ASKED if asker:
                    yield end, _read_asked(data[start:end], when, state, asker)
                    asker = None
                case Kind.LOST:
                    _, _, allowed, refused = _LOST.unpack_from(data, at)
                    yield end, Lost(when, allowed, refused)
                case _:
                    raise Broken(at)
        except (ValueError, StructError) as fault:
            raise Broken(at) from fault
        at = end


def refusals_of(data: bytes) -> tuple[bytes, int, int]:
    """These marks without the questions that were allowed; how many were refused, how many not."""
    kept: list[bytes] = []
    refused = allowed = at = 0
    asker = b""
    while at < len(data):
        kind, length = _MARK.unpack_from(data, at)
        mark = data[at : at + _MARK.size + length]
        at += len(mark)
        if kind == Kind.ASKER:
            asker = mark
        elif kind != Kind.ASKED:
            kept.append(mark)
        elif mark.startswith(_BLOCK, _MARK.size + _ASKED.size):
            kept += (asker, mark)
            refused += 1
        else:
            allowed += 1
    return b"".join(kept), refused, allowed


def _read_asker(data: bytes) -> Asker:
    wide = ipaddress.IPv6Address(data[:16])
    address: Address = wide.ipv4_mapped or wide
    means, group, device, sets, forwarder = _split(data[16:], 5)
    return Asker(address, Who(group, device, frozenset(sets.split())), Means(int(means)), forwarder)


def _read_asked(data: bytes, when: int, state: State, asker: Asker) -> Event:
    flags, size = _ASKED.unpack_from(data)
    ruling = data[_ASKED.size : _ASKED.size + size]
    name, qtype = _read_question(data, _ASKED.size + size + _QUESTION_AT)
    action, decided_by, rule, clause, target, service, category, safe_search = _split(ruling, 8)
    verdict = Verdict(
        Action(action),
        DecidedBy(decided_by),
        rule=rule,
        clause=clause,
        target=target,
        service=service,
        category=category,
        safe_search=safe_search,
    )
    return Event(when, state, asker, name, qtype, verdict, Flag(flags))


def _read_question(data: bytes, at: int) -> tuple[bytes, int]:
    """The asked name in lower case, and the type; ValueError where none stands there."""
    start = at
    try:
        while size := data[at]:
            at += size + 1
        at += 1
        return data[start:at].lower(), data[at] << 8 | data[at + 1]
    except IndexError:
        raise ValueError("no question") from None


def _mark(kind: Kind, data: bytes) -> bytes:
    return _MARK.pack(kind, len(data)) + data


def _join(*parts: str) -> bytes:
    return _PART.join(parts).encode()


def _split(data: bytes, count: int) -> list[str]:
    parts = data.decode().split(_PART)
    if len(parts) != count:
        raise ValueError(f"{len(parts)} parts where {count} belong")
    return parts
