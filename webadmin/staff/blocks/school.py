"""The school as a whole: today's picture, the week for governors, and what is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.store.daily import days
from appliance.store.news import News, news
from appliance.store.office import seen
from appliance.store.reports import Span, Trend
from appliance.store.today import picture
from webadmin.frame.charts import Chart, Line
from webadmin.staff import room
from webadmin.staff.log.discretion import Discretion
from webadmin.staff.log.figures import by_day, service_title, week_so_far

PAGE: Final = "desk"  # by which it is known what somebody has seen of it
DAY_MS: Final = 86_400_000
SERVICES: Final = 6
NEW: Final = 8


@dataclass(frozen=True, slots=True)
class Today:
    refused: int
    before: int  # last week until this time of day
    chart: Chart
    services: tuple[Trend, ...]  # by their titles


@dataclass(frozen=True, slots=True)
class Week:
    """For who sees no device."""

    total: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is new since somebody last said that they have seen it."""

    news: News
    services: tuple[str, ...]
    is_first: bool  # they never did: it is the last day's

    @property
    def is_empty(self) -> bool:
        return not (self.news.cases or self.services or self.news.sites)


def today() -> Today:
    policy = room.policy()
    clock = policy.clock
    found = picture(room.record(), clock, room.now())
    labels = [f"{clock.local(hour.start):%H:%M}" for hour in found.hours]
    chart = Chart(
        "Refused by hour",
        f"Bars for each hour of today and of the same day last week: {found.refused:,} so far, "
        f"{found.before:,} until this time last week.",
        labels,
        [
            Line("today", [hour.now for hour in found.hours]),
            Line("last week", [hour.before for hour in found.hours]),
        ],
        corner="Hour",
    )
    services = [
        Trend(service_title(one.what, policy), one.now, one.before)
        for one in found.services[:SERVICES]
        if one.now
    ]
    return Today(found.refused, found.before, chart, tuple(services))


def week() -> Week:
    policy = room.policy()
    begin, end = week_so_far(policy, room.now())
    counts = days(room.record(), Span.touching(policy.clock, begin, end), policy.clock)
    discretion = Discretion(is_exact=False)
    return Week(discretion.total(sum(counts.values())), by_day(counts, discretion))


def fresh() -> Fresh:
    policy, now_ms = room.policy(), room.now_ms()
    last = seen.last(room.office(), room.me().id, PAGE)
    clock = policy.clock
    found = news(
        room.record(),
        last or now_ms - DAY_MS,
        now_ms,
        lambda hour: clock.date(hour * 3600).toordinal(),
        limit=NEW,
    )
    titles = tuple(service_title(name, policy) for name in found.services)
    return Fresh(found, titles, is_first=not last)


def have_seen() -> None:
    seen.looked(room.office(), room.me().id, PAGE, at_ms=room.now_ms())
