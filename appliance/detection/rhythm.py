"""Timers and people: when something came, and whether a device does it all day by itself."""

from __future__ import annotations

import math
from collections import deque

from appliance.detection.knowledge import Numbers
from appliance.policy.clock import Instant

HOUR = 3600
NIGHT = frozenset((23, 0, 1, 2, 3, 4, 5))  # hours of the school's clock
REMEMBERED = 48  # hours
LONG_PAUSE = 4 * HOUR  # a night between two beats says nothing of their rhythm


class Rhythm:
    """The beginnings of one thing's acts on one device."""

    __slots__ = ("count", "first", "hours", "last", "nights", "span", "_gaps", "_mean", "_squares")

    def __init__(self, at: Instant) -> None:
        self.first = self.last = at
        self.count = self.nights = self.span = 0
        self.hours: deque[int] = deque(maxlen=REMEMBERED)
        self._gaps = 0
        self._mean = self._squares = 0.0

    def beat(self, at: Instant, hour: int) -> None:
        """One more; `hour` is that of the school's clock."""
        gap = at - self.last
        if self.count and gap < LONG_PAUSE:
            self._gaps += 1
            self.span += gap
            stray = gap - self._mean
            self._mean += stray / self._gaps
            self._squares += stray * (gap - self._mean)
        self.count += 1
        self.last = at
        self.nights += hour in NIGHT
        if not self.hours or self.hours[-1] != at // HOUR:
            self.hours.append(at // HOUR)

    @property
    def mean_gap(self) -> int:
        return round(self._mean)

    def is_even(self, numbers: Numbers) -> bool:
        """A timer's: gaps alike, for an hour and more."""
        if self.count < numbers.beat_acts or self.span < numbers.beat_seconds:
            return False
        stray = math.sqrt(self._squares / self._gaps)
        return stray * 100 < self._mean * numbers.beat_percent

    def is_all_day(self, numbers: Numbers) -> bool:
        """In most hours of one day, of at least so many."""
        today = [hour for hour in self.hours if self.hours[-1] - hour < 14]
        if len(today) < numbers.spread_hours or self.count < numbers.spread_hours + 1:
            return False
        return len(today) * 100 >= (today[-1] - today[0] + 1) * numbers.spread_percent

    def is_nightly(self, numbers: Numbers) -> bool:
        return self.nights >= numbers.night_acts

    def is_machine(self, numbers: Numbers) -> bool:
        return self.is_nightly(numbers) or self.is_even(numbers) or self.is_all_day(numbers)
