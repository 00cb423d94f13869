"""Why this answer: one name, one asker, one moment, with what decides and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from appliance.domains import normalise
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.decide import Policy, decide, holds_until, opens_at
from appliance.policy.model import Who
from appliance.policy.tags import Facts
from appliance.policy.verdict import Verdict

ListsOf = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, how long it holds, and what comes after it."""

    verdict: Verdict
    until: Instant | None
    then: Verdict | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer to one name, as it was asked."""

    asked: str
    who: Who
    at: Instant
    period: str
    answer: Answer

    def contract(self, clock: SchoolClock) -> dict[str, str | None]:
        """The object that `bellgate explain --json` prints: others build on its keys."""
        verdict, until = self.answer.verdict, self.answer.until
        return {
            "name": self.asked,
            "group": self.who.group,
            "at": clock.local(self.at).isoformat(),
            "period": self.period,
            "action": str(verdict.action),
            "decided_by": str(verdict.decided_by),
            "rule": verdict.rule or None,
            "clause": verdict.clause or None,
            "target": verdict.target or None,
            "service": verdict.service or None,
            "category": verdict.category or None,
            "says": verdict.says or None,
            "until": clock.local(until).isoformat() if until is not None else None,
        }


class Explainer:
    """Explains names to one asker at one moment; names with the same facts share an answer."""

    def __init__(self, policy: Policy, who: Who, at: Instant, lists_of: ListsOf) -> None:
        self.policy = policy
        self.who = who
        self.at = at
        self.lists_of = lists_of
        self.period = policy.schedule.moment(at).period
        self._answer = lru_cache(maxsize=65_536)(self._work_out)
        self._opens = lru_cache(maxsize=1_024)(self._work_out_opening)

    def explain(self, asked: str) -> Explanation:
        """NotAName where no device could ask for it."""
        name = normalise(asked)
        facts = self.policy.facts(name, self.lists_of(name))
        return Explanation(asked.strip(), self.who, self.at, self.period, self._answer(facts))

    def opens(self, asked: str) -> Instant | None:
        """When a name that is refused now will not be; None: not within the next year."""
        name = normalise(asked)
        return self._opens(self.policy.facts(name, self.lists_of(name)))

    def _work_out(self, facts: Facts) -> Answer:
        verdict = decide(self.policy, self.who, facts, self.at)
        until = holds_until(self.policy, self.who, facts, self.at)
        then = None if until is None else decide(self.policy, self.who, facts, until)
        return Answer(verdict, until, then)

    def _work_out_opening(self, facts: Facts) -> Instant | None:
        return opens_at(self.policy, self.who, facts, self.at)
