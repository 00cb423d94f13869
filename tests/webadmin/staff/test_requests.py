"""A teacher gets a site for a lesson, with the e-safety team's say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance.policy.decide import Policy
from appliance.policy.model import School, Who
from appliance.store import audit
from appliance.store.office import deciding
from appliance.store.office.office import open_office
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises

PUPIL = Who("pupils", "dans-tablet", frozenset({"class-7b"}))
OTHER = Who("pupils")
NEXT = "2026-11-24|Lesson 2"  # 10:45 to 12:15; it is 10:15
LESSON_2, BELL = 1_795_517_100, 1_795_522_500


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def is_open(school: Premises, name: str, at: int, who: Who = PUPIL) -> bool:
    return school.is_open(name, who, at)


def ask(school: Premises, login: str = "clark", **how: str) -> str:
    """The page of a request that was just made."""
    asked = {"site": "500px", "scope": "set:class-7b", "slot": NEXT, "room": "Year 12"} | how
    aim = asked.pop("aim", "Compare how two photographers use light.")
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    answer = send(school.as_(login), f"/ask?{query}", to="/ask", aim=aim)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def test_ms_clark_asks_and_mrs_owen_approves_and_it_is_open_for_that_lesson(
    school: Premises,
) -> None:
    page = school.as_("clark").get(
        f"/ask?site=https://500px.com/photo/1?x=y&scope=set:class-7b&slot={NEXT}"
    )
    assert "500px" in page.text and "Anybody of the e-safety team" in page.text
    mine = ask(school)
    assert "Waiting for one person" in school.as_("clark").get(mine).text
    owen = school.as_("owen")
    desk = owen.get("/requests")
    assert "in 30 minutes" in desk.text and "Ms Clark" in desk.text
    began = time.monotonic()
    answer = send(owen, "/requests", to="/requests/1/approve")
    print(f"approved and put in force in {time.monotonic() - began:.2f} s")
    assert answer.status_code == 302
    assert "it opens 10:45" in school.as_("clark").get(mine).text
    assert not is_open(school, "drscdn.500px.org", LESSON_2 - 1)
    assert is_open(school, "drscdn.500px.org", LESSON_2)
    assert is_open(school, "drscdn.500px.org", BELL - 1)
    assert not is_open(school, "drscdn.500px.org", BELL)
    assert not is_open(school, "drscdn.500px.org", LESSON_2, OTHER)
    with school.box.look() as record:
        said = [(one.who, one.what) for one in audit.look(record)]
    assert said == [("owen", "opened"), ("owen", "approved"), ("clark", "asked")]


def test_a_no_has_words_and_the_teacher_reads_them(school: Premises) -> None:
    mine, owen = ask(school), school.as_("owen")
    no = "/requests/1/refuse"
    owen.post(no, data={"csrf_token": token(owen)})
    assert "Waiting for one person" in school.as_("clark").get(mine).text
    owen.post(no, data={"csrf_token": token(owen), "words": "Use the museum's own page."})
    assert "Use the museum&#39;s own page." in school.as_("clark").get(mine).text


def test_nobody_decides_on_their_own_request(school: Premises) -> None:
    ask(school, "owen")
    owen = school.as_("owen")
    assert "somebody else of the team decides" in owen.get("/requests/1").text
    owen.post("/requests/1/approve", data={"csrf_token": token(owen), "edition": "1"})
    assert "Nobody decides on their own request" in owen.get("/requests/1").text
    assert not is_open(school, "drscdn.500px.org", LESSON_2)


def test_below_the_age_limit_it_takes_two(school: Premises) -> None:
    ask(school, site="reddit.com")
    for login, opens in (("owen", False), ("price", True)):
        send(school.as_(login), "/requests/1", to="/requests/1/approve")
        assert is_open(school, "www.reddit.com", LESSON_2) is opens


def test_another_teacher_learns_nothing_of_it(school: Premises) -> None:
    mine, bell = ask(school), school.as_("bell")
    assert bell.get(mine).status_code == 404
    assert bell.get("/requests").status_code == 403
    assert bell.post(f"{mine}/withdraw", data={"csrf_token": token(bell)}).status_code == 404


def test_a_request_can_be_withdrawn_changed_and_repeated(school: Premises) -> None:
    mine, clark = ask(school), school.as_("clark")
    form = clark.get(f"{mine}/change").headers["Location"]
    answer = send(clark, form, to="/ask", aim="Another aim")
    assert answer.headers["Location"] == mine
    assert "Another aim" in clark.get(mine).text
    assert "2026-12-01%7CLesson+2" in clark.get(f"{mine}/repeat").headers["Location"]
    send(clark, mine, to=f"{mine}/withdraw")
    assert "Withdrawn" in clark.get(mine).text


def test_what_can_t_be_noted_is_not_done(school: Premises) -> None:
    mine, clark, owen = ask(school), school.as_("clark"), school.as_("owen")
    record = school.folder / "record.db"
    proof = {"csrf_token": token(owen), "edition": "1", "words": "Not today."}
    aside = record.rename(record.with_name("elsewhere.db"))
    for answer in (
        owen.post("/requests/1/approve", data=proof),
        owen.post("/requests/1/refuse", data=proof),
        clark.post(f"{mine}/withdraw", data={"csrf_token": token(clark)}),
    ):
        assert answer.status_code == 503 and "tell the network manager" in answer.text
    aside.rename(record)
    assert "Waiting for one person" in clark.get(mine).text


def test_what_was_approved_before_the_power_went_is_opened_once(school: Premises) -> None:
    mine, price, clark = ask(school), school.people["price"], school.as_("clark")
    with open_office(school.folder) as office:
        deciding.approve(office, 1, price, edition=1, at_ms=school.now * 1000)
    assert "Approved, and not open yet" in clark.get(mine).text
    send(school.as_("owen"), "/requests", to="/requests/1/open")
    assert is_open(school, "drscdn.500px.org", LESSON_2)
    with open_office(school.folder) as office:  # it goes again before that is written down
        office.conn.execute("UPDATE request SET grant_id = ''")
    send(school.as_("price"), "/requests", to="/requests/1/open")
    assert "it opens 10:45" in clark.get(mine).text
    assert len(school.live.policy().school.grants) == 1


def test_what_is_approved_during_the_lesson_opens_from_then_on(school: Premises) -> None:
    ask(school)
    school.box.clock.wait(45 * 60)
    send(school.as_("owen"), "/requests", to="/requests/1/approve")
    (one,) = school.live.policy().school.grants
    assert f"{one.start:%H:%M} {one.end:%H:%M}" == "11:00 12:15"


def test_a_class_that_has_gone_meanwhile_gets_nothing(school: Premises) -> None:
    mine, owen = ask(school, scope="set:y6-ipads"), school.as_("owen")

    def without_it(policy: Policy) -> School:
        return replace(
            policy.school,
            device_sets=tuple(s for s in policy.school.device_sets if s.name != "y6-ipads"),
        )

    school.live.change(without_it, school.now)
    send(owen, "/requests/1", to="/requests/1/approve")
    assert "There is no device set “y6-ipads”" in owen.get("/requests/1").text
    assert "Waiting for one person" in school.as_("clark").get(mine).text
    assert school.live.policy().school.grants == ()


def test_who_decides_sees_what_opens_and_not_what_was_typed(school: Premises) -> None:
    ask(school, site="https://500px.com/a/photo?of=light")
    page = school.as_("owen").get("/requests/1").text.partition("What would open")[2]
    assert "<strong>500px</strong>" in page and "of=light" not in page


def test_the_lesson_passes_without_an_answer(school: Premises) -> None:
    mine = ask(school)
    school.box.clock.wait(3 * 3600)
    assert "Nobody decided before the lesson was over" in school.as_("clark").get(mine).text


@pytest.mark.parametrize(
    "site", ["<script>alert(1)</script>", "=cmd()", "a" * 255, "\x00", "https://"]
)
def test_nonsense_is_answered_with_a_sentence(school: Premises, site: str) -> None:
    page = school.as_("clark").get("/ask", query_string={"site": site, "scope": "group:pupils"})
    assert page.status_code in (200, 400)
    assert "<script>alert" not in page.text


def test_what_is_typed_stays_when_something_is_wrong(school: Premises) -> None:
    query = f"/ask?site=reddit.com&scope=set:class-7b&slot={NEXT}"
    answer = send(school.as_("clark"), query, to="/ask", aim="")
    assert answer.status_code == 400
    assert "reddit.com" in answer.text and "Write what the class is to learn." in answer.text
