"""Observations come from several resolvers, each in its own order: put them into one.

What has the same time is put into an order of its own, so that it does not matter which came first.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from appliance.detection.observation import Observation
from appliance.policy.clock import Instant

TOLERANCE_SECONDS = 30  # how long the slowest of several recordings may lag


class TooLate(Exception):
    """This observation belongs before others that have been looked at already."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} seconds late")
        self.seconds = seconds


class Order:
    """Holds back the newest few until nothing older can come."""

    def __init__(self, tolerance_seconds: int = TOLERANCE_SECONDS) -> None:
        self._tolerance = tolerance_seconds
        self._waiting: list[Observation] = []
        self._newest: Instant = -(2**62)
        self._told: Instant = -(2**62)

    def take(self, seen: Observation) -> Iterator[Observation]:
        """Those that are ready, now that this one is here."""
        if seen.at <= self._told:
            raise TooLate(self._told - seen.at + self._tolerance)
        heapq.heappush(self._waiting, seen)
        self._newest = max(self._newest, seen.at)
        yield from self.until(self._newest - self._tolerance - 1)

    def until(self, last: Instant) -> Iterator[Observation]:
        """All up to and including this instant."""
        while self._waiting and self._waiting[0].at <= last:
            seen = heapq.heappop(self._waiting)
            self._told = seen.at
            yield seen
