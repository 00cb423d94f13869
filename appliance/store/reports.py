"""The numbers of reports, each from roll-ups and the last minute's rows: no report walks all rows.

Hours are whole hours since 1970; whoever shows them turns them into the school's own. Numbers count
questions, not rows: a run counts as often as it was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.store.database import Record, told
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

WEEK_HOURS: Final = 7 * 24
SHOWN: Final = 50


class By(StrEnum):
    """What numbers are told apart by."""

    SERVICE = "service"
    CATEGORY = "category"
    GROUP = "group"
    PERIOD = "period"
    RULE = "rule"
    DECIDED_BY = "decided_by"


_COLUMN: Final = {
    By.SERVICE: "ruling.service",
    By.CATEGORY: "ruling.category",
    By.GROUP: "facet.grp",
    By.PERIOD: "facet.period",
    By.RULE: "ruling.rule",
    By.DECIDED_BY: "ruling.decided_by",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole hours since 1970, and the school's days that they lie in; the ends are not included."""

    since_hour: int
    until_hour: int
    since_day: int  # date.toordinal
    until_day: int

    @property
    def week_before(self) -> Span:
        return Span(
            self.since_hour - WEEK_HOURS,
            self.until_hour - WEEK_HOURS,
            self.since_day - 7,
            self.until_day - 7,
        )


@dataclass(frozen=True, slots=True)
class Number:
    """How often questions of one kind were refused, and not."""

    what: str
    refused: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Hour:
    hour: int
    refused: int
    allowed: int


@dataclass(frozen=True, slots=True)
class DeviceNumber:
    device: str  # its name, or its address where it has none
    group: str
    refused: int
    services: tuple[str, ...]  # the most refused first


@dataclass(frozen=True, slots=True)
class Trend:
    """This span against the one a week before."""

    what: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class SiteNumber:
    """A registered name, and how often it was asked for."""

    site: str
    refused: int
    allowed: int
    first_hour: int  # in which it was first met


_REFUSED: Final = "sum(CASE ruling.action WHEN 'block' THEN facets.count ELSE 0 END)"
_ALLOWED: Final = "sum(CASE ruling.action WHEN 'block' THEN 0 ELSE facets.count END)"

# What is summed up, and the rows that are not yet. `pending` is of the last minute too.
_HOURS: Final = """
WITH sums AS (
    SELECT hour, facet, count FROM facet_hour WHERE hour >= :since AND hour < :until
    UNION ALL
    SELECT hour, facet, count FROM pending WHERE hour >= :since AND hour < :until
), live AS (
    SELECT asker.grp, refused.ruling, state.period, first / 3600000 AS hour, count
    FROM refused JOIN asker ON asker.id = asker JOIN state ON state.id = state
    WHERE refused.id > :summed AND first >= :since * 3600000 AND first < :until * 3600000
), facets AS (
    SELECT facet.grp, facet.ruling, facet.period, hour, sum(count) AS count
    FROM sums JOIN facet ON facet.id = sums.facet GROUP BY facet.id, hour
    UNION ALL SELECT grp, ruling, period, hour, count FROM live
)
"""


def numbers(record: Record, by: By, span: Span) -> list[Number]:
    """Refused and allowed, by service, group, period …; the most refused first."""
    column = _COLUMN[by].replace("facet.", "facets.")
    return [
        Number(*row)
        for row in _ask(
            record,
            f"{_HOURS} SELECT {column}, {_REFUSED}, {_ALLOWED} FROM facets "
            f"JOIN ruling ON ruling.id = facets.ruling GROUP BY {column} ORDER BY 2 DESC, 1",
            span,
        )
    ]


def hours(record: Record, span: Span, *, group: str = "", service: str = "") -> list[Hour]:
    """Refused and allowed in each hour in which anything was asked."""
    return [
        Hour(*row)
        for row in _ask(
            record,
            f"{_HOURS} SELECT hour, {_REFUSED}, {_ALLOWED} FROM facets "
            "JOIN ruling ON ruling.id = facets.ruling "
            "WHERE (:group = '' OR grp = :group) AND (:service = '' OR service = :service) "
            "GROUP BY hour ORDER BY hour",
            span,
            group=group,
            service=service,
        )
    ]


def trends(record: Record, by: By, span: Span) -> list[Trend]:
    """What was refused now and a week before; the greatest change first."""
    now = {one.what: one.refused for one in numbers(record, by, span)}
    before = {one.what: one.refused for one in numbers(record, by, span.week_before)}
    found = [Trend(what, now.get(what, 0), before.get(what, 0)) for what in {*now, *before}]
    return sorted(found, key=lambda one: (-abs(one.now - one.before), one.what))


def devices(record: Record, span: Span, limit: int = SHOWN) -> list[DeviceNumber]:
    """Which devices were refused most, by whole days of the school."""
    rows = _ask(
        record,
        "WITH sums AS (SELECT asker, ruling, sum(count) AS count FROM asker_day "
        "WHERE day >= :since_day AND day < :until_day GROUP BY asker, ruling "
        "UNION ALL SELECT asker, ruling, sum(count) FROM refused WHERE id > :summed "
        "AND first >= :since * 3600000 AND first < :until * 3600000 GROUP BY asker, ruling) "
        "SELECT CASE device WHEN '' THEN address ELSE device END, grp, service, sum(count) "
        "FROM sums JOIN asker ON asker.id = sums.asker JOIN ruling ON ruling.id = sums.ruling "
        "GROUP BY 1, 2, 3 ORDER BY 4 DESC",
        span,
    )
    counts: dict[tuple[str, str], int] = {}
    services: dict[tuple[str, str], list[str]] = {}
    for device, group, service, count in rows:
        key = device, group
        counts[key] = counts.get(key, 0) + count
        services.setdefault(key, []).extend([service] if service else [])
    most = sorted(counts, key=lambda key: (-counts[key], key))[:limit]
    return [DeviceNumber(*key, counts[key], tuple(services[key])) for key in most]


def sites(record: Record, span: Span, limit: int = SHOWN) -> list[SiteNumber]:
    """The sites that were refused most, by whole days of the school."""
    rows = _ask(
        record,
        "WITH sums AS (SELECT site, sum(count) AS count FROM site_day "
        "WHERE day >= :since_day AND day < :until_day GROUP BY site "
        "UNION ALL SELECT name.site, sum(count) FROM refused JOIN name ON name.id = refused.name "
        "WHERE refused.id > :summed AND first >= :since * 3600000 AND first < :until * 3600000 "
        "GROUP BY name.site) "
        "SELECT spelled, sum(count), 0, since FROM sums JOIN name ON name.id = sums.site "
        "GROUP BY sums.site ORDER BY 2 DESC LIMIT :limit",
        span,
        limit=limit,
    )
    return [_site(row) for row in rows]


def new_sites(record: Record, span: Span, limit: int = SHOWN) -> list[SiteNumber]:
    """Sites that nobody had asked for before this span, as far as the record reaches back."""
    rows = _ask(
        record,
        "WITH sums AS (SELECT site, facet, count FROM site_hour "
        "WHERE hour >= :since AND hour < :until "
        "UNION ALL SELECT site, facet, count FROM pending WHERE hour >= :since AND hour < :until), "
        "known AS (SELECT site, "
        "sum(CASE action WHEN 'block' THEN count ELSE 0 END) AS refused, "
        "sum(CASE action WHEN 'block' THEN 0 ELSE count END) AS allowed "
        "FROM sums JOIN facet ON facet.id = sums.facet JOIN ruling ON ruling.id = facet.ruling "
        "JOIN name ON name.id = sums.site WHERE name.since >= :since GROUP BY site "
        "UNION ALL SELECT name.site, sum(count), 0 FROM refused "
        "JOIN name ON name.id = refused.name JOIN name AS site ON site.id = name.site "
        "WHERE refused.id > :summed AND site.since >= :since GROUP BY name.site) "
        "SELECT spelled, sum(refused), sum(allowed), since FROM known "
        "JOIN name ON name.id = known.site GROUP BY site "
        "ORDER BY sum(refused) + sum(allowed) DESC LIMIT :limit",
        span,
        limit=limit,
    )
    return [_site(row) for row in rows]


def _site(row: Sequence[Any]) -> SiteNumber:
    spelled, refused, allowed, first = row
    return SiteNumber(spelled[::-1], refused, allowed, first)


def _ask(record: Record, sql: str, span: Span, **more: Any) -> list[Any]:
    with told(record.path):
        return record.conn.execute(
            sql,
            {
                "since": span.since_hour,
                "until": span.until_hour,
                "since_day": span.since_day,
                "until_day": span.until_day,
                "summed": mark(record, SUMMED),
                **more,
            },
        ).fetchall()
