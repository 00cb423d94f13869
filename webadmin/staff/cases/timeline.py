"""When a case's signs came: by minutes, hours, days or weeks, as long as it lasted."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from appliance.policy.clock import SchoolClock
from appliance.store.cases import SignSeen, Whole
from appliance.store.rows import Row
from webadmin.frame.charts import Chart, Line
from webadmin.frame.words import counted

MINUTES: Final = 300
MINUTES_SHOWN: Final = 2 * 3600
HOUR: Final = 3600
HOURS_SHOWN: Final = 48
DAYS_SHOWN: Final = 62

Place = Callable[[int], tuple[int, str]]  # of a second: which column, and what is written under it


def timeline(whole: Whole, clock: SchoolClock) -> Chart:
    """Signs, and the refusals that led to them or came of them."""
    moments = [*_moments(whole.signs), *_moments(whole.rows)]
    first = min((at for at, _ in moments), default=whole.case.opened_ms // 1000)
    last = max((at for at, _ in moments), default=whole.case.last_ms // 1000)
    place, step, each = _scale(first, last, clock)
    first, last = first - step, last + step  # what is quiet on both sides belongs to the picture
    columns = dict(place(min(at, last)) for at in range(first, last + step, step))
    signs, refusals = _sums(_moments(whole.signs), place), _sums(_moments(whole.rows), place)
    most = max(signs.values(), default=0)
    busiest = next((columns[one] for one in columns if signs[one] == most), "")
    return Chart(
        title=f"Signs and refusals, {each}",
        says=f"{counted(sum(signs.values()), 'sign')} in all, most of them at {busiest}: {most:,}."
        if most
        else "No sign is kept one by one.",
        labels=list(columns.values()),
        lines=(
            Line("Signs", [signs[one] for one in columns]),
            Line("Refusals around them", [refusals[one] for one in columns]),
        ),
    )


def _moments(seen: Iterable[SignSeen | Row]) -> list[tuple[int, int]]:
    """When, in seconds, and how often."""
    return [(one.first_ms // 1000, one.count) for one in seen]


def _sums(moments: Iterable[tuple[int, int]], place: Place) -> Counter[int]:
    sums: Counter[int] = Counter()
    for at, count in moments:
        sums[place(at)[0]] += count
    return sums


def _scale(first: int, last: int, clock: SchoolClock) -> tuple[Place, int, str]:
    """Which column a second belongs to, how far it is to the next one, and what that is called."""

    def minutes(at: int) -> tuple[int, str]:
        return at // MINUTES, f"{clock.local(at - at % MINUTES):%H:%M}"

    def hour(at: int) -> tuple[int, str]:
        return at // HOUR, f"{clock.local(at - at % HOUR):%a %H:%M}"

    def day(at: int) -> tuple[int, str]:
        date = clock.date(at)
        return date.toordinal(), f"{date.day} {date:%b}"

    def week(at: int) -> tuple[int, str]:
        date = clock.date(at)
        monday = date - datetime.timedelta(date.weekday())
        return monday.toordinal(), f"week of {monday.day} {monday:%b}"

    if last - first < MINUTES_SHOWN:
        return minutes, MINUTES, "by five minutes"
    if last - first < HOURS_SHOWN * HOUR:
        return hour, HOUR, "hour by hour"
    # by half days: the day on which clocks are put forward has but 23 hours
    if last - first < DAYS_SHOWN * 24 * HOUR:
        return day, 12 * HOUR, "day by day"
    return week, 12 * HOUR, "week by week"
