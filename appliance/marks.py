"""A file of events read back: piece by piece as it grows, from its first byte on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import error as StructError
from typing import Final, NamedTuple

from appliance.event import (
    ASKED,
    LOST,
    MAGIC,
    MARK,
    Event,
    Flag,
    Kind,
    Lost,
    State,
    read_asker,
    read_ruling,
    read_state,
)

_KINDS: Final = frozenset(int(kind) for kind in Kind)
_PLAIN: Final = re.compile(rb"[a-z0-9_-]+")


class Broken(Exception):
    """These bytes are no events of ours; `at` is where they stop making sense."""

    def __init__(self, at: int) -> None:
        super().__init__(f"broken at byte {at:,}")
        self.at = at


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
        while at + MARK.size <= len(data):
            kind, length = MARK.unpack_from(data, at)
            start = at + MARK.size
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
        flags, qtype, size = ASKED.unpack_from(data, start)
        at = start + ASKED.size
        ruling, name = data[at : at + size], data[at + size : end]
        asker, self._asker = self._asker, b""
        return Noted(self._when, self._state, asker, flags, qtype, ruling, name)

    def _other(self, kind: int, data: bytes, start: int, end: int) -> Lost | None:
        match kind:
            case Kind.TIME if end - start == 8:
                self._when = int.from_bytes(data[start:end], "big")
            case Kind.STATE:
                self._state = read_state(data[start:end])
            case Kind.LOST:
                _, _, allowed, refused = LOST.unpack_from(data, start - MARK.size)
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


def text_of(name: bytes) -> str:
    """A name of labels as text that nothing can be hidden in: dots and whatever can't be seen
    inside a label stand as \\DDD, as in zone files (RFC 4343 §2.1)."""
    at, labels = 0, []
    while at < len(name) and (size := name[at]):
        label = name[at + 1 : at + 1 + size]
        labels.append(label.decode() if _PLAIN.fullmatch(label) else _escaped(label))
        at += size + 1
    return ".".join(labels)


def _escaped(label: bytes) -> str:
    hidden = b".\\"
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in hidden else f"\\{byte:03d}"
        for byte in label
    )
