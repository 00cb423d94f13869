"""Every page, for everybody: who is let in, who is led away, and who hears that it is not for them.

No page is named here: whatever the application has is walked, for each kind of person and with
things in the address that are there and that can't be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.store.office import people, sessions
from appliance.store.office.office import open_office
from appliance.store.office.roles import Role
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises
from tests.webadmin.staff.doors import Door, doors
from webadmin.staff.permissions import TABLE, Permission
from webadmin.staff.session import COOKIE

P = Permission
# Written out a second time, so that nobody changes it without a second thought.
MAY = {
    Role.TEACHER: "enter ask",
    Role.E_SAFETY: "enter ask decide see_log see_cases handle_cases triage open ban explain "
    "see_numbers",
    Role.SAFEGUARDING_LEAD: "enter ask decide see_log see_cases handle_cases triage open ban "
    "explain see_numbers see_audit",
    Role.NETWORK_MANAGER: "enter explain keep_devices keep_people see_health see_audit set_up",
    Role.GOVERNOR: "enter see_numbers",
}
# What is behind each part of the pages, for those whose content is a child's record, or power.
BEHIND = {
    "signin": {P.SECURE},  # signing out
    "account": {P.SECURE},
    "secondstep": {P.SECURE},
    "desk": {P.ENTER, P.SEE_LOG},
    "asking": {P.ASK},
    "passes": {P.ASK},
    "notices": {P.ASK},
    "deciding": {P.DECIDE},
    "overrides": {P.OPEN},
    "exemptions": {P.OPEN},
    "passlist": {P.OPEN},
    "channels": {P.OPEN},
    "bans": {P.BAN},
    "refused": {P.SEE_LOG},
    "export": {P.SEE_LOG},
    "adding": {P.HANDLE_CASES},
    "explaining": {P.EXPLAIN},
    "numbers": {P.SEE_NUMBERS},
    "people": {P.KEEP_PEOPLE},
    "cases": {P.SEE_CASES, P.HANDLE_CASES},
    "triage": {P.TRIAGE},
    "devices": {P.KEEP_DEVICES},
    "health": {P.SEE_HEALTH},
    "audit": {P.SEE_AUDIT},
    "setup": {P.SET_UP},
    "wizard": {P.SET_UP},
    "devicesets": {P.KEEP_DEVICES},
    "devicesheet": {P.KEEP_DEVICES},
    "helping": {P.SECURE},
}
BEFORE_SIGNING_IN = {"asset_file", "signin", "welcome", "firstrun"}  # and no more
ROLES = {
    "clark": Role.TEACHER,
    "owen": Role.E_SAFETY,
    "shah": Role.SAFEGUARDING_LEAD,
    "north": Role.NETWORK_MANAGER,
    "green": Role.GOVERNOR,
}
NOBODIES = ("nobody", "let go", "signed out", "idle for long", "with another's token")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        made.box.ask("www.tiktok.com")
        made.box.store()
        ask(made, "clark")
        ask(made, "bell")
        yield made


def ask(school: Premises, login: str) -> None:
    """A request of theirs waits: the first is number 1."""
    page = f"/ask?site=youtube&scope=set:class-7b&slot={SLOT}"
    answer = send(school.as_(login), page, to="/ask", aim="Volcanoes")
    assert answer.status_code == 302, answer.text


SLOT = "2026-11-24|Lesson 2"


def without_phone(school: Premises) -> FlaskClient:
    """Of the e-safety team, and has not set up the second step."""
    at_ms = school.now * 1000
    with open_office(school.folder) as office:
        one = people.find(office, "reed") or people.add(
            office, login="reed", name="Mr Reed", roles=[Role.E_SAFETY], at_ms=at_ms
        )
        return browser(school, sessions.begin(office, at_ms=at_ms, person_id=one.id)[0])


def nobody(school: Premises, kind: str) -> FlaskClient:
    """A browser of somebody who is nobody here, or no longer."""
    now_ms, clark, bell = school.now * 1000, school.people["clark"].id, school.people["bell"].id
    with open_office(school.folder) as office:
        if kind == "let go":
            found, _ = sessions.begin(office, at_ms=now_ms, person_id=bell)
            people.deactivate(office, bell)
        elif kind == "signed out":
            found, _ = sessions.begin(office, at_ms=now_ms, person_id=clark)
            sessions.sign_out(office, found)
        elif kind == "idle for long":
            past = now_ms - sessions.IDLE_MS - 1
            found, _ = sessions.begin(office, at_ms=past, person_id=clark)
        elif kind == "with another's token":
            found = sessions.begin(office, at_ms=now_ms, person_id=clark)[0][:-1] + "_"
        else:
            return school.stranger()
    return browser(school, found)


def browser(school: Premises, cookie: str) -> FlaskClient:
    client = school.staff.test_client()
    client.set_cookie(COOKIE, cookie)
    return client


def knock(client: FlaskClient, door: Door, path: str, **form: str) -> TestResponse:
    """The path as it stands: a client would put .. and the like right."""
    return client.open(path, method=door.method, data=form or None)


def leads_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")


def test_the_table_is_the_one_that_was_agreed() -> None:
    said = {role: {str(one) for one in TABLE[role]} for role in TABLE}
    assert said == {role: set(words.split()) for role, words in MAY.items()}


def test_each_part_asks_for_its_own_permission_and_few_come_before_signing_in(
    school: Premises,
) -> None:
    for door in doors(school.staff):
        part = door.rule.endpoint.partition(".")[0]
        if door.needed is None:
            assert part in BEFORE_SIGNING_IN, door
        else:
            assert door.needed in BEHIND[part], door


@pytest.mark.parametrize("kind", NOBODIES)
def test_who_is_nobody_here_is_led_to_the_sign_in_page(school: Premises, kind: str) -> None:
    client = nobody(school, kind)
    for door in doors(school.staff):
        for path in door.paths(school.staff):
            answer = knock(client, door, path)
            if door.needed is None or answer.status_code == 404:
                assert answer.status_code not in (403, 500), (door, path)
            elif door.method == "GET":
                assert leads_to_sign_in(answer), (door, path, answer.status)
            else:
                assert answer.status_code == 403, (door, path, answer.status)
    with open_office(school.folder) as office:
        people.activate(office, school.people["bell"].id)


def test_without_the_second_step_there_is_only_its_own_page(school: Premises) -> None:
    client = without_phone(school)
    for door in doors(school.staff):
        for path in door.paths(school.staff):
            answer = knock(client, door, path)
            if door.needed in (None, P.SECURE) or answer.status_code == 404:
                assert answer.status_code < 500, (door, path, answer.status)
            else:
                assert answer.headers.get("Location") == "/account/second-step", (door, path)


@pytest.mark.parametrize("login", ROLES)
def test_each_role_gets_what_the_table_says(school: Premises, login: str) -> None:
    client, mine = school.as_(login), TABLE[ROLES[login]] | {P.SECURE}
    for door in doors(school.staff):
        for path in door.paths(school.staff):
            answer = knock(client, door, path)
            told = (door, path[:80], answer.status)
            assert answer.status_code < 500, told
            if door.needed is not None and door.needed not in mine:
                assert answer.status_code in (403, 404), told
                # 404 only where no door has such an address: nothing is told by it
                assert answer.status_code == 403 or door.rule.arguments, told
                continue
            assert answer.status_code != 403, told
            assert door.needed is None or not leads_to_sign_in(answer), told
            if door.method == "POST":
                assert answer.status_code in (400, 404), told  # it came without its token


@pytest.mark.parametrize("login", ROLES)
def test_what_is_not_there_is_not_found_whatever_is_done_to_it(
    school: Premises, login: str
) -> None:
    """With a good token, and nothing else in the form."""
    client, mine = school.as_(login), TABLE[ROLES[login]] | {P.SECURE}
    good = token(client)
    for door in doors(school.staff):
        if door.needed not in mine or not door.rule.arguments:
            continue
        for path in list(door.paths(school.staff))[2:]:
            answer = knock(client, door, path, csrf_token=good)
            told = (door, path[:80], answer.status, answer.headers.get("Location"))
            if door.method == "GET":
                assert answer.status_code == 404, told
            else:
                assert answer.status_code in (302, 400, 404, 409), told


def test_a_teacher_sees_requests_of_their_own_and_no_others(school: Premises) -> None:
    bell, good = school.as_("bell"), token(school.as_("bell"))
    for way in ("", "/change", "/repeat"):
        assert bell.get(f"/requests/mine/1{way}").status_code == 404, way
        assert bell.get(f"/requests/mine/2{way}").status_code in (200, 302), way
    assert bell.post("/requests/mine/1/withdraw", data={"csrf_token": good}).status_code == 400
    good = token(bell)
    assert bell.post("/requests/mine/1/withdraw", data={"csrf_token": good}).status_code == 404
    assert "Withdraw" in school.as_("clark").get("/requests/mine/1").text


def test_nobody_ends_the_sessions_or_the_notices_of_others(school: Premises) -> None:
    clark, bell = school.as_("clark"), school.as_("bell")
    send(clark, "/notices", topic="Drugs education", scope="set:class-7b", slot=SLOT)
    with open_office(school.folder) as office:
        one = sessions.of_person(office, school.people["clark"].id, school.now * 1000)[0]
    good = {"csrf_token": token(bell)}
    bell.post(f"/account/sessions/{one.id}/end", data=good)
    bell.post("/notices/1/withdraw", data=good)
    assert clark.get("/").status_code == 200
    assert "Drugs education" in clark.get("/notices").text


def test_a_view_of_ones_own_is_nobody_elses(school: Premises) -> None:
    owen, price = school.as_("owen"), school.as_("price")
    owen.post("/refused/views", data={"csrf_token": token(owen), "title": "Sunday nights"})
    assert "Sunday nights" not in price.get("/refused").text
    answer = price.post("/refused/views/1/delete", data={"csrf_token": token(price)})
    assert answer.status_code == 404
    assert "Sunday nights" in owen.get("/refused").text
