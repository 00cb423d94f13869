"""Numbers for the team and for governors, in which nobody is to be found."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator

import pytest

from appliance.policy.model import Calendar, DateRange
from appliance.policy.terms import half_term
from appliance.store import audit
from appliance.store.reports import Number
from tests.webadmin.morning import a_morning
from tests.webadmin.premises import Premises, premises
from webadmin.staff.log.discretion import Discretion


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        a_morning(made.box)
        yield made


def cells(school: Premises, who: str, query: str = "") -> dict[tuple[str, str], str]:
    text = school.as_(who).get(f"/numbers.csv{query}").text
    return {(row["table"], row["what"]): row["number"] for row in csv.DictReader(io.StringIO(text))}


def test_the_team_sees_each_number(school: Premises) -> None:
    found = cells(school, "owen")
    assert found["Refused", "this week"] == "34"
    assert found["By service", "TikTok"] == "16"
    assert found["By group", "staff"] == "1"
    assert found["By period", "Break"] == "1"
    page = school.as_("owen").get("/numbers").text
    assert "tiktok.com" in page
    assert "What changed most" in page


def test_a_governor_sees_none_that_could_be_one_child_s(school: Premises) -> None:
    found = cells(school, "green")
    assert found["Refused", "this week"] == "about 35"
    assert found["By service", "TikTok"] == "15"
    assert found["By service", "NordVPN"] == "under 5"
    assert found["By group", "guests, staff and pupils"] == "35"
    assert found["By period", "Break"] == "under 5"
    page = school.as_("green").get("/numbers").text
    for device in ("tablet", "10.20", "tiktok.com", "/refused"):
        assert device not in page


def test_the_team_can_print_what_governors_see(school: Premises) -> None:
    assert cells(school, "owen", "?for=governors") == cells(school, "green")


@pytest.mark.parametrize("span", ["last-week", "half-term", "month", "nonsense"])
def test_every_span_can_be_chosen(school: Premises, span: str) -> None:
    page = school.as_("green").get(f"/numbers?span={span}")
    assert page.status_code == 200
    assert "questions were refused" in page.text


def test_who_takes_the_numbers_is_noted(school: Premises) -> None:
    school.as_("green").get("/numbers.csv?span=month")
    with school.box.look() as record:
        newest = audit.look(record)[0]
    assert (newest.who, newest.what, newest.after) == ("green", "exported", {"span": "month"})


@pytest.mark.parametrize("who", ["clark", "north"])
def test_others_have_no_need_of_them(school: Premises, who: str) -> None:
    assert school.as_(who).get("/numbers").status_code == 403


def test_small_groups_are_joined_until_they_are_no_longer_small() -> None:
    found = [Number(name, 100, 0) for name in ("pupils", "staff", "sixth", "head", "guests")]
    devices = {"pupils": 300, "staff": 40, "sixth": 3, "head": 1, "guests": 2}
    governor = Discretion(is_exact=False)
    assert dict(governor.groups(found, devices)) == {
        "head, guests and sixth": 300,
        "staff": 100,
        "pupils": 100,
    }
    assert governor.groups(found[3:], devices) == [("the whole school", 200)]
    assert governor.groups([], devices) == []


def test_a_half_term_ends_where_the_school_closes_for_days() -> None:
    day = datetime.date
    calendar = Calendar(
        terms=(DateRange("Autumn", day(2026, 9, 2), day(2026, 12, 18)),),
        closed=(
            DateRange("INSET", day(2026, 11, 27), day(2026, 11, 27)),
            DateRange("Half term", day(2026, 10, 26), day(2026, 10, 30)),
        ),
    )
    first, second = day(2026, 9, 2), day(2026, 10, 31)
    assert half_term(calendar, day(2026, 10, 1)).first == first
    assert half_term(calendar, day(2026, 10, 28)).first == first
    assert half_term(calendar, day(2026, 12, 1)).first == second
    assert half_term(calendar, day(2027, 1, 1)).first == second
    assert half_term(Calendar(), day(2026, 12, 1)).first == day(2026, 10, 21)
