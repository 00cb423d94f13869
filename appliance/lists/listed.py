"""Many lists → one table: every listed name with the set of lists it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.lists.plain import names_in
from appliance.policy.nametable import key_of

STEP = 50_000  # names between two words of progress

Progress = Callable[[str, int], None]


def read(files: Mapping[str, Path], progress: Progress) -> tuple[dict[bytes, int], list[list[str]]]:
    """The entries of these lists (by name) and the sets of lists they refer to, from 1.

    An entry's set holds the lists of the domains above it as well, so that the narrowest match of a
    name says everything; an entry that says no more than the one above it is left out.
    """
    lists_of = _bits_of(files, progress)
    names = list(files)
    numbers: dict[int, int] = {}
    entries: dict[bytes, int] = {}
    for key, own in lists_of.items():
        above = _above(key, lists_of)
        if own | above != above:
            entries[key] = numbers.setdefault(own | above, len(numbers) + 1)
    sets = [[name for bit, name in enumerate(names) if bits >> bit & 1] for bits in numbers]
    return entries, sets


def _bits_of(files: Mapping[str, Path], progress: Progress) -> dict[bytes, int]:
    """Each listed name's lists, as bits in their order."""
    bits: dict[bytes, int] = {}
    for place, (name, path) in enumerate(files.items()):
        mine, count = 1 << place, 0
        for count, domain in enumerate(names_in(path), start=1):
            key = key_of(domain)
            bits[key] = bits.get(key, 0) | mine
            if count % STEP == 0:
                progress(name, count)
        progress(name, count)
    return bits


def _above(key: bytes, lists_of: Mapping[bytes, int]) -> int:
    """The lists of all domains that this one lies under."""
    bits = 0
    dot = key.find(b".") + 1
    while dot < len(key):
        bits |= lists_of.get(key[:dot], 0)
        dot = key.find(b".", dot) + 1
    return bits
