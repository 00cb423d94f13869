"""One sentence of a policy: why, of which names, to whom, and in what time."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.policy.clock import Instant
from appliance.policy.model import EVERYONE, Scope, Who
from appliance.policy.schedule import Moment
from appliance.policy.tags import Taking
from appliance.policy.verdict import Reason


@dataclass(frozen=True, slots=True)
class When:
    """The time in which an opinion speaks: kinds of period, and from an instant until another."""

    kinds: frozenset[str] | None = None  # None: periods of any kind
    school_day: bool = False  # all of the school day, whatever the kind
    start: Instant | None = None
    end: Instant | None = None  # the first instant at which it speaks no more

    def holds(self, moment: Moment, at: Instant) -> bool:
        if self.start is not None and at < self.start:
            return False
        if self.end is not None and at >= self.end:
            return False
        if self.kinds is None:
            return True
        return moment.kind in self.kinds or (self.school_day and moment.in_school_day)

    @property
    def is_permanent(self) -> bool:
        return self.kinds is None and not self.is_bounded

    @property
    def is_bounded(self) -> bool:
        return self.start is not None or self.end is not None


ANY_TIME = When()


@dataclass(frozen=True, slots=True)
class Opinion:
    """One sentence of the policy about one target: why, of which names, to whom, when."""

    reason: Reason
    taking: Taking
    scopes: frozenset[Scope] = frozenset({EVERYONE})
    only_groups: frozenset[str] | None = None  # of those in scope; None: all
    when: When = ANY_TIME

    def speaks_to(self, who: Who) -> bool:
        return self.may_concern(who.group) and not self.scopes.isdisjoint(who.scopes())

    def may_concern(self, group: str) -> bool:
        return self.only_groups is None or group in self.only_groups
