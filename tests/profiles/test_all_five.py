"""What is common to all five policies."""

from __future__ import annotations

import tomllib

import pytest

from appliance.commands.choices import profile_path
from appliance.lists import catalogue
from appliance.policy import document, export, ready
from appliance.policy.services import Catalogue
from tests.console import bellgate
from tests.profiles.asking import IN_SCHOOL_DAY, OUTSIDE, ask

SCHOOLS = ("alfreton-park", "city-of-rochester", "mersey-vale", "st-annes", "st-lawrence")


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return catalogue.read()


def test_there_are_five() -> None:
    assert tuple(ready.names()) == SCHOOLS
    listed = bellgate("policy", "profiles").out.splitlines()
    assert [line.split()[0] for line in listed] == list(SCHOOLS)


@pytest.mark.parametrize("school", SCHOOLS)
def test_a_visitor_has_no_social_media_at_any_time(school: str) -> None:
    for when in IN_SCHOOL_DAY + OUTSIDE:
        answered = ask(school, "guests", when, "www.tiktok.com", "www.facebook.com", "youtu.be")
        assert {one["action"] for one in answered} == {"block"}


@pytest.mark.parametrize("school", SCHOOLS)
def test_lifelines_are_open_to_everyone(school: str) -> None:
    names = ["www.childline.org.uk", "www.ceop.police.uk", "www.example.sch.uk"]
    for group in ("pupils", "staff", "leadership", "guests"):
        assert {one["decided_by"] for one in ask(school, group, "lesson", *names)} == {"lifeline"}


@pytest.mark.parametrize("school", SCHOOLS)
def test_ways_round_the_filter_are_refused_to_pupils_and_guests_always(school: str) -> None:
    for group in ("pupils", "guests"):
        for when in ("lesson", "lunch", "saturday"):
            (one,) = ask(school, group, when, "nordvpn.com")
            assert (one["action"], one["decided_by"]) == ("block", "circumvention")


@pytest.mark.parametrize("school", SCHOOLS)
def test_every_rule_quotes_the_school(school: str, known: Catalogue) -> None:
    read = document.read_file(profile_path(school), known)
    assert all(rule.says for rule in read.rules)


@pytest.mark.parametrize("school", SCHOOLS)
def test_export_of_a_profile_is_the_profile(school: str, known: Catalogue) -> None:
    data = profile_path(school).read_bytes()
    written = export.write(document.read(data, known))
    assert tomllib.loads(written) == tomllib.loads(data.decode())
