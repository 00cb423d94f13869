"""The plain way to do the same: a set or a dict of names in Python's own memory.

As a command it reads a list into a set and ends, to be measured as publishing is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.domains import parents
from appliance.lists.plain import names_in


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
