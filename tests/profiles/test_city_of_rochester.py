"""City of Rochester School, clause by clause."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.commands.choices import profile_path
from tests.console import bellgate
from tests.profiles.asking import IN_SCHOOL_DAY, OUTSIDE, answers, ask, ask_with

SCHOOL = "city-of-rochester"
SOCIAL = ("www.tiktok.com", "www.instagram.com", "web.whatsapp.com")

EXEMPTION = """
[[exemption]]
id = "remote-learning"
target = ["service:youtube"]
for = ["group:pupils"]
from = 2026-09-01T00:00:00
until = 2027-07-31T00:00:00
reason = "Remote learning platform"
approved_by = ["DSL", "headteacher"]
risk_assessment = "Comments are off; only the school's own channel is used."
clause = "3"
"""


@pytest.mark.parametrize("when", IN_SCHOOL_DAY)
def test_4_and_6_not_in_school_hours_for_staff_nor_learners(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("block", "4, 6")}
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", "4, 6")}


@pytest.mark.parametrize("when", OUTSIDE)
def test_4_and_6_staff_may_outside_school_hours_and_learners_never(when: str) -> None:
    assert answers(SCHOOL, "staff", when, *SOCIAL) == {("allow", "4, 6")}
    assert answers(SCHOOL, "pupils", when, *SOCIAL) == {("block", "4, 6")}


@pytest.mark.parametrize("when", IN_SCHOOL_DAY)
def test_5_facebook_is_open_to_leadership_only(when: str) -> None:
    (leader,) = ask(SCHOOL, "leadership", when, "www.facebook.com")
    assert (leader["action"], leader["decided_by"], leader["clause"]) == (
        "allow",
        "official-channel",
        "5",
    )
    for group in ("staff", "pupils", "guests"):
        assert ask(SCHOOL, group, when, "www.facebook.com")[0]["action"] == "block"
    assert ask(SCHOOL, "leadership", when, "www.instagram.com")[0]["action"] == "block"


def test_3_an_exemption_needs_two_people_and_the_risk_assessment(tmp_path: Path) -> None:
    (film,) = ask_with(
        tmp_path, SCHOOL, EXEMPTION, ["--group", "pupils"], "lesson", "www.youtube.com"
    )
    assert (film["decided_by"], film["action"]) == ("exemption", "restrict")
    alone = EXEMPTION.replace('["DSL", "headteacher"]', '["DSL"]').replace("risk_assessment", "# ")
    file = tmp_path / "alone.toml"
    file.write_text(profile_path(SCHOOL).read_text(encoding="utf-8") + alone, encoding="utf-8")
    said = bellgate("policy", "check", file)
    assert said.code == 1
    assert "an exemption needs 2 people who approve it" in said.err
    assert "an exemption needs its risk assessment's text" in said.err


def test_3_misuse_may_lead_to_removal_of_internet_access(tmp_path: Path) -> None:
    ban = (
        '[devices.tablet]\ngroup = "pupils"\naddresses = ["10.20.3.7"]\n[[ban]]\nid = "b"\n'
        'device = "tablet"\nfrom = 2026-11-01T00:00:00\nuntil = 2026-12-01T00:00:00\n'
        'reason = "Misuse"\napproved_by = ["headteacher"]\nclause = "3"\n'
    )
    (one,) = ask_with(tmp_path, SCHOOL, ban, ["--client", "10.20.3.7"], "lesson", "bbc.co.uk")
    assert (one["action"], one["decided_by"]) == ("block", "ban")
