"""A list file, of whatever format and packing → the names it blocks and allows.

What a line means is written down in formats/. What DNS can't express is told with its line and
reason, never guessed: `entries` yields it among the names, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from appliance.errors import ListError
from appliance.lists.container import Opened, opened
from appliance.lists.detect import Format, format_of
from appliance.lists.entry import Entry, Scope, Unsupported
from appliance.lists.formats import adblock, dnsmasq, free, rpz, unbound, ut1
from appliance.lists.formats.reader import Reader
from appliance.lists.text import lines_of

__all__ = ["Entry", "ParsedList", "Reading", "Scope", "Unsupported", "entries", "parse", "reading"]


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A whole list: names once each and in order."""

    format: str
    block: list[Entry]
    allow: list[Entry]
    unsupported: list[Unsupported]


@dataclass(frozen=True, slots=True)
class Reading:
    """A list that is being read, line by line."""

    format: str
    entries: Iterator[Entry | Unsupported]


def parse(path: Path) -> ParsedList:
    """All that a list says; ListError where it can't be read."""
    read = reading(path)
    block: list[Entry] = []
    allow: list[Entry] = []
    unsupported: list[Unsupported] = []
    for one in read.entries:
        if isinstance(one, Unsupported):
            unsupported.append(one)
        else:
            (allow if one.allows else block).append(one)
    return ParsedList(read.format, _once_each(block), _once_each(allow), unsupported)


def entries(path: Path) -> Iterator[Entry | Unsupported]:
    """What a list says, line by line; memory doesn't grow with it. ListError may come late."""
    return reading(path).entries


def reading(path: Path) -> Reading:
    """A list's format, found by a first look at it, and its lines."""
    with opened(path) as look:
        if look.text is None:
            told = ut1.usages(look.members)
            return Reading(Format.UT1, _read_archive(path, told))
        found = format_of(lines_of(look.text))
    cancelled = _cancelled(path) if found is Format.ADBLOCK else frozenset()
    return Reading(found, _read_text(path, _reader_of(found, cancelled)))


def _read_archive(path: Path, told: dict[str, str]) -> Iterator[Entry | Unsupported]:
    with opened(path) as archive:
        yield from ut1.read(archive.members, told)


def _read_text(path: Path, reader: Reader) -> Iterator[Entry | Unsupported]:
    with opened(path) as file:
        yield from reader.read(lines_of(_text(file)))


def _cancelled(path: Path) -> adblock.Cancelled:
    """The rules that a list takes back somewhere: it may say so before or after them."""
    with opened(path) as file:
        return frozenset(
            rule.key
            for _, line in lines_of(_text(file))
            if "badfilter" in line and (rule := adblock.Rule.of(line.strip())).cancels
        )


def _text(file: Opened) -> IO[bytes]:
    if file.text is None:
        raise ListError("the list was exchanged while it was being read")
    return file.text


def _reader_of(found: Format, cancelled: adblock.Cancelled) -> Reader:
    match found:
        case Format.HOSTS:
            return free.hosts()
        case Format.DNSMASQ:
            return dnsmasq.config()
        case Format.UNBOUND:
            return unbound.config()
        case Format.RPZ:
            return rpz.zone()
        case Format.ADBLOCK:
            return free.adblock_rules(cancelled)
        case Format.EXPRESSIONS:
            return free.expressions()
    return free.domains()


def _once_each(found: Iterable[Entry]) -> list[Entry]:
    """Each name once, with all that its entries say together, in order of names."""
    together: dict[str, Entry] = {}
    for one in found:
        other = together.setdefault(one.name, one)
        if other is not one:
            scope = one.scope if one.scope is other.scope else Scope.SUBTREE
            together[one.name] = Entry(
                one.name, scope, one.allows, one.important or other.important
            )
    return [together[name] for name in sorted(together)]
