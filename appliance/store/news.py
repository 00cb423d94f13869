"""What is new since somebody last looked: cases that moved, and what was never refused before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.store.cases import CaseFile, changed
from appliance.store.database import Record
from appliance.store.interned import HOUR_MS
from appliance.store.reports import SiteNumber
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

LONGEST_MS: Final = 14 * 86_400_000  # who comes back after the holidays reads reports
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class News:
    since_ms: int
    cases: tuple[CaseFile, ...]
    services: tuple[str, ...]  # refused now and never before, as far as the record reaches back
    sites: tuple[SiteNumber, ...]  # likewise; the most refused first


def news(
    record: Record,
    since_ms: int,
    now_ms: int,
    day: Callable[[int], int],
    limit: int = SHOWN,
) -> News:
    """Since that moment, to the hour; of the last two weeks at most. `day` is the school's own day
    of an hour since 1970, as date.toordinal."""
    since_ms = max(since_ms, now_ms - LONGEST_MS)
    hour = since_ms // HOUR_MS
    with record.reading():
        values = {
            **{"since": hour, "day": day(hour), "limit": limit},
            # the hours of that day before: a day is no shorter than 23 hours, no longer than 25
            **{"morning": hour - 25, "summed": mark(record, SUMMED)},
        }
        services = record.conn.execute(_SERVICES, values).fetchall()
        sites = record.conn.execute(_SITES, values).fetchall()
        return News(
            since_ms,
            tuple(changed(record, since_ms, limit)),
            tuple(str(row[0]) for row in services),
            tuple(SiteNumber(spelled[::-1], count, 0, first) for spelled, count, first in sites),
        )


# Rows that are not summed up yet are walked once, and by their numbers: there may be 200,000.
_SERVICES: Final = """
WITH met AS (
    SELECT facet FROM facet_day WHERE day < :day
    UNION SELECT facet FROM facet_hour WHERE hour >= :morning AND hour < :since
),
live AS MATERIALIZED (
    SELECT ruling, min(first) < :since * 3600000 AS is_known,
    sum(CASE WHEN first >= :since * 3600000 THEN count ELSE 0 END) AS count
    FROM refused WHERE id > :summed GROUP BY ruling
),
known AS (
    SELECT DISTINCT service FROM met JOIN facet ON facet.id = met.facet
    JOIN ruling ON ruling.id = facet.ruling WHERE action = 'block'
    UNION SELECT service FROM live JOIN ruling ON ruling.id = live.ruling WHERE is_known
),
fresh AS (
    SELECT facet.ruling, sum(count) AS count FROM facet_hour JOIN facet ON facet.id = facet
    WHERE hour >= :since GROUP BY facet
    UNION ALL SELECT ruling, count FROM live WHERE count > 0
)
SELECT service FROM fresh JOIN ruling ON ruling.id = fresh.ruling
WHERE action = 'block' AND service <> '' AND service NOT IN (SELECT service FROM known)
GROUP BY service ORDER BY sum(count) DESC, service LIMIT :limit
"""

_SITES: Final = """
WITH live AS (
    SELECT name, sum(count) AS count FROM refused
    WHERE id > :summed AND first >= :since * 3600000 GROUP BY name
),
sums AS (
    SELECT site, sum(count) AS count FROM site_day WHERE day >= :day GROUP BY site
    UNION ALL SELECT name.site, count FROM live JOIN name ON name.id = live.name
)
SELECT spelled, sum(count), since FROM sums JOIN name ON name.id = sums.site
WHERE since >= :since GROUP BY sums.site ORDER BY 2 DESC, spelled LIMIT :limit
"""
