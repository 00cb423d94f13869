"""Today's picture: what was refused so far, beside the same weekday of last week."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from appliance.policy.clock import Instant, SchoolClock
from appliance.store.database import Record
from appliance.store.reports import Trend
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """One hour of today, and of the same day last week."""

    start: Instant  # of today's
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Refused questions of today. `before` is last week's until the same time of day; of the hour
    that goes on it has the share that is over."""

    refused: int
    before: int
    hours: tuple[HourOfDay, ...]  # those with anything in them; last week's later ones too
    services: tuple[Trend, ...]  # the most refused first; "" is what belongs to no service
    groups: tuple[Trend, ...]


@dataclass(frozen=True, slots=True)
class _Sum:
    hour: int  # since midnight
    group: str
    service: str
    count: float


_SUMS: Final = """
WITH sums AS (
    SELECT hour, grp, service, sum(count) AS count FROM facet_hour
    JOIN facet ON facet.id = facet JOIN ruling ON ruling.id = facet.ruling
    WHERE hour >= :since AND hour < :until AND action = 'block' GROUP BY 1, 2, 3
    UNION ALL SELECT first / 3600000, grp, service, count FROM refused
    JOIN asker ON asker.id = asker JOIN ruling ON ruling.id = ruling
    WHERE refused.id > :summed AND first >= :since * 3600000 AND first < :until * 3600000
)
SELECT hour - :since, grp, service, sum(count) FROM sums GROUP BY 1, 2, 3
"""


def picture(record: Record, clock: SchoolClock, now: Instant) -> Picture:
    """Of the school's own day."""
    today = clock.date(now)
    midnight = clock.bell(today, 0)
    before = clock.bell(today - datetime.timedelta(days=7), 0)
    hour, share = (now - midnight) // HOUR, (now - midnight) % HOUR / HOUR
    with record.reading():
        this_day = _sums(record, midnight)
        last_week = _sums(record, before)
    until_now = [
        _Sum(one.hour, one.group, one.service, one.count * (share if one.hour == hour else 1))
        for one in last_week
        if one.hour <= hour
    ]
    return Picture(
        refused=round(sum(one.count for one in this_day)),
        before=round(sum(one.count for one in until_now)),
        hours=_hours(midnight, this_day, last_week),
        services=_trends(
            ((one.service, one.count) for one in this_day),
            ((one.service, one.count) for one in until_now),
        ),
        groups=_trends(
            ((one.group, one.count) for one in this_day),
            ((one.group, one.count) for one in until_now),
        ),
    )


def _sums(record: Record, midnight: Instant) -> list[_Sum]:
    """Of 24 hours; the 25th of a day in October is asleep."""
    since = midnight // HOUR
    rows = record.conn.execute(
        _SUMS, {"since": since, "until": since + 24, "summed": mark(record, SUMMED)}
    )
    return [_Sum(*row) for row in rows]


def _hours(
    midnight: Instant, this_day: Iterable[_Sum], last_week: Iterable[_Sum]
) -> tuple[HourOfDay, ...]:
    now, before = Counter[int](), Counter[int]()
    for counted, sums in ((now, this_day), (before, last_week)):
        for one in sums:
            counted[one.hour] += round(one.count)
    return tuple(
        HourOfDay(midnight + hour * HOUR, now[hour], before[hour]) for hour in sorted(now | before)
    )


def _trends(
    this_day: Iterable[tuple[str, float]], last_week: Iterable[tuple[str, float]]
) -> tuple[Trend, ...]:
    now, before = defaultdict[str, float](float), defaultdict[str, float](float)
    for counted, numbers in ((now, this_day), (before, last_week)):
        for what, count in numbers:
            counted[what] += count
    found = [Trend(what, round(now[what]), round(before[what])) for what in {*now, *before}]
    return tuple(sorted(found, key=lambda one: (-one.now, -one.before, one.what)))
