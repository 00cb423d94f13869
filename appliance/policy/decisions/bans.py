"""Bans: a device gets nothing but lifelines until a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import checking
from appliance.policy.decisions.grants import unused
from appliance.policy.model import Ban, School


@dataclass(frozen=True, slots=True)
class BanWish:
    """Which device, until when, why, and who says so."""

    device: str
    until: Instant
    reason: str
    approved_by: tuple[str, ...]
    clause: str = ""
    start: Instant | None = None  # None: now


def ban(policy: Policy, wish: BanWish, now: Instant) -> School:
    """The school with this device banned."""
    school = policy.school
    checking.among("device", wish.device, [device.name for device in school.devices])
    start = now if wish.start is None else wish.start
    checking.span(policy, start, wish.until, now)
    made = Ban(
        id=unused(f"{policy.clock.local(now):%Y-%m-%d-%H%M}", {one.id for one in school.bans}),
        device=wish.device,
        start=policy.clock.written(start),
        end=policy.clock.written(wish.until),
        reason=checking.words(wish.reason, "why"),
        approved_by=checking.people(wish.approved_by),
        clause=checking.one_line(wish.clause, "the clause", required=False),
    )
    return replace(school, bans=(*school.bans, made))


def end(policy: Policy, ids: Collection[str], now: Instant) -> School:
    """The school with these bans ended now; one that has not begun leaves."""
    known = {one.id for one in policy.school.bans}
    for name in ids:
        if name not in known:
            raise DecisionError(f"There is no ban “{name[:63]}” any more.")
    kept = (_ended(policy, one, now) if one.id in ids else one for one in policy.school.bans)
    return replace(policy.school, bans=tuple(one for one in kept if one is not None))


def _ended(policy: Policy, one: Ban, now: Instant) -> Ban | None:
    if policy.clock.instant(one.end) <= now:
        return one
    if policy.clock.instant(one.start) >= now:
        return None
    return replace(one, end=policy.clock.written(now))
