"""A format at work: lines in, entries and unsupported lines out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from appliance.domains import LONGEST_NAME, shorten
from appliance.lists.entry import Entry, Found, Scope, Unsupported, Why
from appliance.lists.text import Line
from appliance.suffixes import is_public_suffix

SHOWN = 120  # characters of a line, where it is told that it is unsupported

_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Reader:
    """How lines are read: those that `quick` matches block its group 1, the rest are for `slow`.

    `slow` gets the other lines that are not blank; it takes five times as long.
    """

    slow: Callable[[str], Iterable[Found]]
    quick: re.Pattern[str] | None = None
    scope: Scope = Scope.SUBTREE
    taken_back: frozenset[str] = frozenset()  # lines that say nothing, though `quick` matches

    def read(self, lines: Iterable[Line]) -> Iterator[Entry | Unsupported]:
        quick = (self.quick or _NOTHING).fullmatch
        scope, taken_back = self.scope, self.taken_back
        for number, line in lines:
            if (match := quick(line)) and len(name := match[1]) <= LONGEST_NAME:
                if taken_back and line in taken_back:
                    continue
                if is_public_suffix(name):
                    yield unsupported(number, line, Why.PUBLIC_SUFFIX)
                else:
                    yield Entry(name, scope)
            elif line:
                yield from self._slowly(number, line.lstrip("\ufeff"))  # lists get joined, BOM too

    def _slowly(self, number: int, line: str) -> Iterator[Entry | Unsupported]:
        """The entries of one line, and at most one reason why it added no more."""
        reason: Why | None = None
        for found in self.slow(line):
            if isinstance(found, Why):
                reason = reason or found
            elif not found.allows and is_public_suffix(found.name):
                reason = reason or Why.PUBLIC_SUFFIX
            else:
                yield found
        if reason:
            yield unsupported(number, line, reason)


def unsupported(number: int, line: str, why: Why) -> Unsupported:
    return Unsupported(number, shorten(line.strip(), SHOWN), str(why))
