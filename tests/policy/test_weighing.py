"""Who has a say in a name, and what the answer is throughout a day."""

from __future__ import annotations

import datetime

import pytest

from appliance.policy.decide import decide
from appliance.policy.model import Who
from appliance.policy.weighing import throughout, voices
from tests.school import TUESDAY, Ask

OVERRIDE = f"""
[[override]]
id = "film-club"
action = "allow"
target = ["service:tiktok"]
for = ["group:pupils"]
from = {TUESDAY}T10:00:00
until = {TUESDAY}T10:20:00
reason = "Film club."
approved_by = ["Mrs Owen"]
"""
DAY = datetime.date.fromisoformat(TUESDAY)


@pytest.fixture(scope="module")
def school() -> Ask:
    return Ask(OVERRIDE)


def test_the_first_that_speaks_decides_as_the_resolver_does(school: Ask) -> None:
    policy = school.policy
    for name in ("tiktok.com", "x.com", "nordvpn.com", "childline.org.uk", "bbc.co.uk"):
        facts = policy.facts(name)
        for who in (Who("pupils"), Who("staff"), Who("guests")):
            for time in ("08:00", "10:05", "10:25", "10:35", "12:00"):
                at = school.instant(time)
                found = voices(policy, who, facts, at)
                verdict = decide(policy, who, facts, at)
                assert [one.verdict for one in found if one.decides] == (
                    [verdict] if any(one.speaks for one in found) else []
                )


def test_those_that_are_silent_now_stand_in_their_place(school: Ask) -> None:
    found = voices(
        school.policy, Who("pupils"), school.policy.facts("tiktok.com"), school.instant("10:25")
    )
    assert [(one.verdict.rule, one.speaks, one.decides) for one in found] == [
        ("film-club", False, False),
        ("all-social-media", True, True),
    ]


def test_a_day_is_cut_at_bells_and_where_an_exception_begins_and_ends(school: Ask) -> None:
    whos = (Who("pupils"), Who("staff"))
    day = throughout(school.policy, whos, school.policy.facts("tiktok.com"), DAY)
    clock = school.policy.clock
    assert [
        (f"{clock.local(one.start):%H:%M}", one.period, *(v.allowed for v in one.verdicts))
        for one in day
    ] == [
        ("00:00", "closed", False, True),
        ("08:45", "Registration", False, False),
        ("09:00", "Lesson 1", False, False),
        ("10:00", "Lesson 1", True, False),
        ("10:20", "Lesson 1", False, False),
        ("10:30", "Break", False, True),
        ("10:45", "Lesson 2", False, False),
        ("12:15", "closed", False, True),
    ]
    assert all(one.end == after.start for one, after in zip(day, day[1:], strict=False))


@pytest.mark.parametrize(("date", "hours"), [("2026-10-25", 25), ("2026-03-29", 23)])
def test_a_day_on_which_the_clocks_change_is_whole(school: Ask, date: str, hours: int) -> None:
    whos = (Who("pupils"),)
    facts = school.policy.facts("tiktok.com")
    day = throughout(school.policy, whos, facts, datetime.date.fromisoformat(date))
    assert day[-1].end - day[0].start == hours * 3600
