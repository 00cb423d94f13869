"""Who has a say in one name, and what the answer is throughout a day: for people who ask why."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.policy.clock import Instant
from appliance.policy.decide import Policy, decide
from appliance.policy.model import Who
from appliance.policy.opinion import When
from appliance.policy.schedule import ONE_DAY
from appliance.policy.tags import Facts
from appliance.policy.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Voice:
    """One sentence of the policy that is about this name and this asker."""

    verdict: Verdict
    when: When
    speaks: bool  # at this moment
    decides: bool  # the first that speaks


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a day in which each asker's answer stays what it is."""

    start: Instant
    end: Instant
    period: str
    verdicts: tuple[Verdict, ...]  # of each asker, in their order


def voices(policy: Policy, who: Who, facts: Facts, at: Instant) -> tuple[Voice, ...]:
    """Everything that has a say in this name, in the order of precedence; `decide` takes the first
    of these that speaks."""
    moment = policy.schedule.moment(at)
    safe = policy.has_safe_search(who.group)
    found: list[Voice] = []
    for opinion in policy.opinions:
        if opinion.taking.covers(facts.tags) and opinion.speaks_to(who):
            speaks = opinion.when.holds(moment, at)
            decides = speaks and not any(voice.decides for voice in found)
            verdict = opinion.reason.verdict(facts, safe_search=safe)
            found.append(Voice(verdict, opinion.when, speaks, decides))
    return tuple(found)


def throughout(
    policy: Policy, whos: Sequence[Who], facts: Facts, date: datetime.date
) -> tuple[Stretch, ...]:
    """One day from midnight to midnight, for several askers side by side."""
    first, last = policy.clock.bell(date, 0), policy.clock.bell(date + ONE_DAY, 0)
    covering = [opinion.when for opinion in policy.opinions if opinion.taking.covers(facts.tags)]
    edges = {edge for when in covering for edge in (when.start, when.end) if edge is not None}
    inside = edges.union(policy.schedule.bells(first, last))
    starts = sorted({first, *(at for at in inside if first < at < last)})
    found: list[Stretch] = []
    for start, end in zip(starts, [*starts[1:], last], strict=True):
        period = policy.schedule.moment(start).period
        verdicts = tuple(decide(policy, who, facts, start) for who in whos)
        if found and (found[-1].period, found[-1].verdicts) == (period, verdicts):
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(Stretch(start, end, period, verdicts))
    return tuple(found)
