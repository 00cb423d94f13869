"""The half terms of a calendar: what a report of "this half term" is about."""

from __future__ import annotations

import datetime
from typing import Final

from appliance.policy.model import Calendar, DateRange
from appliance.policy.schedule import ONE_DAY

SHORTEST_BREAK: Final = 3  # school days: an INSET day or a bank holiday parts no term
USUAL_DAYS: Final = 42  # of a half term, where a school has given no terms


def half_term(calendar: Calendar, today: datetime.date) -> DateRange:
    """The one that `today` lies in, or the last one before it."""
    begun = [half for half in _halves(calendar) if half.first <= today]
    if not begun:
        return DateRange("six weeks", today - ONE_DAY * (USUAL_DAYS - 1), today)
    return max(begun, key=lambda half: half.first)


def _halves(calendar: Calendar) -> list[DateRange]:
    """Each term, parted by its breaks."""
    found = []
    for term in calendar.terms:
        first = term.first
        for gap in sorted(calendar.closed, key=lambda gap: gap.first):
            if (
                term.first < gap.first <= gap.last < term.last
                and _school_days(gap) >= SHORTEST_BREAK
            ):
                found.append(DateRange(term.name, first, gap.first - ONE_DAY))
                first = gap.last + ONE_DAY
        found.append(DateRange(term.name, first, term.last))
    return found


def _school_days(gap: DateRange) -> int:
    days = (gap.first + ONE_DAY * n for n in range((gap.last - gap.first).days + 1))
    return sum(day.weekday() < 5 for day in days)
