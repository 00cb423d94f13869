"""What was done to the box, and when: by it every answer is judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

RESTART_SECONDS: Final = 3.0  # of a worker, on a busy machine
OUTSIDE_BACK_SECONDS: Final = 8.0  # until resolvers have noticed it
PENDING_SECONDS: Final = 5.0  # that a question may lie with a worker


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long things may take, in seconds. A test that shares its machine gives more."""

    switch: float = 1.0  # from a publish that has ended to answers by it
    record: float = 0.2  # from an answer to its event in a file


@dataclass
class History:
    """Moments by time.time(); written by one thread, read by another."""

    allowance: Allowance = Allowance()
    begun: float = field(default_factory=time.time)
    published: list[tuple[float, float]] = field(default_factory=list)  # publish begun, ended
    deaths: list[float] = field(default_factory=list)
    outside_dead: list[tuple[float, float]] = field(default_factory=list)

    def editions(self, asked: float, answered: float) -> range:
        """Those that may have been in force at some moment between."""
        first = last = 0
        for edition, (begun, ended) in enumerate([*self.published], start=1):
            if begun <= answered:
                last = edition
            if ended + self.allowance.switch < asked:
                first = edition
        return range(first, last + 1)

    def newest(self, at: float) -> tuple[int, float]:
        """The newest edition that was being published by then, and when that ended."""
        found = 0, self.begun
        for edition, (begun, ended) in enumerate([*self.published], start=1):
            if begun <= at:
                found = edition, min(ended, time.time())
        return found

    def is_near_death(self, asked: float, answered: float) -> bool:
        """Whether it may have been with a worker that was killed, or waited for the next one."""
        return any(
            asked < death + RESTART_SECONDS and answered > death - 0.1 for death in self.deaths
        )

    def may_be_lost(self, asked: float) -> bool:
        return any(
            death - PENDING_SECONDS < asked < death + RESTART_SECONDS for death in self.deaths
        )

    def is_outside_dead(self, asked: float, answered: float) -> bool:
        return any(
            asked < ended + OUTSIDE_BACK_SECONDS and answered > begun
            for begun, ended in self.outside_dead
        )

    def may_have_no_record(self, answered: float) -> bool:
        """A killed worker may take the last moments with it."""
        return any(0 <= death - answered < self.allowance.record for death in self.deaths)
