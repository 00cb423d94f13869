"""Mersey Vale Primary School, clause by clause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console import bellgate
from tests.profiles.asking import IN_SCHOOL_DAY, OUTSIDE, answers, ask, ask_with

SCHOOL = "mersey-vale"
SOCIAL = ("www.tiktok.com", "m.youtube.com", "web.whatsapp.com", "www.facebook.com", "i.redd.it")


def test_the_bell_opens_social_media_for_staff_to_the_second() -> None:
    names = ["www.tiktok.com", "m.youtube.com"]
    start = ["explain", "--profile", SCHOOL, "--group", "staff", "--json", "--at"]
    before = bellgate(*start, "2026-11-24T10:29:59", *names).objects
    after = bellgate(*start, "2026-11-24T10:30:00", *names).objects
    assert [(one["action"], one["clause"]) for one in before] == [("block", "5.1")] * 2
    assert [(one["action"], one["clause"]) for one in after] == [("allow", "5.2")] * 2
    assert [one["until"] for one in before] == ["2026-11-24T10:30:00+00:00"] * 2


def test_3_the_schools_own_site_and_class_pages_are_open_to_everyone() -> None:
    for group in ("pupils", "staff", "guests"):
        (site,) = ask(SCHOOL, group, "lesson", "www.example.sch.uk")
        assert site["action"] == "allow"


@pytest.mark.parametrize("when", ["registration", "lesson"])
def test_5_1_staff_have_no_social_media_in_lesson_time(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("block", "5.1")}


def test_5_1_ppa_counts_as_work(tmp_path: Path) -> None:
    ppa = (
        '[[timetable]]\nname = "ppa"\nperiods = [\n'
        '  {name = "PPA", kind = "ppa", from = "10:00", to = "12:00"}]\n'
        '[calendar]\nspecial = [{date = 2026-11-24, timetable = "ppa"}]\n'
    )
    (one,) = ask_with(tmp_path, SCHOOL, ppa, ["--group", "staff"], "lesson", "www.tiktok.com")
    assert (one["action"], one["clause"], one["period"]) == ("block", "5.1", "PPA")


@pytest.mark.parametrize("when", ["break", "lunch"])
def test_5_2_staff_may_at_break_and_lunch(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("allow", "5.2")}


@pytest.mark.parametrize("when", OUTSIDE)
def test_5_1_staff_may_in_non_contact_time(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("allow", "5.1")}


@pytest.mark.parametrize("when", IN_SCHOOL_DAY)
def test_6_1_children_may_not_in_the_school_day(when: str) -> None:
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", "6.1")}


@pytest.mark.parametrize("when", OUTSIDE)
def test_7_1_children_may_not_at_any_other_time(when: str) -> None:
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", "7.1")}


CLASS_7B = """
[devices.tablet-1]
group = "pupils"
addresses = ["10.20.3.7"]

[device_sets.class-7b]
devices = ["tablet-1"]

[[pass]]
id = "lesson-on-volcanoes"
target = ["service:youtube"]
for = ["set:class-7b"]
from = 2026-11-24T09:00:00
until = 2026-11-24T10:30:00
reason = "Geography: a film about volcanoes"
approved_by = ["class teacher"]
clause = "6.1"
"""


def test_6_1_a_pass_opens_a_service_for_a_class_for_one_lesson(tmp_path: Path) -> None:
    tablet = ["--client", "10.20.3.7"]
    names = ["rr1---sn-aigl6nsd.googlevideo.com", "youtubei.googleapis.com", "www.tiktok.com"]
    film, app, tiktok = ask_with(tmp_path, SCHOOL, CLASS_7B, tablet, "lesson", *names)
    assert (film["action"], film["decided_by"]) == ("allow", "pass")
    assert app["decided_by"] == "pass"
    assert tiktok["action"] == "block"
    assert film["until"] == "2026-11-24T10:30:00+00:00"
    after = ask_with(tmp_path, SCHOOL, CLASS_7B, tablet, "break", "www.youtube.com")
    assert after[0]["action"] == "block"


def test_6_1_a_pass_is_for_services_on_the_pass_list_only(tmp_path: Path) -> None:
    file = tmp_path / "school.toml"
    lines = CLASS_7B.replace("service:youtube", "service:tiktok")
    profile = Path("appliance/policy/profiles/mersey-vale.toml")
    file.write_text(profile.read_text(encoding="utf-8") + lines, encoding="utf-8")
    said = bellgate("policy", "check", file)
    assert said.code == 1
    assert "service:tiktok is not on the pass list" in said.err


def test_6_7_the_catalogue_carries_the_age_limit() -> None:
    said = bellgate("explain", "--profile", SCHOOL, "--group", "pupils", "www.tiktok.com")
    assert "TikTok's own age limit is 13" in said.out


def test_7_2_attempts_to_get_round_the_block_are_refused_with_their_clause() -> None:
    for group in ("pupils", "guests", "staff"):
        (vpn,) = ask(SCHOOL, group, "lunch", "nordvpn.com")
        assert (vpn["action"], vpn["decided_by"], vpn["clause"]) == (
            "block",
            "circumvention",
            "7.2",
        )
        assert vpn["category"] == "vpn"


def test_7_2_a_banned_device_gets_nothing_but_lifelines(tmp_path: Path) -> None:
    ban = CLASS_7B + (
        '[[ban]]\nid = "b-1"\ndevice = "tablet-1"\nfrom = 2026-11-23T00:00:00\n'
        'until = 2026-12-01T00:00:00\nreason = "Two attempts with a VPN"\n'
        'approved_by = ["headteacher"]\nclause = "7.2"\n'
    )
    names = ["www.bbc.co.uk", "www.youtube.com", "www.childline.org.uk", "www.example.sch.uk"]
    bbc, film, childline, site = ask_with(
        tmp_path, SCHOOL, ban, ["--client", "10.20.3.7"], "lesson", *names
    )
    assert (bbc["action"], bbc["decided_by"], bbc["clause"]) == ("block", "ban", "7.2")
    assert film["decided_by"] == "ban"
    assert childline["decided_by"] == site["decided_by"] == "lifeline"


def test_7_3_a_reported_site_is_blocked_for_chosen_groups_in_one_step(tmp_path: Path) -> None:
    block = (
        '[[override]]\nid = "report-12"\naction = "block"\ntarget = ["domain:bad.example"]\n'
        'for = ["group:pupils", "group:guests"]\nfrom = 2026-11-24T09:00:00\n'
        'until = 2027-07-31T00:00:00\nreason = "Reported by a parent"\n'
        'approved_by = ["headteacher"]\nclause = "7.3"\n'
    )
    for group, action in (("pupils", "block"), ("guests", "block"), ("staff", "allow")):
        (one,) = ask_with(tmp_path, SCHOOL, block, ["--group", group], "lesson", "www.bad.example")
        assert one["action"] == action
