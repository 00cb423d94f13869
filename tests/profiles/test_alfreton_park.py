"""Alfreton Park School, clause by clause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.profiles.asking import IN_SCHOOL_DAY, OUTSIDE, answers, ask, ask_with

SCHOOL = "alfreton-park"
NAMED = (
    "www.facebook.com",
    "twitter.com",
    "www.linkedin.com",
    "i.instagram.com",
    "app.snapchat.com",
    "www.reddit.com",
    "www.pinterest.co.uk",
    "www.youtube.com",
    "myclass.wordpress.com",
    "www.tumblr.com",
    "ask.fm",
    "web.whatsapp.com",
    "www.messenger.com",
    "worldofwarcraft.com",
)

REGISTER = """
[[official_channel]]
platform = "service:facebook"
account = "Alfreton Park School"
master_role = "School business manager"
approved = "Office staff"
groups = ["leadership"]
opened = 2026-09-01
clause = "5.3"

[[official_channel]]
platform = "service:x"
account = "@alfretonpark"
master_role = "School business manager"
approved = "Office staff"
groups = ["leadership"]
opened = 2024-09-01
closed = 2026-07-31
"""


def test_5_1_every_named_service_is_social_media() -> None:
    answered = ask(SCHOOL, "pupils", "lesson", *NAMED)
    assert {(one["action"], one["target"]) for one in answered} == {("block", "social-media")}


def test_5_1_games_are_social_media_here_and_not_elsewhere() -> None:
    (here,) = ask(SCHOOL, "pupils", "lesson", "worldofwarcraft.com")
    (elsewhere,) = ask("mersey-vale", "pupils", "lesson", "worldofwarcraft.com")
    assert (here["action"], elsewhere["action"]) == ("block", "allow")


@pytest.mark.parametrize("when", IN_SCHOOL_DAY + OUTSIDE)
def test_5_3_an_open_entry_of_the_register_opens_and_a_closed_one_does_not(
    tmp_path: Path, when: str
) -> None:
    asker = ["--group", "leadership"]
    facebook, twitter = ask_with(
        tmp_path, SCHOOL, REGISTER, asker, when, "www.facebook.com", "twitter.com"
    )
    assert (facebook["decided_by"], facebook["clause"]) == ("official-channel", "5.3")
    assert twitter["decided_by"] == "rule"
    (pupil,) = ask_with(tmp_path, SCHOOL, REGISTER, ["--group", "pupils"], when, "facebook.com")
    assert pupil["action"] == "block"


@pytest.mark.parametrize("when", ["registration", "lesson"])
def test_5_6_staff_not_in_contact_time(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *NAMED) == {("block", "5.6")}


@pytest.mark.parametrize("when", ["break", "lunch", *OUTSIDE])
def test_5_6_staff_otherwise(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *NAMED) == {("allow", "5.6")}


def test_5_6_an_answer_in_break_ends_at_the_bell() -> None:
    (one,) = ask(SCHOOL, "staff", "break", "www.facebook.com")
    assert one["until"] == "2026-11-24T10:45:00+00:00"


def test_5_7_breaches_of_filtering_carry_their_clause() -> None:
    (vpn,) = ask(SCHOOL, "pupils", "lesson", "nordvpn.com")
    assert (vpn["decided_by"], vpn["clause"]) == ("circumvention", "5.7")
