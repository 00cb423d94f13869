"""St Lawrence C of E Junior School, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.profiles.asking import IN_SCHOOL_DAY, OUTSIDE, answers, ask, ask_with

SCHOOL = "st-lawrence"
SOCIAL = (
    "www.blogger.com",
    "www.netmums.com",
    "www.facebook.com",
    "www.youtube.com",
    "twitter.com",
    "web.whatsapp.com",
)

PERMISSION = """
[devices.sencos-laptop]
group = "staff"
addresses = ["10.10.1.2"]

[[exemption]]
id = "e-1"
target = ["service:facebook"]
for = ["device:sencos-laptop"]
from = 2026-09-01T00:00:00
until = 2027-07-31T00:00:00
reason = "Runs the parents' page"
approved_by = ["headteacher"]
clause = "Terms of use"
"""


def test_applications_the_named_services_are_social_media() -> None:
    assert {one["target"] for one in ask(SCHOOL, "pupils", "lesson", *SOCIAL)} == {"social-media"}


@pytest.mark.parametrize("when", IN_SCHOOL_DAY)
def test_terms_of_use_staff_have_none_in_work_time(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("block", "Terms of use")}


def test_terms_of_use_an_exemption_for_one_staff_device(tmp_path: Path) -> None:
    laptop = ["--client", "10.10.1.2"]
    facebook, twitter = ask_with(
        tmp_path, SCHOOL, PERMISSION, laptop, "lesson", "www.facebook.com", "twitter.com"
    )
    assert (facebook["action"], facebook["decided_by"]) == ("allow", "exemption")
    assert facebook["until"] == "2027-07-31T00:00:00+01:00"
    assert twitter["action"] == "block"
    (other,) = ask_with(
        tmp_path, SCHOOL, PERMISSION, ["--group", "staff"], "lesson", "www.facebook.com"
    )
    assert other["action"] == "block"


@pytest.mark.parametrize("when", IN_SCHOOL_DAY)
def test_pupils_not_in_the_school_day(when: str) -> None:
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", "Pupil expectations")}


@pytest.mark.parametrize("when", OUTSIDE)
def test_the_default_rule_holds_otherwise(when: str) -> None:
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", None)}
