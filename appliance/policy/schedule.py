"""The school's day: which period an instant lies in, and when the next bell rings.

The day's plan is that of a special day, else none on closed days and outside terms, else the
timetable of its weekday (and week A or B). Each bell rings once, when the wall clock first shows
its time: in the hour that happens twice the first counts; a bell at 01:30 on the night when 01:30
never happens rings when the clock jumps over it, so a period inside the jump never comes.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from appliance.policy.clock import DAY_SECONDS, MINUTES_OF_DAY, Instant, SchoolClock
from appliance.policy.model import (
    CLOSED,
    TEACHING_KINDS,
    WEEKDAYS,
    Calendar,
    Period,
    School,
    Timetable,
)

HORIZON_DAYS = 400  # as far as a snapshot looks ahead, and so as far as "until" does
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a policy needs to know of an instant."""

    kind: str
    in_school_day: bool
    period: str  # its name; "closed" outside all periods


class Slot(NamedTuple):
    start: Instant
    end: Instant
    period: Period


@dataclass(frozen=True, slots=True)
class Day:
    """One date's slots in order, and the bounds of its school day (0, 0: there is none)."""

    slots: tuple[Slot, ...]
    school_start: Instant
    school_end: Instant


class Schedule:
    """The timetables and calendar of one school, on its clock."""

    def __init__(self, school: School) -> None:
        self.clock = SchoolClock(school.timezone)
        self.timetables = school.timetables
        self.calendar = school.calendar
        self._special = {day.date: day.timetable for day in school.calendar.special}
        self.day = lru_cache(maxsize=1024)(self._day)
        self.moment = lru_cache(maxsize=8192)(self._moment)  # the bells of 400 days, and some more

    def plan(self, date: datetime.date) -> Timetable | None:
        """The timetable this date follows, or None when the school is closed all day."""
        if date in self._special:
            return next((t for t in self.timetables if t.name == self._special[date]), None)
        if any(date in closed for closed in self.calendar.closed):
            return None
        if self.calendar.terms and not any(date in term for term in self.calendar.terms):
            return None
        weekday, week = WEEKDAYS[date.weekday()], week_of(self.calendar, date)
        return next(
            (t for t in self.timetables if weekday in t.days and t.week in ("", week)), None
        )

    def _day(self, date: datetime.date) -> Day:
        plan = self.plan(date)
        slots = tuple(
            Slot(
                self.clock.bell(date, period.start_minute),
                self.clock.bell(date, period.end_minute),
                period,
            )
            for period in (
                sorted(plan.periods, key=lambda period: period.start_minute) if plan else ()
            )
        )
        span = teaching_span(plan.periods) if plan else None
        bounds = [self.clock.bell(date, minute) for minute in span] if span else [0, 0]
        return Day(slots, bounds[0], bounds[1])

    def _moment(self, at: Instant) -> Moment:
        """What this instant is. Where last night's period meets today's first, today's has it."""
        today = self.clock.date(at)
        days = (self.day(today), self.day(today - ONE_DAY))
        in_school_day = any(day.school_start <= at < day.school_end for day in days)
        for day in days:
            for slot in day.slots:
                if slot.start <= at < slot.end:
                    return Moment(slot.period.kind, in_school_day, slot.period.name)
        return Moment(CLOSED, in_school_day, CLOSED)

    def bells(self, first: Instant, last: Instant) -> list[Instant]:
        """Every instant in (first, last] at which a period begins or ends, in order."""
        bells: set[Instant] = set()
        date, end = self.clock.date(first) - ONE_DAY, self.clock.date(last)
        while date <= end:
            for slot in self.day(date).slots:
                bells.update((slot.start, slot.end))
            date += ONE_DAY
        return sorted(bell for bell in bells if first < bell <= last)


@lru_cache(maxsize=4)  # a grant or a device more leaves the bells as they are
def _schedule(timezone: str, timetables: tuple[Timetable, ...], calendar: Calendar) -> Schedule:
    return Schedule(School("", timezone=timezone, timetables=timetables, calendar=calendar))


def schedule_of(school: School) -> Schedule:
    """The schedule of a school, shared by all policies that have the same bells."""
    return _schedule(school.timezone, school.timetables, school.calendar)


class Days:
    """The bells and moments from one instant to the horizon, worked out once and walked often."""

    def __init__(self, schedule: Schedule, first: Instant) -> None:
        self.first = first
        self.last = first + HORIZON_DAYS * DAY_SECONDS
        self.bells = schedule.bells(first, self.last)
        self._moments = [schedule.moment(at) for at in (first, *self.bells)]

    def moment(self, at: Instant) -> Moment:
        return self._moments[bisect_right(self.bells, at)]


def teaching_span(periods: Iterable[Period]) -> tuple[int, int] | None:
    """The school day in minutes: first registration or lesson to the end of the last lesson."""
    teaching = sorted(
        (p for p in periods if p.kind in TEACHING_KINDS), key=lambda period: period.start_minute
    )
    if not teaching:
        return None
    lessons = [period for period in teaching if period.kind == "lesson"] or teaching
    return teaching[0].start_minute, lessons[-1].end_minute


def week_of(calendar: Calendar, date: datetime.date) -> str:
    """ "A" or "B", counted from the last Monday the calendar fixes; empty before the first."""
    starts = [start for start in calendar.weeks if start.monday <= date]
    if not starts:
        return ""
    latest = max(starts, key=lambda start: start.monday)
    weeks_since = (date - latest.monday).days // 7
    return latest.week if weeks_since % 2 == 0 else ("B" if latest.week == "A" else "A")


def clock_time(minute: int) -> str:
    """A minute of the day as people write it; 1500 is 01:00 the day after.

    Midnight at the end of the day is 24:00: a period of all day would else end when it begins.
    """
    if minute == MINUTES_OF_DAY:
        return "24:00"
    hour, minute = divmod(minute % MINUTES_OF_DAY, 60)
    return f"{hour:02}:{minute:02}"
