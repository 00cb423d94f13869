"""St Anne's CE Primary School, row by row."""

from __future__ import annotations

import pytest

from tests.profiles.asking import IN_SCHOOL_DAY, OUTSIDE, answers, ask

SCHOOL = "st-annes"
SOCIAL = ("web.whatsapp.com", "www.tiktok.com", "www.instagram.com")


def test_definition_whatsapp_and_classdojo_are_social_media() -> None:
    whatsapp, classdojo = ask(SCHOOL, "pupils", "lesson", "web.whatsapp.com", "www.classdojo.com")
    assert whatsapp["target"] == classdojo["target"] == "social-media"


@pytest.mark.parametrize("when", IN_SCHOOL_DAY + OUTSIDE)
def test_official_use_classdojo_is_open_to_staff_and_closed_to_pupils_and_guests(when: str) -> None:
    for group, action in (("staff", "allow"), ("pupils", "block"), ("guests", "block")):
        (one,) = ask(SCHOOL, group, when, "teach.classdojo.com")
        assert one["action"] == action
    (staff,) = ask(SCHOOL, "staff", when, "teach.classdojo.com")
    assert (staff["decided_by"], staff["clause"]) == ("official-channel", "Official use")


def test_official_use_the_schools_own_site_is_open_to_everyone() -> None:
    for group in ("pupils", "staff", "guests"):
        assert ask(SCHOOL, group, "lesson", "example.sch.uk")[0]["action"] == "allow"


@pytest.mark.parametrize("when", ["registration", "lesson"])
def test_personal_use_not_in_timetabled_teaching_time(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("block", "Personal use")}


@pytest.mark.parametrize("when", ["break", "lunch", *OUTSIDE])
def test_personal_use_at_other_times(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("allow", "Personal use")}


@pytest.mark.parametrize("when", IN_SCHOOL_DAY + OUTSIDE)
def test_supporting_pupils_never(when: str) -> None:
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", "Supporting pupils")}
