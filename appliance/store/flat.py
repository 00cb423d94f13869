"""Rows as other programs take them: flat, in the words of `explain --json`."""

from __future__ import annotations

from typing import Any, Final

from appliance.event import Flag
from appliance.policy.clock import SchoolClock
from appliance.store.rows import Row

KEYS: Final = tuple(
    "event first last count name types device address mac group sets known forwarder action "
    "decided_by rule clause target service category period policy clock led_on".split()
)


def flat(row: Row, clock: SchoolClock) -> dict[str, Any]:
    """One row, with these keys, its moments by the school's clock."""
    asker, verdict, state = row.asker, row.verdict, row.state
    return {
        "event": row.event,
        "first": _written(clock, row.first_ms),
        "last": _written(clock, row.last_ms),
        "count": row.count,
        "name": row.name,
        "types": list(row.types),
        "device": asker.who.device,
        "address": str(asker.address),
        "mac": asker.mac,
        "group": asker.who.group,
        "sets": sorted(asker.who.sets),
        "known": row.sureness,
        "forwarder": asker.forwarder,
        "action": str(verdict.action),
        "decided_by": str(verdict.decided_by),
        "rule": verdict.rule,
        "clause": verdict.clause,
        "target": verdict.target,
        "service": verdict.service,
        "category": verdict.category,
        "period": state.period,
        "policy": state.policy,
        "clock": "trusted" if state.clock_trusted else "not trusted",
        "led_on": "yes" if row.flags & Flag.LED_ON else "no",
    }


def _written(clock: SchoolClock, at_ms: int) -> str:
    return (
        clock.local(at_ms // 1000)
        .replace(microsecond=at_ms % 1000 * 1000)
        .isoformat(timespec="milliseconds")
    )
