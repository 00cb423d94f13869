"""A TOML document read with care: every mistake is noted with its line, and reading goes on.

A reader takes the keys it knows out of a Table; whatever nobody took is an unknown key. At the end
`Document.finish` raises one error with all that was noted, or nothing.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, NoReturn, TypeVar

from appliance.domains import shorten
from appliance.errors import ApplianceError, DocumentError, Mistake
from appliance.lines import Path, TooTangled, lines_of

LARGEST = 1 << 20  # bytes; a school of 2,000 devices writes a document of about 200 kB
SMALL = 8 << 10  # characters; the worst tangle of so few costs tomllib 30 ms
YEARS = range(
    2000, 2100
)  # outside them date arithmetic with time zones overflows, and nobody meant it

ENOUGH = 1000  # mistakes, after which nobody reads on; a suggestion for each costs 0.3 ms
TANGLED = "brackets or dotted keys are nested too deep for a document of ours"
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
IDENTIFIER_HELP = "a short name of small letters, digits and hyphens, such as year-7"

Item = TypeVar("Item")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Document:
    """One TOML text on its way to becoming values."""

    def __init__(self, data: bytes, source: str, error: type[DocumentError]) -> None:
        self.source = source
        self.error = error
        self.text = ""
        self.mistakes: list[Mistake] = []
        self.tables: list[Table] = []
        self.root = Table(self, (), self._parse(data))

    def _parse(self, data: bytes) -> dict[str, Any]:
        if len(data) > LARGEST:
            self.refuse(0, f"the file is larger than {LARGEST >> 20} MB: no policy is that long")
        try:
            self.text = data.decode("utf-8-sig").replace("\r\n", "\n")
            if len(self.text) > SMALL:
                _ = self.lines  # refuses a tangle before tomllib gets to work on it
            return tomllib.loads(self.text)
        except UnicodeDecodeError as fault:
            line = data.count(b"\n", 0, fault.start) + 1
            self.refuse(line, "not UTF-8 text: save the file as UTF-8")
        except RecursionError:
            self.refuse(0, TANGLED)
        except ValueError as fault:  # TOMLDecodeError, and what Python says of absurd numbers
            place = _TOML_PLACE.search(str(fault))
            problem = _TOML_PLACE.sub("", str(fault)).rstrip(".")
            line = int(place[1]) if place and place[1] else self.text.count("\n") + 1
            self.refuse(line, f"not TOML: {shorten(problem[:1].lower() + problem[1:], 120)}")

    @cached_property
    def lines(self) -> dict[Path, int]:
        """The line of every key; worked out when a mistake needs it, or to refuse a tangle."""
        try:
            return lines_of(self.text)
        except TooTangled:
            self.refuse(0, TANGLED)

    def refuse(self, line: int, problem: str) -> NoReturn:
        """Give up at once: nothing further can be read."""
        raise self.error(self.source, [Mistake(line, "", problem)])

    def note(self, path: Path, problem: str) -> None:
        """Remember one mistake, on the line of the key or of what holds it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        visible = shorten(problem, len(problem))  # a name in it may hold any character
        self.mistakes.append(Mistake(self.lines.get(known, 0), _spelled(path), visible))
        if len(self.mistakes) == ENOUGH:
            raise self.error(self.source, self.mistakes)

    def finish(self) -> None:
        """Raise every mistake at once, the keys that nobody knows included."""
        for table in self.tables:
            for key in table.unread():
                would_do = suggestion(key, table.asked)
                self.note((*table.path, key), f"unknown key{would_do}")
        if self.mistakes:
            raise self.error(self.source, self.mistakes)


class Table:
    """One table of a document: typed takes, each noting what is wrong and going on."""

    def __init__(self, document: Document, path: Path, content: dict[str, Any]) -> None:
        self.document = document
        self.path = path
        self.content = content
        self.asked: set[str] = set()
        document.tables.append(self)

    def __contains__(self, key: str) -> bool:
        return key in self.content

    @property
    def name(self) -> str:
        return str(self.path[-1])

    def unread(self) -> list[str]:
        return [key for key in self.content if key not in self.asked]

    def wrong(self, key: str | tuple[str | int, ...], problem: str) -> None:
        path = key if isinstance(key, tuple) else (key,)
        self.document.note((*self.path, *path), problem)

    def _take(self, key: str, kind: type | tuple[type, ...], needs: str, required: bool) -> Any:
        """The value if it is of this kind, else None and a note."""
        self.asked.add(key)
        if key not in self.content:
            if required:
                self.wrong(key, f"missing: {needs}")
            return None
        value = self.content[key]
        is_number_by_accident = isinstance(value, bool) and kind is int
        if not isinstance(value, kind) or is_number_by_accident:
            self.wrong(key, f"{_seen(value)} will not do: {needs}")
            return None
        return value

    def text(self, key: str, needs: str, *, required: bool = False, longest: int = 500) -> str:
        """A line or a paragraph for people; empty when it is left out."""
        value = self._take(key, str, needs, required)
        if value is None:
            return ""
        if len(value) > longest:
            self.wrong(key, f"{len(value)} characters are too many: at most {longest}")
            return ""
        if required and not value.strip():
            self.wrong(key, f"empty: {needs}")
        if any(not c.isprintable() and c != "\n" for c in value):
            self.wrong(key, "holds control characters: plain text only")
        return str(value)

    def flag(self, key: str, needs: str, *, default: bool = False) -> bool:
        value = self._take(key, bool, needs, required=False)
        return default if value is None else bool(value)

    def whole(
        self, key: str, needs: str, within: range, *, default: int = 0, required: bool = False
    ) -> int:
        value = self._take(key, int, needs, required)
        if value is None:
            return default
        if value not in within:
            self.wrong(key, f"{_seen(value)} will not do: {needs}")
            return default
        return int(value)

    def date(self, key: str, needs: str, *, required: bool = False) -> datetime.date | None:
        value = self._take(key, datetime.date, needs, required)
        if isinstance(value, datetime.datetime):
            self.wrong(key, f"{_seen(value)} is a moment: {needs}")
            return None
        if value is not None and value.year not in YEARS:
            self.wrong(key, f"{_seen(value)} is not a year of ours: {needs}")
            return None
        return value if isinstance(value, datetime.date) else None

    def moment(self, key: str, needs: str, *, required: bool = False) -> datetime.datetime | None:
        """A date and time, with its offset or without (then: the school's own clock)."""
        value = self._take(key, datetime.datetime, needs, required)
        if value is not None and value.year not in YEARS:
            self.wrong(key, f"{_seen(value)} is not a year of ours: {needs}")
            return None
        return value if isinstance(value, datetime.datetime) else None

    def one_of(self, key: str, choices: Iterable[str], *, default: str = "") -> str:
        """One word out of a few; required where there is no default."""
        known = tuple(choices)
        needs = "one of " + ", ".join(known)
        value = self._take(key, str, needs, required=not default)
        if value is None:
            return default or known[0]
        if value not in known:
            self.wrong(key, f"{_seen(value)} will not do{suggestion(value, known)}: {needs}")
            return default or known[0]
        return str(value)

    def words(self, key: str, needs: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, each once, in the order written."""
        return tuple(self._words(key, needs, required))

    def _words(self, key: str, needs: str, required: bool) -> dict[str, int]:
        """Each text of a list with its place in it."""
        words: dict[str, int] = {}
        for index, value in enumerate(self._take(key, list, needs, required) or ()):
            if not isinstance(value, str) or not value.strip() or not value.isprintable():
                self.wrong((key, index), f"{_seen(value)} will not do: {needs}")
            elif value in words:
                self.wrong((key, index), f"{_seen(value)} stands here twice")
            else:
                words[value] = index
        if required and key in self.content and self.content[key] == []:
            self.wrong(key, f"empty: {needs}")
        return words

    def read_each(
        self, key: str, read: Callable[[str], Item], needs: str, *, required: bool = False
    ) -> tuple[Item, ...]:
        """A list of texts, each turned into a value by `read`, which raises ValueError or an
        ApplianceError with a sentence when it can't."""
        from_text: dict[Item, None] = {}
        for word, index in self._words(key, needs, required).items():
            value = self.attempt((key, index), read, word)
            if value is not None:
                from_text[value] = None
        return tuple(from_text)

    def attempt(
        self, key: str | tuple[str | int, ...], read: Callable[[str], Item], text: str
    ) -> Item | None:
        """`read(text)`, or None and a note of why not."""
        try:
            return read(text)
        except (ApplianceError, ValueError) as fault:
            self.wrong(key, str(fault))
            return None

    def table(self, key: str, needs: str = "a table", *, required: bool = False) -> Table:
        """The table below this key; an empty one where it is left out or is no table."""
        content = self._take(key, dict, needs, required)
        return Table(self.document, (*self.path, key), content or {})

    def tables(self, key: str, needs: str) -> Iterator[Table]:
        """Each table of an array of tables."""
        for index, content in enumerate(self._take(key, list, needs, required=False) or ()):
            if isinstance(content, dict):
                yield Table(self.document, (*self.path, key, index), content)
            else:
                self.wrong((key, index), f"{_seen(content)} will not do: {needs}")

    def named_tables(self, key: str, needs: str) -> Iterator[tuple[str, Table]]:
        """Each table below this key, with its name: [groups.pupils] → ("pupils", …)."""
        return self.table(key, needs).each_table(needs)

    def each_table(self, needs: str) -> Iterator[tuple[str, Table]]:
        """Each key of this table that nobody has asked for yet, as a table with a name."""
        for name in self.unread():
            if not IDENTIFIER.match(name):
                self.wrong(name, f"not a name we can use: {IDENTIFIER_HELP}")
            yield name, self.table(name, needs)


def suggestion(word: str, known: Iterable[str]) -> str:
    """ ", did you mean …?" where something known is spelled nearly so."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def _seen(value: object) -> str:
    """A value as it may stand in a sentence."""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > 10**20:
        return "a number of more than 20 digits"
    return f'"{shorten(value)}"' if isinstance(value, str) else shorten(str(value))


def _spelled(path: Path) -> str:
    """rule[2].when, counted from 1 as people count."""
    spelled = ""
    for part in path:
        if isinstance(part, int):
            spelled += f"[{part + 1}]"
        else:
            spelled += ("." if spelled else "") + shorten(part)
    return spelled
