"""How a list stands, for the network manager: one word for machines, one sentence for people."""

from __future__ import annotations

import datetime
from enum import StrEnum

from appliance.lists.shelf import Record
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.model import SchoolList
from appliance.policy.services import Source

HOUR_SECONDS = 3600
MISSED_TURNS = 2  # a list is overdue when it has missed its turn and the one after
WEEK_DAYS = 7  # within them a day of the week says which day is meant


class Standing(StrEnum):
    OWN = "own"  # the school's own: nothing to refresh
    MISSING = "missing"  # not fetched yet
    FRESH = "fresh"
    OVERDUE = "overdue"  # nobody has tried for too long
    FAILING = "failing"  # the last try went wrong


def standing(source: Source | None, record: Record, has_copy: bool, now: Instant) -> Standing:
    """How a list stands that has, or has not, a public source and a copy on this box."""
    if source is None:
        return Standing.OWN
    if record.failure:
        return Standing.FAILING
    if not has_copy:
        return Standing.MISSING
    age = now - record.confirmed
    if age > source.every_hours * HOUR_SECONDS * MISSED_TURNS:
        return Standing.OVERDUE
    return Standing.FRESH


def sentence(
    one: SchoolList,
    state: Standing,
    record: Record,
    has_copy: bool,
    now: Instant,
    zone: SchoolClock,
) -> str:
    """ "18,350 names, fetched today 03:10", or what stands in the way."""
    days = _Days(now, zone)
    if state is Standing.OWN:
        return _own(one, has_copy)
    if state is Standing.MISSING:
        return "not fetched yet, so it refuses nothing: bellgate lists refresh fetches it"
    if state is Standing.FAILING and not has_copy:
        return (
            f"could not be fetched: {record.failure}; there is no copy yet, so it refuses nothing"
        )
    if state is Standing.FAILING:
        return (
            f"could not be refreshed since {days.since(record.failing_since)}: {record.failure}; "
            f"{days.copy_of(record.confirmed)} stays"
        )
    if not record.fetched:
        return "a copy lies here that has never been refreshed"
    said = f"{_counted(record)}, fetched {days.moment(record.fetched)}"
    if record.confirmed > record.fetched:
        said += f", still the newest {days.moment(record.confirmed)}"
    return f"{said}; a refresh is overdue" if state is Standing.OVERDUE else said


def _own(one: SchoolList, has_file: bool) -> str:
    if one.file:
        is_missing = "" if has_file else ", which is missing"
        return f"a file of the school's own: {one.file}{is_missing}"
    return f"the school's own, {_number(len(one.names), 'name')} in the policy"


def _counted(record: Record) -> str:
    names = _number(record.names, "name")
    if not record.unsupported:
        return names
    return f"{names} ({_number(record.unsupported, 'line')} left out: DNS can't do what they ask)"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class _Days:
    """Moments as people say them on this day."""

    def __init__(self, now: Instant, clock: SchoolClock) -> None:
        self.clock = clock
        self.today = clock.date(now)

    def moment(self, at: Instant) -> str:
        """ "today 03:10" """
        return f"{self.day(at)} {self.clock.local(at):%H:%M}"

    def since(self, at: Instant) -> str:
        """ "Tuesday", or "10:15 today" """
        if self.clock.date(at) == self.today:
            return f"{self.clock.local(at):%H:%M} today"
        return self.day(at)

    def copy_of(self, at: Instant) -> str:
        """ "the copy of Monday", "yesterday's copy" """
        if not at:
            return "the copy of before"
        day = self.day(at)
        return f"{day}'s copy" if day in ("today", "yesterday") else f"the copy of {day}"

    def day(self, at: Instant) -> str:
        date = self.clock.date(at)
        ago = (self.today - date) // datetime.timedelta(days=1)
        if ago in (0, 1):
            return ("today", "yesterday")[ago]
        if 1 < ago < WEEK_DAYS:
            return f"{date:%A}"
        year = f" {date.year}" if date.year != self.today.year else ""
        return f"{date.day} {date:%B}{year}"
