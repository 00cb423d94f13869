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
    ASKED     … the second half, always behind an ASKER: flags (1 byte), the ruling with its length
              (2 bytes) before it, then the question as it came, from its own flags on
    LOST      what there was no room for since the last such mark: allowed, refused (4 bytes each)
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import lru_cache
from struct import Struct
from struct import error as StructError
from typing import Final, NamedTuple

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
_PLAIN = re.compile(rb"[a-z0-9_-]+")
_PART = "\x1f"  # no text of a policy holds it: documents refuse control characters


class Kind(IntEnum):
    TIME = 1
    STATE = 2
    ASKER = 3
    ASKED = 4
    LOST = 5


_KINDS: Final = frozenset(int(kind) for kind in Kind)


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


def asked_head(ruling: bytes, size: int, flags: int = 0) -> bytes:
    """The second half of a question mark, but for the question's `size` bytes that follow it: a
    DNS message without its id, down to the end of the question or beyond."""
    length = _ASKED.size + len(ruling) + size
    return _MARK.pack(Kind.ASKED, length) + _ASKED.pack(flags, len(ruling)) + ruling


def lost_mark(allowed: int, refused: int) -> bytes:
    return _LOST.pack(Kind.LOST, 8, allowed, refused)


class Noted(NamedTuple):
    """A question as it lies in a file: halves that come again and again are best read once."""

    at_ms: int
    state: State
    asker: bytes  # for read_asker
    flags: int
    qtype: int
    ruling: bytes  # for read_ruling
    name: bytes  # as labels

    def event(self) -> Event:
        """ValueError where a half makes no sense."""
        asker, verdict = read_asker(self.asker), read_ruling(self.ruling)
        flags = Flag(self.flags)
        return Event(self.at_ms, self.state, asker, self.name, self.qtype, verdict, flags)


class Marks:
    """Reads one file of events, piece by piece as it grows, from its first byte on."""

    def __init__(self) -> None:
        self.place = 0  # of the next mark, from the beginning of the file
        self._when = 0
        self._state = State()
        self._asker = b""

    def read(self, data: bytes) -> Iterator[Noted | Lost]:
        """What stands in `data`, which begins at `place`. A mark that is cut short at its end is
        still being written: reading stops before it. Broken where the bytes make no sense."""
        at, begin = 0, self.place
        if begin == 0:
            if len(data) < len(MAGIC):
                return
            if not data.startswith(MAGIC):
                raise Broken(0)
            at = self.place = len(MAGIC)
        while at + _MARK.size <= len(data):
            kind, length = _MARK.unpack_from(data, at)
            start = at + _MARK.size
            end = start + length
            if kind not in _KINDS:
                raise Broken(begin + at)  # before its length is believed
            if end > len(data):
                return
            found: Noted | Lost | None = None
            try:
                if kind == Kind.ASKER:
                    self._asker = data[start:end]
                elif kind == Kind.ASKED and self._asker:
                    found = self._asked(data, start, end)
                else:
                    found = self._other(kind, data, start, end)
            except (ValueError, StructError) as fault:
                raise Broken(begin + at) from fault
            at = end
            self.place = begin + at
            if found:
                yield found

    def _asked(self, data: bytes, start: int, end: int) -> Noted:
        flags, size = _ASKED.unpack_from(data, start)
        at = start + _ASKED.size
        ruling = data[at : at + size]
        name, qtype = _read_question(data[at + size : end])
        asker, self._asker = self._asker, b""
        return Noted(self._when, self._state, asker, flags, qtype, ruling, name)

    def _other(self, kind: int, data: bytes, start: int, end: int) -> Lost | None:
        match kind:
            case Kind.TIME if end - start == 8:
                self._when = int.from_bytes(data[start:end], "big")
            case Kind.STATE:
                policy, period, trusted = _split(data[start:end], 3)
                self._state = State(policy, period, bool(trusted))
            case Kind.LOST:
                _, _, allowed, refused = _LOST.unpack_from(data, start - _MARK.size)
                return Lost(self._when, allowed, refused)
            case _:
                raise ValueError(f"{kind} is no mark of ours here")
        return None


def read(data: bytes) -> Iterator[Event | Lost]:
    """Each event of a whole file. Broken where the bytes make no sense."""
    marks = Marks()
    for found in marks.read(data):
        if isinstance(found, Lost):
            yield found
            continue
        try:
            yield found.event()
        except ValueError as fault:
            raise Broken(marks.place) from fault


def whole_of(data: bytes) -> int:
    """How many bytes of these marks are whole questions and other whole marks."""
    at = whole = 0
    while at + _MARK.size <= len(data):
        kind, length = _MARK.unpack_from(data, at)
        at += _MARK.size + length
        if at <= len(data) and kind != Kind.ASKER:
            whole = at
    return whole


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


def text_of(name: bytes) -> str:
    """A name of labels as text that nothing can be hidden in: dots and whatever can't be seen
    inside a label stand as \\DDD, as in zone files (RFC 4343 §2.1)."""
    at, labels = 0, []
    while at < len(name) and (size := name[at]):
        label = name[at + 1 : at + 1 + size]
        labels.append(label.decode() if _PLAIN.fullmatch(label) else _escaped(label))
        at += size + 1
    return ".".join(labels)


def _read_question(question: bytes) -> tuple[bytes, int]:
    """The asked name in lower case, and the type; ValueError where none stands there."""
    at = _QUESTION_AT
    try:
        while size := question[at]:
            at += size + 1
        at += 1
        return question[_QUESTION_AT:at].lower(), question[at] << 8 | question[at + 1]
    except IndexError:
        raise ValueError("no question stands there") from None


def _escaped(label: bytes) -> str:
    hidden = b".\\"
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in hidden else f"\\{byte:03d}"
        for byte in label
    )


def _mark(kind: Kind, data: bytes) -> bytes:
    return _MARK.pack(kind, len(data)) + data


def _join(*parts: str) -> bytes:
    return _PART.join(parts).encode()


def _split(data: bytes, count: int) -> list[str]:
    parts = data.decode().split(_PART)
    if len(parts) != count:
        raise ValueError(f"{len(parts)} parts where {count} belong")
    return parts
