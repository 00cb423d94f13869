"""What a teacher opens with one tap closes by itself at the bell; and what a class looks into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.policy.model import Who
from appliance.store import audit
from appliance.store.office import notices
from appliance.store.office.office import open_office
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises

PUPIL = Who("pupils", "dans-tablet", frozenset({"class-7b"}))
BELL = 1_795_516_200  # 10:30; it is 10:15


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def is_open(school: Premises, name: str, at: int, who: Who = PUPIL) -> bool:
    return school.is_open(name, who, at)


def tap(school: Premises, login: str = "clark", target: str = "service:vimeo", **how: str) -> str:
    """The page that follows."""
    client = school.as_(login)
    chosen = {"scope": "set:class-7b", "room": "Year 12", "target": target} | how
    answer = client.post("/passes", data=chosen | {"csrf_token": token(client)})
    assert answer.status_code == 302
    return client.get(answer.headers["Location"]).text


def test_one_tap_opens_until_the_bell(school: Premises) -> None:
    assert not is_open(school, "500px.com", school.now)
    assert "500px is open until 10:30" in tap(school, target="service:500px")
    assert is_open(school, "500px.com", school.now)
    assert is_open(school, "500px.com", BELL - 1)
    assert not is_open(school, "500px.com", BELL)
    assert not is_open(school, "500px.com", school.now, Who("pupils"))
    with school.box.look() as record:
        assert [(one.who, one.what) for one in audit.look(record)] == [("clark", "opened a pass")]


def test_passes_of_yesterday_leave_the_policy_with_todays(school: Premises) -> None:
    tap(school, target="service:500px")
    school.box.clock.wait(25 * 3600)
    tap(school, target="service:500px")
    assert len(school.live.policy().school.grants) == 1


def test_only_what_is_on_the_pass_list(school: Premises) -> None:
    assert "is not on the pass list" in tap(school, target="service:flickr", room="")
    assert not is_open(school, "flickr.com", school.now)


def test_what_is_refused_keeps_class_year_and_words(school: Premises) -> None:
    page = tap(school, target="service:flickr", room="Year 12", aim="Light and shade")
    assert 'value="set:class-7b" selected' in page
    assert 'value="Year 12"' in page and 'value="Light and shade"' in page


def test_below_the_age_limit_it_becomes_a_request(school: Premises) -> None:
    said = tap(school, target="service:tiktok")
    assert "needs a second person for this class" in said and "Ask for a site" in said
    assert not is_open(school, "tiktok.com", school.now)


def test_whoever_opened_it_closes_it_and_another_teacher_does_not(school: Premises) -> None:
    tap(school, target="service:500px")
    (name,) = [one.id for one in school.live.policy().school.grants]
    bell = school.as_("bell")
    bell.post(f"/passes/{name}/close", data={"csrf_token": token(bell)})
    assert is_open(school, "500px.com", school.now)
    send(school.as_("clark"), "/passes", to=f"/passes/{name}/close")
    assert not is_open(school, "500px.com", school.now)


def test_the_e_safety_team_closes_any(school: Premises) -> None:
    tap(school, target="service:500px")
    (name,) = [one.id for one in school.live.policy().school.grants]
    send(school.as_("owen"), "/passes", to=f"/passes/{name}/close")
    assert not is_open(school, "500px.com", school.now)


def test_at_break_there_is_nothing_to_open(school: Premises) -> None:
    school.box.clock.wait(16 * 60)
    assert "Lesson 2 begins 10:45" in school.as_("clark").get("/passes").text
    assert "No lesson is running now" in tap(school, target="service:500px")


def test_a_notice_stands_for_its_class_and_lesson(school: Premises) -> None:
    clark = school.as_("clark")
    topic = "Drugs education <b>"
    send(clark, "/notices", topic=topic, scope="set:class-7b", slot="2026-11-24|Lesson 2")
    page = clark.get("/notices").text
    assert "Drugs education &lt;b&gt;" in page
    with open_office(school.folder) as office:
        (found,) = notices.in_force(office, BELL + 15 * 60)
        assert found.covers(BELL + 15 * 60, PUPIL.scopes())
    send(clark, "/notices", to="/notices/1/withdraw")
    assert "withdrawn" in clark.get("/notices").text


def test_a_notice_without_a_topic_is_none(school: Premises) -> None:
    answer = send(school.as_("clark"), "/notices", topic="", scope="set:class-7b")
    assert answer.status_code == 400
    assert "Write what the class looks into." in answer.text
