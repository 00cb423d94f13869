"""Many lists → one table: every listed name with the set of lists it stands on.

Inside a list the narrowest entry that matches a name decides, so that an exception frees a name and
a longer entry may bring one below it back; where two are as narrow the exception wins. Important
entries, where any match, decide in the same way and the others are not asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from appliance.lists.entry import Entry, Scope, Unsupported
from appliance.lists.parse import entries
from appliance.policy.nametable import EXACT, key_of

STEP = 50_000  # lines between two words of progress

Progress = Callable[[str, int], None]

# What a list may say of a key; each kind has a bit for every list.
_ALLOWS, _BELOW, _IMPORTANT = 1, 2, 4
_KINDS = 8


def read(files: Mapping[str, Path], progress: Progress) -> tuple[dict[bytes, int], list[list[str]]]:
    """The entries of these lists (by name) and the sets of lists they refer to, from 1.

    An entry's set holds the lists of the domains above it as well, so that the narrowest match of a
    name says everything; an entry that says no more than the one above it is left out.
    """
    claims = Claims(files, progress)
    numbers: dict[int, int] = {}
    table: dict[bytes, int] = {}
    for key in claims.keys:
        held, above = claims.held(key)
        if held != above:
            table[key] = numbers.setdefault(held, len(numbers) + 1)
    return table, [claims.names_of(bits) for bits in numbers]


class Claims:
    """What each list says of each key, before one is weighed against another."""

    def __init__(self, files: Mapping[str, Path], progress: Progress = lambda *_: None) -> None:
        self.names = list(files)
        self.keys: dict[bytes, int] = {}
        self._same: dict[int, int] = {}  # few different numbers stand at a million keys …
        self._weigh = lru_cache(maxsize=65_536)(self._weigh_anew)  # … and few chains of them
        self._below = sum(
            ((1 << len(files)) - 1) << kind * len(files) for kind in range(_KINDS) if kind & _BELOW
        )
        for place, (name, path) in enumerate(files.items()):
            self._add(name, path, place, progress)

    def lists_of(self, name: str) -> frozenset[str]:
        """The lists that a name stands on."""
        return frozenset(self.names_of(self.held(key_of(name, exact=True))[0]))

    def names_of(self, bits: int) -> list[str]:
        return [name for place, name in enumerate(self.names) if bits >> place & 1]

    def held(self, key: bytes) -> tuple[int, int]:
        """The lists that hold what this key stands for, as bits in their order, and those that
        would if only the keys above it were there."""
        above = self._above(key)
        own = self.keys.get(key, 0)
        if key.endswith(EXACT) and (said := self.keys.get(key[:-1], 0)):
            # what is said of all below a name isn't said of the name itself
            return self._weigh((*above[:-1], said & ~self._below, own)), self._weigh(above)
        return self._weigh((*above, own)), self._weigh(above)

    def _add(self, name: str, path: Path, place: int, progress: Progress) -> None:
        keys, same, width = self.keys, self._same, len(self.names)
        plain = 1 << place
        count = 0
        for count, one in enumerate(entries(path), start=1):
            if count % STEP == 0:
                progress(name, count)
            if isinstance(one, Unsupported):
                continue
            key = key_of(one.name, exact=one.scope is Scope.EXACT)
            bit = plain << _kind(one) * width
            said = keys.get(key, 0) | bit
            keys[key] = same.setdefault(said, said)
            if one.scope is Scope.BELOW:
                keys.setdefault(key + EXACT, 0)  # the name itself needs a word of its own
        progress(name, count)

    def _above(self, key: bytes) -> tuple[int, ...]:
        """What is said of the domains that this key lies under, widest first."""
        chain: tuple[int, ...] = ()
        keys = self.keys
        dot = key.find(b".") + 1
        while 0 < dot < len(key):
            if said := keys.get(key[:dot]):
                chain += (said,)
            dot = key.find(b".", dot) + 1
        return chain

    def _weigh_anew(self, chain: tuple[int, ...]) -> int:
        """The lists that hold a name of which this is said, widest first."""
        ranked = tuple(said >> _IMPORTANT * len(self.names) for said in chain)
        decided = 0
        for said, kind in itertools.product(ranked, range(_IMPORTANT)):
            decided |= self._part(said, kind)
        return (self._narrowest(chain) & ~decided) | self._narrowest(ranked)

    def _narrowest(self, chain: tuple[int, ...]) -> int:
        """The lists whose last word is to refuse."""
        held = 0
        for said in chain:
            for narrower in (0, _BELOW):
                held |= self._part(said, narrower)
                held &= ~self._part(said, narrower | _ALLOWS)
        return held

    def _part(self, said: int, kind: int) -> int:
        width = len(self.names)
        return said >> kind * width & ((1 << width) - 1)


def _kind(entry: Entry) -> int:
    if entry.scope is not Scope.BELOW and not entry.allows and not entry.important:
        return 0
    below = _BELOW if entry.scope is Scope.BELOW else 0
    return below | (_ALLOWS if entry.allows else 0) | (_IMPORTANT if entry.important else 0)
