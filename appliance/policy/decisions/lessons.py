"""Lessons: what periods a day has, which one runs, and from when until when one of them lasts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.errors import DecisionError
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.decide import Policy
from appliance.policy.model import TEACHING_KINDS
from appliance.policy.schedule import HORIZON_DAYS, ONE_DAY


@dataclass(frozen=True, slots=True)
class Lesson:
    """One period of one date."""

    name: str
    kind: str
    start: Instant
    end: Instant

    @property
    def is_taught(self) -> bool:
        return self.kind in TEACHING_KINDS

    def title(self, clock: SchoolClock) -> str:
        """ "Lesson 2, 10:45–12:15" """
        return f"{self.name}, {clock.local(self.start):%H:%M}–{clock.local(self.end):%H:%M}"


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """A date on which the school is open, with its periods in order."""

    date: datetime.date
    lessons: tuple[Lesson, ...]


def on(policy: Policy, date: datetime.date) -> tuple[Lesson, ...]:
    """The periods of a date, in order; none when the school is closed."""
    return tuple(
        Lesson(slot.period.name, slot.period.kind, slot.start, slot.end)
        for slot in policy.schedule.day(date).slots
        if slot.start < slot.end  # one in the hour that a clock change leaves out never comes
    )


def school_days(policy: Policy, now: Instant, count: int) -> tuple[SchoolDay, ...]:
    """Today, if it is not over yet, and the school days after it: so many altogether."""
    found: list[SchoolDay] = []
    for day in _days_from(policy, now):
        if len(found) == count:
            break
        if any(lesson.end > now for lesson in day.lessons):
            found.append(day)
    return tuple(found)


def running(policy: Policy, now: Instant) -> Lesson | None:
    """The period that runs now."""
    today = policy.clock.date(now)
    for date in (today, today - ONE_DAY):  # last night's may run on, but today's first has it
        for lesson in on(policy, date):
            if lesson.start <= now < lesson.end:
                return lesson
    return None


def following(policy: Policy, now: Instant) -> Lesson | None:
    """The next lesson that is taught, today or on a later day."""
    for day in _days_from(policy, now):
        for lesson in day.lessons:
            if lesson.start > now and lesson.is_taught:
                return lesson
    return None


def find(policy: Policy, date: datetime.date, name: str) -> Lesson:
    """The period of this name on a date; DecisionError where that day has none."""
    lessons = on(policy, date)
    wanted = " ".join(name.split()).casefold()
    found = [lesson for lesson in lessons if lesson.name.casefold() == wanted]
    if found:
        return found[0]
    day = f"{date:%A} {date.day} {date:%B}"
    if not lessons:
        raise DecisionError(f"The school is closed on {day}.")
    there_are = ", ".join(lesson.name for lesson in lessons)
    raise DecisionError(f"There is no “{wanted[:60]}” on {day}: there are {there_are}.")


def _days_from(policy: Policy, now: Instant) -> Iterator[SchoolDay]:
    date = policy.clock.date(now)
    for _ in range(HORIZON_DAYS):
        lessons = on(policy, date)
        if lessons:
            yield SchoolDay(date, lessons)
        date += ONE_DAY
