"""What the page of numbers tells: worked out from sums by the hour and by the day."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Final

from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import standing
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import CLOSED, Grant
from appliance.policy.schedule import ONE_DAY
from appliance.policy.terms import half_term
from appliance.store import reports, uses
from appliance.store.daily import days, devices_by_group
from appliance.store.database import Record
from appliance.store.news import news
from appliance.store.reports import By, SiteNumber, Span, Trend
from appliance.store.uses import Use
from webadmin.frame.charts import Chart, Line
from webadmin.staff import room
from webadmin.staff.log.discretion import Discretion

SPANS: Final = {
    "week": "this week",
    "last-week": "last week",
    "half-term": "this half term",
    "month": "the last 31 days",
}
SHOWN: Final = 15  # of each table
MONTH: Final = datetime.timedelta(days=30)
WEEK: Final = datetime.timedelta(days=7)
NO_SERVICE: Final = "other sites"
Told = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What was refused, told apart by one thing."""

    title: str
    corner: str
    rows: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One service now and a week before, as it may be told."""

    what: str
    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Exceptions:
    """How many of one kind there were, and how many of these nobody needed."""

    kind: str
    used: int
    unused: int


@dataclass(frozen=True, slots=True)
class UsedException:
    """One exception with its use."""

    grant: Grant | None  # None: it has left the policy since
    use: Use


@dataclass(frozen=True, slots=True)
class Attempt:
    kind: str
    signs: str
    devices: str
    cases: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The whole page."""

    span: str
    first: Instant
    last: Instant
    total: str
    before: str  # the week before; empty where the span is no week
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    changes: tuple[Change, ...]
    exceptions: tuple[Exceptions, ...]
    each: tuple[UsedException, ...]  # for those who may see them
    attempts: tuple[Attempt, ...]
    new: tuple[SiteNumber, ...]  # likewise


def _dates(
    wanted: str, policy: Policy, today: datetime.date
) -> tuple[datetime.date, datetime.date]:
    """The first day and the last."""
    monday = today - ONE_DAY * today.weekday()
    match wanted:
        case "last-week":
            return monday - WEEK, monday - ONE_DAY
        case "half-term":
            half = half_term(policy.school.calendar, today)
            return half.first, min(half.last, today)
        case "month":
            return today - MONTH, today
    return monday, today


def work_out(wanted: str, *, is_exact: bool) -> Numbers:
    policy, record, now = room.policy(), room.record(), room.now()
    clock = policy.clock
    first, last = _dates(wanted, policy, clock.date(now))
    begin, end = clock.bell(first, 0), clock.bell(last + ONE_DAY, 0)
    span = Span.touching(clock, begin, min(end, now + 1))
    discretion = Discretion(is_exact)
    counts = days(record, span, clock)
    is_week = wanted in ("week", "last-week")
    return Numbers(
        span=wanted,
        first=begin,
        last=clock.bell(last, 0),
        total=discretion.total(sum(counts.values())),
        before=discretion.total(sum(days(record, span.week_before, clock).values()))
        if is_week
        else "",
        charts=_charts(record, policy, span, counts, discretion, is_week=is_week),
        tables=_tables(record, policy, span, discretion),
        changes=_changes(reports.trends(record, By.SERVICE, span), policy, discretion)
        if is_week
        else (),
        exceptions=_exceptions(record, policy, span),
        each=_each(record, policy, span) if is_exact else (),
        attempts=_attempts(record, span, discretion),
        new=_new(record, policy, begin, now) if is_exact and wanted == "week" else (),
    )


def by_day(counts: dict[int, int], discretion: Discretion) -> Chart:
    """A bar for each day, as date.toordinal."""
    dates = [datetime.date.fromordinal(day) for day in counts]
    labels = [f"{date:%a} {date.day} {date:%b}" for date in dates]
    values = [discretion.drawn(count) for count in counts.values()]
    busiest = max(zip(values, labels, strict=True), default=(0, ""))[1]
    return Chart(
        "Refused by day",
        f"Bars for each day; the highest is {busiest}.",
        labels,
        [Line("refused", values)],
        corner="Day",
    )


def week_so_far(policy: Policy, now: Instant) -> tuple[Instant, Instant]:
    """From Monday until now."""
    first, _ = _dates("week", policy, policy.clock.date(now))
    return policy.clock.bell(first, 0), now + 1


def _charts(
    record: Record,
    policy: Policy,
    span: Span,
    counts: dict[int, int],
    discretion: Discretion,
    *,
    is_week: bool,
) -> tuple[Chart, ...]:
    charts = [by_day(counts, discretion)]
    if is_week:  # of more than that it takes too long to read: days tell enough
        hours = Counter[int]()
        for one in reports.hours(record, span):
            hours[policy.clock.local(one.hour * 3600).hour] += one.refused
        shown = range(min(hours, default=8), max(hours, default=15) + 1)
        drawn = [discretion.drawn(hours[hour]) for hour in shown]
        highest = max(zip(drawn, shown, strict=True))[1]
        charts.append(
            Chart(
                "Refused by hour of the day",
                f"Bars for each hour; the highest is {highest:02}:00 to {highest + 1:02}:00.",
                [f"{hour:02}:00" for hour in shown],
                [Line("refused", drawn)],
                corner="Hour",
            )
        )
    return tuple(charts)


def _tables(
    record: Record, policy: Policy, span: Span, discretion: Discretion
) -> tuple[Table, ...]:
    services = reports.numbers(record, By.SERVICE, span)
    groups = discretion.groups(
        [one for one in reports.numbers(record, By.GROUP, span) if one.refused],
        devices_by_group(record, span),
    )
    periods = reports.numbers(record, By.PERIOD, span)
    told = discretion.told
    return (
        Table(
            "By service",
            "Service",
            tuple(
                (service_title(one.what, policy), told(one.refused))
                for one in services[:SHOWN]
                if one.refused
            ),
        ),
        Table("By group", "Group", tuple((group, told(count)) for group, count in groups)),
        Table(
            "By period",
            "Period",
            tuple((_period(one.what), told(one.refused)) for one in periods if one.refused),
        ),
    )


def _changes(trends: list[Trend], policy: Policy, discretion: Discretion) -> tuple[Change, ...]:
    told = discretion.told
    return tuple(
        Change(service_title(one.what, policy), told(one.now), told(one.before))
        for one in trends[:SHOWN]
        if one.now != one.before
    )


def _exceptions(record: Record, policy: Policy, span: Span) -> tuple[Exceptions, ...]:
    found = uses.exceptions(record, span, _standing(policy))
    kinds = dict.fromkeys(one.kind for one in found)
    return tuple(
        Exceptions(
            kind,
            used=sum(one.kind == kind and not one.is_unused for one in found),
            unused=sum(one.kind == kind and one.is_unused for one in found),
        )
        for kind in kinds
    )


def _each(record: Record, policy: Policy, span: Span) -> tuple[UsedException, ...]:
    grants = {(str(one.kind), one.id): one for one in policy.school.grants}
    found = uses.exceptions(record, span, _standing(policy))
    return tuple(UsedException(grants.get((use.kind, use.id)), use) for use in found)


def _standing(policy: Policy) -> tuple[Grant, ...]:
    return standing.grants(policy, Standing.IN_FORCE, room.now())


def _attempts(record: Record, span: Span, discretion: Discretion) -> tuple[Attempt, ...]:
    told = discretion.told
    return tuple(
        Attempt(one.kind.replace("-", " "), told(one.signs), told(one.devices), told(one.cases))
        for one in uses.attempts(record, span)
    )


def _new(record: Record, policy: Policy, since: Instant, now: Instant) -> tuple[SiteNumber, ...]:
    clock = policy.clock
    found = news(
        record,
        since * 1000,
        now * 1000,
        lambda hour: clock.date(hour * 3600).toordinal(),
        limit=SHOWN,
    )
    return found.sites


def service_title(name: str, policy: Policy) -> str:
    """A service as people call it."""
    found = policy.catalogue.services.get(name)
    return found.title if found else name or NO_SERVICE


def _period(name: str) -> str:
    return "outside school hours" if name == CLOSED else name
