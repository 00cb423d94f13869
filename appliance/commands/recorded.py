"""What several commands make of the record: the school's clock, a row for machines, a span."""

from __future__ import annotations

import tomllib
from typing import Any

from appliance.event import Flag
from appliance.policy.clock import Instant, SchoolClock
from appliance.store import policies
from appliance.store.database import Record
from appliance.store.reports import Span
from appliance.store.rows import Row

USUAL_ZONE = "Europe/London"
HOUR_SECONDS = 3600
ROW_KEYS = tuple(
    "event first last count name types device address mac group sets known forwarder action "
    "decided_by rule clause target service category period policy clock led_on".split()
)


def clock_of(record: Record) -> SchoolClock:
    """The clock of the school whose record it is."""
    newest = policies.last_in_force(record)
    if newest is None:
        return SchoolClock(USUAL_ZONE)
    school = tomllib.loads(policies.document(record, newest.policy).decode()).get("school", {})
    return SchoolClock(school.get("timezone", USUAL_ZONE))


def span_of(clock: SchoolClock, since: Instant, until: Instant) -> Span:
    """The hours and days that a span touches."""
    return Span(
        since // HOUR_SECONDS,
        -(-until // HOUR_SECONDS),
        clock.date(since).toordinal(),
        clock.date(until - 1).toordinal() + 1,
    )


def row_of(row: Row, clock: SchoolClock) -> dict[str, Any]:
    """A row as it is exported: flat, in the words of `explain --json`."""
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
