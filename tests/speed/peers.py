"""The plain way to do the same: a set or a dict of names in Python's own memory.

As a command it reads a list into a set and ends, to be measured as publishing is.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

from appliance.domains import parents


def names_in(path: Path) -> Iterator[str]:
    """The lines of a plain list; nothing is checked."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.strip()


def set_of(path: Path) -> set[str]:
    return set(names_in(path))


class DictWalk:
    """A dict of names; a lookup walks up the domains, narrowest first."""

    def __init__(self, path: Path) -> None:
        self.numbers = {name: 1 for name in names_in(path)}

    def lookup(self, name: str) -> int:
        numbers = self.numbers
        for domain in parents(name):
            if domain in numbers:
                return numbers[domain]
        return 0


if __name__ == "__main__":
    print(len(set_of(Path(sys.argv[1]))))
