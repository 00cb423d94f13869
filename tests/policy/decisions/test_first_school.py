"""The first run: a ready policy becomes a school's own."""

from __future__ import annotations

import dataclasses

import pytest

from appliance.errors import DecisionError
from appliance.lists import catalogue
from appliance.live import checked
from appliance.policy import ready
from appliance.policy.decide import Policy, decide
from appliance.policy.decisions.first_school import Facts, OwnDevice, first_school, period
from appliance.policy.model import Who
from appliance.policy.verdict import DecidedBy
from tests.school import TUESDAY, Ask

KNOWN = catalogue.read()
FACTS = Facts(
    name="  Hope Street   Primary ",
    contact="Mrs Hill",
    domains=("www.hope-street.sch.uk", "hopestreet.org"),
    appliance="filter.hope-street.sch.uk",
    networks={"pupils": ("10.20.0.0/16",), "staff": ("10.10.0.0/16", "fd00:10::/64")},
    periods=(
        period("Lesson 2", "lesson", "10:30", "12:00"),
        period("Lesson 1", "lesson", "9:00", "10.15"),
        period("Break", "break", "10:15", "10:30"),
    ),
    own_device=OwnDevice("Office laptop", "staff", "10.10.1.5"),
)


@pytest.mark.parametrize("name", ready.names())
def test_every_ready_policy_becomes_a_school_s_own(name: str) -> None:
    profile = ready.read(name, KNOWN)
    school = first_school(profile, FACTS)
    policy = checked(school, KNOWN)
    assert policy.school == school
    assert (school.name, school.rules) == ("Hope Street Primary", profile.rules)
    assert [p.name for p in school.timetables[0].periods] == ["Lesson 1", "Break", "Lesson 2"]
    assert "example.sch.uk" not in str(school)
    at = Ask().instant(f"{TUESDAY}T09:30")
    assert not decide(policy, Who("pupils"), policy.facts("www.tiktok.com"), at).allowed
    own = decide(policy, Who("pupils"), policy.facts("hopestreet.org"), at)
    assert own.decided_by is DecidedBy.LIFELINE


def test_what_a_school_leaves_out_stays_as_the_ready_policy_has_it() -> None:
    profile = ready.read("mersey-vale", KNOWN)
    school = first_school(profile, Facts("Hope Street"))
    assert (school.timetables, school.groups) == (profile.timetables, profile.groups)
    assert (school.contact, school.domains) == (profile.contact, ())
    assert school.official_channels == ()  # the site of a school without a name is nobody's
    assert Policy(school, KNOWN).school == checked(school, KNOWN).school


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "Please say the school's name."),
        ({"domains": ("our site",)}, "our site is not a domain name such as example.com."),
        ({"networks": {"pupils": ("10.20.0.1/16",)}}, '"10.20.0.1/16" is not a network;'),
        ({"networks": {"pupil": ("10.20.0.0/16",)}}, "There is no group “pupil” (did you mean"),
        (
            {"networks": {"pupils": ("10.2.0.0/16",), "staff": ("10.2.0.0/16",)}},
            "10.2.0.0/16 can't be the network of pupils and of staff.",
        ),
        (
            {"periods": (period("A", "lesson", "9:00", "10:00"),) * 2},
            "A begins before A is over.",
        ),
        ({"days": ("monday",)}, "There is no day “monday”"),
        ({"own_device": OwnDevice("☃", "staff", "10.10.1.5")}, "Please give this device a name"),
        ({"own_device": OwnDevice("x", "staff", "10.10")}, "“10.10” is not an address such as"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    profile = ready.read("mersey-vale", KNOWN)
    with pytest.raises(DecisionError) as refused:
        first_school(profile, dataclasses.replace(FACTS, **change))  # type: ignore[arg-type]
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("kind", "start", "end", "sentence"),
    [
        ("closed", "9:00", "10:00", "“closed” is no kind of period, such as lesson."),
        ("lesson", "nine", "10:00", "“nine” is not a time of day such as 09:00."),
        ("lesson", "10:00", "9:00", "Maths ends before it begins: look at its times again."),
    ],
)
def test_a_period_has_a_kind_and_two_times(kind: str, start: str, end: str, sentence: str) -> None:
    with pytest.raises(DecisionError) as refused:
        period("Maths", kind, start, end)
    assert str(refused.value) == sentence
