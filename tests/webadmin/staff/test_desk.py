"""The desk: what each of them sees first in the morning."""

from __future__ import annotations

import html
import ipaddress
import re
from collections.abc import Iterator

import pytest

from appliance.policy.decisions import grants
from appliance.policy.decisions.grants import Wish as Opened
from appliance.policy.model import Scope, Target
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.telling import Telling, tell
from appliance.store.office import asking
from appliance.store.office.office import open_office
from appliance.store.office.requests import Kind
from appliance.store.office.wishes import Wish
from tests.webadmin.forms import send, token
from tests.webadmin.morning import HOSTILE, a_morning
from tests.webadmin.premises import Premises, premises


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        a_morning(made.box)
        yield made


def desk(school: Premises, who: str) -> str:
    """The page in words."""
    page = school.as_(who).get("/")
    assert page.status_code == 200
    words = re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])
    return re.sub(r"\s+", " ", html.unescape(words))


def test_a_teacher_sees_the_lesson_and_three_large_buttons(school: Premises) -> None:
    page = desk(school, "clark")
    assert "Lesson 2, until 12:15" in page
    assert "Ask for a site Open a pass Give notice of a topic" in page
    assert "Nothing asked for. It takes half a minute." in page
    for others in ("Cases", "Refused", "tiktok", "Health"):
        assert others not in page


def test_a_request_waits_on_both_desks_with_its_countdown(school: Premises) -> None:
    now = school.now
    with open_office(school.folder) as office:
        wish = Wish(
            typed="Padlet <b>",
            targets=("domain:padlet.com",),
            scopes=("set:class-7b",),
            start=now + 25 * 60,
            end=now + 50 * 60,
            aim="a wall of Tudor facts",
        )
        asking.ask(office, Kind.LESSON, wish, school.people["bell"], at_ms=now * 1000)
    team = desk(school, "owen")
    assert "Requests 1 Padlet <b> Mr Bell" in team
    assert "in 25 minutes" in team
    assert "Padlet <b> waiting" in desk(school, "bell")
    assert "Padlet" not in desk(school, "clark")


def test_a_pass_that_is_open_can_be_closed_from_the_desk(school: Premises) -> None:
    bell = school.as_("bell")
    form = {"target": "service:500px", "scope": "set:class-7b", "room": "Year 12"}
    bell.post("/passes", data=form | {"csrf_token": token(bell)})
    assert "Open for your class now 500px until 12:15" in desk(school, "bell")
    close = bell.get("/").text.partition('action="/passes/')[2].partition('"')[0]
    send(bell, "/", to=f"/passes/{close}")
    assert "Open for your class now" not in desk(school, "bell")


def test_a_report_waits_for_the_team_and_its_words_are_inert(school: Premises) -> None:
    with open_counter(school.folder) as counter:
        telling = Telling(
            typed="bad-site.example", seen=HOSTILE, address=ipaddress.ip_address("10.20.4.9")
        )
        tell(counter, pictures(school.folder), telling, at_ms=school.now * 1000)
    assert "Reports 1 bad-site.example just now" in desk(school, "owen")


def test_the_team_sees_today_beside_last_week_and_what_is_new_until_it_is_seen(
    school: Premises,
) -> None:
    page = desk(school, "owen")
    assert "34 questions refused so far; 0 until this time on the same day last week." in page
    assert "TikTok 16 0" in page
    assert "Refused for the first time: TikTok, Instagram, YouTube and NordVPN." in page
    school.box.clock.wait(3600)
    send(school.as_("owen"), "/", to="/seen")
    assert "Nothing that was not there before." in desk(school, "owen")
    assert "Refused for the first time" in desk(school, "price")


def test_what_ends_this_week_stands_there(school: Premises) -> None:
    assert "Nothing ends before Monday." in desk(school, "price")
    wish = Opened(
        (Target.parse("service:reddit"),),
        (Scope.parse("group:staff"),),
        school.now,
        school.now + 86_400,
        "a course",
        ("Mrs Owen",),
    )
    school.live.change(lambda policy: grants.grant(policy, wish, school.now), school.now)
    assert "Reddit for staff, override by Mrs Owen Wed 25 Nov" in desk(school, "price")


def test_the_network_manager_sees_the_box_and_who_has_no_place(school: Premises) -> None:
    page = desk(school, "north")
    assert "The box Well" in page
    assert "Devices never placed 1 192.0.2.77 as guests" in page
    assert "Everybody who should have one has one." in page
    assert "Last changes" in page
    assert "tiktok" not in page


def test_a_governor_sees_one_number(school: Premises) -> None:
    page = desk(school, "green")
    assert "about 35 questions were refused since Monday." in page
    assert "tablet" not in page


def test_a_record_that_can_t_be_read_leaves_the_rest(school: Premises) -> None:
    record = school.folder / "record.db"
    away = record.with_suffix(".away")
    record.rename(away)
    try:
        page = desk(school, "owen")
    finally:
        away.rename(record)
    assert "Some of this page can’t be read at the moment." in page
    assert "Requests" in page
