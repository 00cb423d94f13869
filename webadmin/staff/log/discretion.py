"""Numbers that point at nobody: a governor reads how the school does, not what one child did.

A number of one to four is not told, the others are rounded, and groups of which fewer than five
devices were refused anything are told together: in a small group even a large number is somebody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.policy.words import listed
from appliance.store.reports import Number

FEWEST: Final = 5  # what the Department for Education's own statistics hide below
ROUNDED: Final = 5  # or what is hidden could be worked out from the rest and the total


@dataclass(frozen=True, slots=True)
class Discretion:
    """How numbers are told to one reader."""

    is_exact: bool  # for whoever may see the rows themselves

    def told(self, number: int) -> str:
        """A number in a table."""
        if 0 < number < FEWEST and not self.is_exact:
            return f"under {FEWEST}"
        return f"{self.drawn(number):,}"

    def drawn(self, number: int) -> int:
        """A number in a chart."""
        if self.is_exact:
            return number
        return round(number / ROUNDED) * ROUNDED if number >= FEWEST else 0

    def total(self, number: int) -> str:
        """A number in a sentence."""
        is_rounded = number >= FEWEST and not self.is_exact
        return f"about {self.told(number)}" if is_rounded else self.told(number)

    def groups(self, found: Sequence[Number], devices: Mapping[str, int]) -> list[tuple[str, int]]:
        """Each group's number of refusals; small groups joined until they are no longer small."""
        numbers = [(one.what, one.refused) for one in found]
        if self.is_exact:
            return numbers
        joined = _joined(numbers, lambda group: devices.get(group, 0))
        return sorted(joined, key=lambda one: -one[1])


def _joined(
    numbers: Sequence[tuple[str, int]], devices: Callable[[str], int]
) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    names: list[str] = []
    count = size = 0
    for name, number in sorted(numbers, key=lambda one: devices(one[0])):
        names.append(name)
        count += number
        size += devices(name)
        if size >= FEWEST:
            found.append((listed(names), count))
            names, count, size = [], 0, 0
    if names and found:  # no larger group is left to join: the last one takes them
        last, number = found.pop()
        return [*found, (listed([last, *names]), number + count)]
    return found or [("the whole school", count)] * bool(names)
