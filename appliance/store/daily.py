"""What was refused on each day: for spans so long that hours would be too many to read."""

from __future__ import annotations

from typing import Final

from appliance.policy.clock import SchoolClock
from appliance.store.database import Record
from appliance.store.interned import HOUR_MS
from appliance.store.reports import Span
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

_SUMS: Final = """
SELECT day, sum(count) FROM facet_day
JOIN facet ON facet.id = facet JOIN ruling ON ruling.id = facet.ruling
WHERE day >= :since AND day < :until AND action = 'block' GROUP BY day
"""
_LIVE: Final = (
    "SELECT first / 3600000, sum(count) FROM refused WHERE id > :summed AND first >= :from "
    "GROUP BY 1"
)


def days(record: Record, span: Span, clock: SchoolClock) -> dict[int, int]:
    """Refused questions by day, as date.toordinal; every day of the span is there."""
    found = dict.fromkeys(range(span.since_day, span.until_day), 0)
    with record.reading():
        values = {
            **{"since": span.since_day, "until": span.until_day},
            **{"summed": mark(record, SUMMED), "from": span.since_hour * HOUR_MS},
        }
        found |= dict(record.conn.execute(_SUMS, values).fetchall())
        for hour, count in record.conn.execute(_LIVE, values):
            day = clock.date(hour * 3600).toordinal()
            if day in found:
                found[day] += count
    return found


def devices_by_group(record: Record, span: Span) -> dict[str, int]:
    """How many devices of each group were refused anything: of a few, numbers would tell whose they
    are."""
    with record.reading():
        rows = record.conn.execute(
            "WITH askers AS (SELECT DISTINCT asker FROM asker_day WHERE day >= :since "
            "AND day < :until UNION SELECT asker FROM refused WHERE id > :summed) "
            "SELECT grp, count(DISTINCT CASE device WHEN '' THEN address ELSE device END) "
            "FROM askers JOIN asker ON asker.id = asker GROUP BY grp",
            {
                **{"since": span.since_day, "until": span.until_day},
                "summed": mark(record, SUMMED),
            },
        ).fetchall()
    return dict(rows)
