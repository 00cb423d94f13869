"""Bells, calendars and clock changes."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.policy.clock import SchoolClock
from appliance.policy.model import Calendar, DateRange, Period, School, SpecialDay, Timetable
from appliance.policy.model import WeekStart as Week
from appliance.policy.schedule import Days, Schedule, week_of
from tests.invent import DAYS, schools
from tests.school import Ask

HOUR = 3600
BEFORE_SPRING = datetime.datetime(2026, 3, 29, 0, 59, 59, tzinfo=datetime.UTC)  # then 02:00 BST
AUTUMN = datetime.datetime(2026, 10, 25, 0, 0, tzinfo=datetime.UTC)  # 01:00 BST, an hour to go


def night_school(*periods: Period) -> Schedule:
    """A school with these periods on every day of the week."""
    plan = Timetable("night", periods, ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    return Schedule(School("Night School", timetables=(plan,)))


def kind_at(schedule: Schedule, local: str, fold: int = 0) -> str:
    moment = datetime.datetime.fromisoformat(local).replace(tzinfo=schedule.clock.zone, fold=fold)
    return schedule.moment(int(moment.timestamp())).kind


def test_a_period_owns_its_first_instant_and_not_its_last() -> None:
    ask = Ask()
    kinds = [
        ask.policy.schedule.moment(ask.instant(at)).kind
        for at in ("08:44:59", "08:45", "08:59:59", "09:00", "10:29:59", "10:30", "12:15")
    ]
    assert kinds == [
        "closed",
        "registration",
        "registration",
        "lesson",
        "lesson",
        "break",
        "closed",
    ]


def test_the_school_day_runs_from_registration_to_the_end_of_the_last_lesson() -> None:
    ask = Ask()
    inside = [
        ask.policy.schedule.moment(ask.instant(at)).in_school_day
        for at in ("08:44:59", "08:45", "10:40", "12:14:59", "12:15")
    ]
    assert inside == [False, True, True, True, False]


def test_weekends_and_holidays_are_closed_and_special_days_follow_their_own_plan() -> None:
    calendar = (
        '[calendar]\nterms = [{name = "Autumn", first = 2026-09-02, last = 2026-12-18}]\n'
        'closed = [{name = "INSET", first = 2026-11-27, last = 2026-11-27}]\n'
        'special = [{date = 2026-11-28, timetable = "fair"}, '
        '{date = 2026-11-27, timetable = "fair"}]\n'
        '[[timetable]]\nname = "fair"\n'
        'periods = [{name = "Fair", kind = "assembly", from = "10:00", to = "11:00"}]'
    )
    ask = Ask(calendar)

    def kind(date: str) -> str:
        return ask.policy.schedule.moment(ask.instant(f"{date}T10:15")).kind

    assert kind("2026-11-26") == "lesson"
    assert kind("2026-11-29") == "closed"  # a Sunday
    assert kind("2026-12-21") == "closed"  # after term
    assert kind("2026-11-28") == "assembly"  # a special Saturday
    assert kind("2026-11-27") == "assembly"  # special wins over closed


def test_weeks_a_and_b_alternate_from_the_monday_that_is_fixed() -> None:
    calendar = Calendar(
        weeks=(Week(datetime.date(2026, 9, 7), "A"), Week(datetime.date(2026, 11, 2), "A"))
    )
    dates = ["2026-09-06", "2026-09-07", "2026-09-13", "2026-09-14", "2026-10-26", "2026-11-02"]
    weeks = [week_of(calendar, datetime.date.fromisoformat(date)) for date in dates]
    assert weeks == ["", "A", "A", "B", "B", "A"]


def test_a_period_may_run_past_midnight_and_the_next_morning_has_the_word() -> None:
    prep = Period("Prep", "prep", 21 * 60, 24 * 60 + 30)
    early = Period("Early", "early", 0, 15)
    schedule = night_school(prep)
    assert kind_at(schedule, "2026-11-24T23:59:59") == "prep"
    assert kind_at(schedule, "2026-11-25T00:29:59") == "prep"
    assert kind_at(schedule, "2026-11-25T00:30:00") == "closed"
    assert kind_at(night_school(prep, early), "2026-11-25T00:10") == "early"


def test_half_past_one_that_happens_twice_rings_once() -> None:
    schedule = night_school(Period("First", "first", 60, 90), Period("Second", "second", 90, 150))
    kinds = [kind_at(schedule, "2026-10-25T01:15"), kind_at(schedule, "2026-10-25T01:30")]
    again = [kind_at(schedule, "2026-10-25T01:15", 1), kind_at(schedule, "2026-10-25T01:30", 1)]
    assert kinds == ["first", "second"]
    assert again == ["second", "second"]
    assert kind_at(schedule, "2026-10-25T02:29:59") == "second"
    assert kind_at(schedule, "2026-10-25T02:30") == "closed"


def test_half_past_one_that_never_happens_is_passed_over() -> None:
    schedule = night_school(
        Period("Before", "before", 30, 75),
        Period("Never", "never", 75, 105),
        Period("After", "after", 105, 150),
    )
    jump = int(BEFORE_SPRING.timestamp())
    assert schedule.moment(jump).kind == "before"
    assert schedule.moment(jump + 1).kind == "after"
    assert schedule.moment(jump + 1 + HOUR // 2).kind == "closed"


def test_a_special_day_that_is_a_clock_change_day() -> None:
    plan = Timetable("open day", (Period("Open", "lesson", 9 * 60, 12 * 60),))
    calendar = Calendar(special=(SpecialDay(datetime.date(2026, 3, 29), "open day"),))
    schedule = Schedule(School("S", timetables=(plan,), calendar=calendar))
    assert kind_at(schedule, "2026-03-29T09:00") == "lesson"
    assert kind_at(schedule, "2026-03-29T08:59:59") == "closed"
    day = schedule.day(datetime.date(2026, 3, 29))
    assert day.slots[0].start == int(BEFORE_SPRING.timestamp()) + 1 + 7 * HOUR


def test_next_change_is_the_bell_that_changes_the_answer_not_the_next_bell() -> None:
    ask = Ask()
    assert ask.until("tiktok.com", "staff", "08:50") == "2026-11-24 10:30"
    assert ask.until("tiktok.com", "staff", "10:30") == "2026-11-24 10:45"
    assert ask.until("tiktok.com", "staff", "13:00") == "2026-11-25 08:45"
    assert ask.until("tiktok.com", "staff", "2026-11-27T13:00") == "2026-11-30 08:45"
    assert ask.until("tiktok.com", "pupils") is None
    assert ask.until("bbc.co.uk", "pupils") is None


def test_next_change_is_exact_over_a_clock_change() -> None:
    ask = Ask()
    friday, monday = "2026-10-23T13:00", "2026-10-26T08:45"
    until = ask.instant(monday) - ask.instant(friday)
    assert until == (2 * 24 + 19 * 1 + 0) * HOUR + 45 * 60 + HOUR
    assert ask.until("tiktok.com", "staff", friday) == "2026-10-26 08:45"


@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]
)
@given(day=st.sampled_from(DAYS), minute=st.integers(0, 2879))
def test_bells_never_ring_out_of_order(zone: str, day: datetime.date, minute: int) -> None:
    clock = SchoolClock(zone)
    assert clock.bell(day, minute) <= clock.bell(day, minute + 1)


@given(st.datetimes(datetime.datetime(2001, 1, 1), datetime.datetime(2099, 1, 1)))
def test_an_instant_and_its_local_time_say_the_same(moment: datetime.datetime) -> None:
    clock = SchoolClock("Europe/London")
    whole = moment.replace(microsecond=0)
    at = clock.instant(whole)
    back = clock.local(at).replace(tzinfo=None, fold=0)
    assert back == whole or (whole < back <= whole + datetime.timedelta(hours=1))


@given(schools(), st.sampled_from(DAYS), st.integers(0, 86_399))
def test_days_remember_what_the_schedule_says(
    school: School, day: datetime.date, second: int
) -> None:
    schedule = Schedule(school)
    start = schedule.clock.bell(day, 0)
    days = Days(schedule, start)
    assert days.moment(start + second) == schedule.moment(start + second)
    for bell in schedule.bells(start, start + 3 * 86_400):
        assert days.moment(bell) == schedule.moment(bell)
        assert days.moment(bell - 1) == schedule.moment(bell - 1)


@given(schools(), st.sampled_from(DAYS))
def test_nothing_changes_between_two_bells(school: School, day: datetime.date) -> None:
    schedule = Schedule(school)
    start = schedule.clock.bell(day, 0)
    edges = [start, *schedule.bells(start, start + 2 * 86_400)]
    for one, other in zip(edges, edges[1:], strict=False):
        moments = {schedule.moment(at) for at in {one, one + 1, (one + other) // 2, other - 1}}
        assert len(moments) == 1 or other - one == 1


def test_terms_have_both_their_ends() -> None:
    term = DateRange("Autumn", datetime.date(2026, 9, 2), datetime.date(2026, 12, 18))
    assert datetime.date(2026, 9, 2) in term
    assert datetime.date(2026, 12, 18) in term
    assert datetime.date(2026, 12, 19) not in term
