"""The numbers of reports, each from roll-ups and the rows of the last minutes: none walks all rows.

Hours are whole hours since 1970; whoever shows them turns them into the school's own. Numbers count
questions, not rows: a run counts as often as it was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.policy.clock import Instant, SchoolClock
from appliance.store.database import Record
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

WEEK_HOURS: Final = 7 * 24
HOUR_SECONDS: Final = 3600
SHOWN: Final = 50


class By(StrEnum):
    """What numbers are told apart by."""

    SERVICE = "service"
    CATEGORY = "category"
    GROUP = "group"
    PERIOD = "period"
    RULE = "rule"
    DECIDED_BY = "decided_by"
    GRANT = "grant"  # override:ID, exemption:ID, pass:ID; nothing where none of them decided


_COLUMN: Final = {
    By.SERVICE: "ruling.service",
    By.CATEGORY: "ruling.category",
    By.GROUP: "facet.grp",
    By.PERIOD: "facet.period",
    By.RULE: "ruling.rule",
    By.DECIDED_BY: "ruling.decided_by",
    By.GRANT: (
        "CASE WHEN ruling.decided_by IN ('override', 'exemption', 'pass') "
        "THEN ruling.decided_by || ':' || ruling.rule ELSE '' END"
    ),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole hours since 1970, and the school's days that they lie in; the ends are not included."""

    since_hour: int
    until_hour: int
    since_day: int  # date.toordinal
    until_day: int

    @classmethod
    def touching(cls, clock: SchoolClock, since: Instant, until: Instant) -> Span:
        """The hours and days that a time touches."""
        return cls(
            since // HOUR_SECONDS,
            -(-until // HOUR_SECONDS),
            clock.date(since).toordinal(),
            clock.date(until - 1).toordinal() + 1,
        )

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

_NOT_SUMMED: Final = (
    "refused.id > :summed AND first >= :since * 3600000 AND first < :until * 3600000"
)

# What is summed up, and the rows that are not yet. `pending` is of the last minutes too. Facets are
# few, so that what a facet is gets joined last, when all hours of it are one number.
_LIVE: Final = (
    """
live AS (
    SELECT asker.grp, refused.ruling, state.period, first / 3600000 AS hour, count
    FROM refused JOIN asker ON asker.id = asker JOIN state ON state.id = state
    WHERE """
    + _NOT_SUMMED
    + ")"
)


def numbers(record: Record, by: By, span: Span) -> list[Number]:
    """Refused and allowed, by service, group, period …, by whole days of the school; the most
    refused first."""
    column = _COLUMN[by].replace("facet.", "facets.")
    return [
        Number(*row)
        for row in _ask(
            record,
            "WITH sums AS (SELECT facet, sum(count) AS count FROM facet_day "
            "WHERE day >= :since_day AND day < :until_day GROUP BY facet UNION ALL "
            "SELECT facet, sum(count) FROM pending WHERE hour >= :since AND hour < :until "
            f"GROUP BY facet), {_LIVE}, "
            "facets AS (SELECT grp, ruling, period, sums.count FROM sums "
            "JOIN facet ON facet.id = sums.facet "
            "UNION ALL SELECT grp, ruling, period, count FROM live) "
            f"SELECT {column}, {_REFUSED}, {_ALLOWED} FROM facets "
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
            "WITH wanted AS MATERIALIZED (SELECT facet.id, action = 'block' AS is_refused "
            "FROM facet JOIN ruling ON ruling.id = facet.ruling "
            "WHERE (:group = '' OR grp = :group) AND (:service = '' OR service = :service)), "
            "sums AS (SELECT hour, is_refused, sum(count) AS count FROM facet_hour "
            "JOIN wanted ON wanted.id = facet WHERE hour >= :since AND hour < :until "
            "GROUP BY hour, is_refused UNION ALL SELECT hour, is_refused, count FROM pending "
            f"JOIN wanted ON wanted.id = facet WHERE hour >= :since AND hour < :until), {_LIVE} "
            "SELECT hour, sum(count * is_refused), sum(count * (1 - is_refused)) FROM ("
            "SELECT hour, is_refused, count FROM sums UNION ALL SELECT hour, 1, count FROM live "
            "JOIN ruling ON ruling.id = live.ruling "
            "WHERE (:group = '' OR grp = :group) AND (:service = '' OR service = :service)) "
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
        "WITH sums AS (SELECT asker, sum(count) AS count FROM asker_day "
        "WHERE day >= :since_day AND day < :until_day GROUP BY asker "
        f"UNION ALL SELECT asker, sum(count) FROM refused WHERE {_NOT_SUMMED} GROUP BY asker) "
        "SELECT CASE device WHEN '' THEN address ELSE device END, grp, sum(count), "
        "json_group_array(asker.id) FROM sums JOIN asker ON asker.id = sums.asker "
        "GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT :limit",
        span,
        limit=limit,
    )
    return [
        DeviceNumber(device, group, count, tuple(_services(record, span, askers)))
        for device, group, count, askers in rows
    ]


def _services(record: Record, span: Span, askers: str) -> list[str]:
    """What a device was refused, the most often first. `askers` as JSON."""
    rows = _ask(
        record,
        "WITH RECURSIVE days (day) AS (SELECT :since_day UNION ALL SELECT day + 1 FROM days "
        "WHERE day + 1 < :until_day), "
        "sums AS (SELECT ruling, count FROM days CROSS JOIN json_each(:askers) AS one "
        "CROSS JOIN asker_ruling_day AS sums ON sums.day = days.day AND sums.asker = one.value "
        f"UNION ALL SELECT ruling, count FROM refused WHERE {_NOT_SUMMED} "
        "AND asker IN (SELECT value FROM json_each(:askers))) "
        "SELECT service FROM sums JOIN ruling ON ruling.id = sums.ruling "
        "WHERE service <> '' GROUP BY service ORDER BY sum(count) DESC, service",
        span,
        askers=askers,
    )
    return [str(row[0]) for row in rows]


def sites(record: Record, span: Span, limit: int = SHOWN) -> list[SiteNumber]:
    """The sites that were refused most, by whole days of the school."""
    rows = _ask(
        record,
        "WITH sums AS (SELECT site, sum(count) AS count FROM site_day "
        "WHERE day >= :since_day AND day < :until_day GROUP BY site "
        "UNION ALL SELECT name.site, sum(count) FROM refused JOIN name ON name.id = refused.name "
        f"WHERE {_NOT_SUMMED} GROUP BY name.site), "
        "most AS (SELECT site, sum(count) AS count FROM sums GROUP BY site "
        "ORDER BY 2 DESC, 1 LIMIT :limit) "
        "SELECT spelled, count, 0, since FROM most JOIN name ON name.id = most.site "
        "ORDER BY 2 DESC, 1",
        span,
        limit=limit,
    )
    return [_site(row) for row in rows]


def new_sites(record: Record, span: Span, limit: int = SHOWN) -> list[SiteNumber]:
    """Sites that nobody had asked for before this span, as far as the record reaches back."""
    rows = _ask(
        record,
        "WITH sums (site, refused, allowed) AS ("
        "SELECT site, sum(count), 0 FROM site_day "
        "WHERE day >= :since_day AND day < :until_day GROUP BY site "
        "UNION ALL SELECT site, 0, sum(count) FROM allowed_hour "
        "WHERE hour >= :since AND hour < :until GROUP BY site "
        "UNION ALL SELECT site, 0, sum(count) FROM pending "
        "WHERE hour >= :since AND hour < :until GROUP BY site "
        "UNION ALL SELECT name.site, sum(count), 0 FROM refused "
        f"JOIN name ON name.id = refused.name WHERE {_NOT_SUMMED} GROUP BY name.site), "
        "most AS (SELECT sums.site, sum(refused) AS refused, sum(allowed) AS allowed, name.since "
        "FROM sums JOIN name ON name.id = sums.site WHERE name.since >= :since GROUP BY sums.site "
        "ORDER BY sum(refused) + sum(allowed) DESC, sums.site LIMIT :limit) "
        "SELECT spelled, refused, allowed, most.since FROM most JOIN name ON name.id = most.site "
        "ORDER BY refused + allowed DESC, 1",
        span,
        limit=limit,
    )
    return [_site(row) for row in rows]


def _site(row: Sequence[Any]) -> SiteNumber:
    spelled, refused, allowed, first = row
    return SiteNumber(spelled[::-1], refused, allowed, first)


def _ask(record: Record, sql: str, span: Span, **more: Any) -> list[Any]:
    with record.reading():  # or what is summed up between two questions would count twice
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
