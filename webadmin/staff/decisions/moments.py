"""Until when: what somebody writes into a form, or takes with one tap."""

from __future__ import annotations

import datetime
from typing import Final

from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import lessons, standing

FOUR_WEEKS: Final = datetime.timedelta(weeks=4)


def read_moment(policy: Policy, text: str, what: str) -> Instant:
    """ "2026-11-24T10:15", by the school's clock; DecisionError where it is none."""
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise DecisionError(f"Please say {what}: a date and a time.") from fault
    return policy.clock.instant(moment.replace(tzinfo=None))


def written(policy: Policy, at: Instant) -> str:
    """As a field for date and time holds it."""
    return f"{policy.clock.local(at):%Y-%m-%dT%H:%M}"


def ends(policy: Policy, now: Instant) -> list[tuple[str, str]]:
    """What is usual, as value and title."""
    clock = policy.clock
    found = []
    running = lessons.running(policy, now)
    if running:
        found.append((written(policy, running.end), f"the end of {running.name}"))
    today = lessons.on(policy, clock.date(now))
    if today and today[-1].end > now:
        found.append((written(policy, today[-1].end), "the end of the school day"))
    found.append((written(policy, standing.week_end(policy, now)), "the end of this week"))
    later = clock.local(now).replace(tzinfo=None, second=0, microsecond=0) + FOUR_WEEKS
    found.append((written(policy, clock.instant(later)), "in four weeks"))
    return found
