"""How the grants of a school stand: in force now, to come, over, or ending soon."""

from __future__ import annotations

import datetime
from enum import StrEnum

from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.model import Ban, Grant


class Standing(StrEnum):
    FUTURE = "future"
    IN_FORCE = "in-force"
    OVER = "over"


def standing(policy: Policy, one: Grant | Ban, now: Instant) -> Standing:
    """How a grant or a ban stands."""
    if policy.clock.instant(one.end) <= now:
        return Standing.OVER
    return Standing.FUTURE if policy.clock.instant(one.start) > now else Standing.IN_FORCE


def grants(policy: Policy, state: Standing, now: Instant) -> tuple[Grant, ...]:
    """The grants that stand so: those in force and to come by when they end or begin, those that
    are over with the last one first."""
    found = [one for one in policy.school.grants if standing(policy, one, now) is state]
    instant = policy.clock.instant
    if state is Standing.FUTURE:
        return tuple(sorted(found, key=lambda one: instant(one.start)))
    return tuple(sorted(found, key=lambda one: instant(one.end), reverse=state is Standing.OVER))


def bans(policy: Policy, state: Standing, now: Instant) -> tuple[Ban, ...]:
    """The bans that stand so, by when they end."""
    found = [one for one in policy.school.bans if standing(policy, one, now) is state]
    return tuple(sorted(found, key=lambda one: policy.clock.instant(one.end)))


def ending_this_week(policy: Policy, now: Instant) -> tuple[Grant, ...]:
    """The grants in force that end before next Monday."""
    monday = week_end(policy, now)
    in_force = grants(policy, Standing.IN_FORCE, now)
    return tuple(one for one in in_force if policy.clock.instant(one.end) <= monday)


def week_end(policy: Policy, now: Instant) -> Instant:
    """The instant at which next Monday begins."""
    today = policy.clock.date(now)
    return policy.clock.bell(today + datetime.timedelta(days=7 - today.weekday()), 0)
