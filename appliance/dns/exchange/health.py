"""How well a server does: how fast it answers, and whether it does at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.config import Upstream

ENOUGH_FAILURES: Final = 3  # one lost datagram is nothing, three in a row are a server's
FIRST_PROBE_SECONDS: Final = 2.0
LAST_PROBE_SECONDS: Final = 30.0
LEAST_PATIENCE: Final = 0.1  # seconds: what a resolver needs for a name it has to look up itself
MOST_PATIENCE: Final = 0.3  # three servers in a row are still asked within a second
ALIKE_SECONDS: Final = 0.02  # below this difference the order of the configuration counts
BARE_SECONDS: Final = 900.0  # how long we remember that a server can't stand EDNS


@dataclass(frozen=True, slots=True)
class Standing:
    """How one server does, for people."""

    upstream: Upstream
    is_healthy: bool
    rtt_seconds: float | None  # smoothed; None: it has never answered
    failures: int  # in a row
    problem: str  # of the last failure; empty since it answered again
    asked: int
    answered: int
    wrong: int  # messages from its address that answered nothing we asked: forgers, or a fault


class Health:
    """What we know of one upstream."""

    def __init__(self, upstream: Upstream, rank: int) -> None:
        self.upstream = upstream
        self.rank = rank  # place in the configuration
        self.is_healthy = True
        self.rtt: float | None = None
        self.patience = MOST_PATIENCE
        self.failures = 0
        self.problem = ""
        self.asked = 0
        self.answered = 0
        self.heard_at = float("-inf")
        self.bare_until = float("-inf")
        self.probe_seconds = FIRST_PROBE_SECONDS

    @property
    def order(self) -> tuple[bool, int, int]:
        """Lowest is asked first: healthy, fast, early in the configuration. One that was never
        asked counts as fast, so it is tried when those before it turn out slow."""
        return not self.is_healthy, round((self.rtt or 0) / ALIKE_SECONDS), self.rank

    def measure(self, seconds: float) -> None:
        """A reply took so long."""
        if self.rtt is None:
            self.rtt = seconds
        else:
            self.rtt += (seconds - self.rtt) / 8  # as TCP does it: RFC 6298
        self.patience = min(max(4 * self.rtt, LEAST_PATIENCE), MOST_PATIENCE)

    def recover(self) -> bool:
        """It has given a good answer; True if that is news."""
        self.failures = 0
        self.problem = ""
        if self.is_healthy:
            return False
        self.is_healthy = True
        self.probe_seconds = FIRST_PROBE_SECONDS
        return True

    def fail(self, problem: str) -> bool:
        """It has failed us once more; True if it counts as ill from now on."""
        self.failures += 1
        self.problem = problem
        if self.is_healthy and self.failures >= ENOUGH_FAILURES:
            self.is_healthy = False
            return True
        return False

    def next_probe_seconds(self) -> float:
        """How long to leave an ill server alone; longer each time."""
        seconds = self.probe_seconds
        self.probe_seconds = min(2 * seconds, LAST_PROBE_SECONDS)
        return seconds

    def standing(self, wrong: int) -> Standing:
        return Standing(
            upstream=self.upstream,
            is_healthy=self.is_healthy,
            rtt_seconds=self.rtt,
            failures=self.failures,
            problem=self.problem,
            asked=self.asked,
            answered=self.answered,
            wrong=wrong,
        )
