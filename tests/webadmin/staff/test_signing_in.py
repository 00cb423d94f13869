"""Coming in: with a password, with a second step, by a link, and not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pyotp import TOTP

from appliance.config import Config
from appliance.store import audit
from appliance.store.office import invitations, people
from appliance.store.office.invitations import Kind
from appliance.store.office.office import open_office
from appliance.store.office.roles import Role
from tests.recording.noting import TUESDAY
from tests.webadmin.forms import send
from tests.webadmin.premises import CHEAP, PASSWORD, Premises, premises
from webadmin.frame.context import Context
from webadmin.staff.app import create_app
from webadmin.staff.paths import is_own

AT_MS = int(TUESDAY) * 1000


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def test_ms_clark_signs_in_and_gets_where_she_wanted_to_go(school: Premises) -> None:
    clark = school.stranger()
    answer = send(clark, "/sign-in?next=/account", login="Clark", password=PASSWORD)
    assert answer.headers["Location"] == "/account"
    assert is_in(clark)
    with school.box.look() as record:
        assert [(one.who, one.what) for one in audit.look(record)][0] == ("clark", "signed in")


def test_the_cookie_is_another_one_after_signing_in(school: Premises) -> None:
    clark = school.stranger()
    clark.get("/sign-in")
    before = clark.get_cookie("bellgate")
    send(clark, "/sign-in", login="clark", password=PASSWORD)
    after = clark.get_cookie("bellgate")
    assert before and after and before.value != after.value
    assert after.http_only and after.same_site == "Lax"
    thief = school.stranger()
    thief.set_cookie("bellgate", before.value)
    assert not is_in(thief)


@pytest.mark.parametrize("login, password", [("clark", "guess guess guess"), ("nobody", PASSWORD)])
def test_a_wrong_word_says_the_same_whoever_it_is(
    school: Premises, login: str, password: str
) -> None:
    answer = send(school.stranger(), "/sign-in", login=login, password=password)
    assert answer.status_code == 401
    assert "The login and the password do not go together." in answer.text
    assert password not in answer.text


def test_who_guesses_has_to_wait_and_is_told_so(school: Premises) -> None:
    guesser = school.stranger()
    codes = [
        send(guesser, "/sign-in", login="clark", password=f"guess number {n}").status_code
        for n in range(8)
    ]
    assert codes[-1] == 429
    assert not is_in(guesser)


def test_mrs_owen_needs_her_phone_too(school: Premises) -> None:
    owen = school.stranger()
    answer = send(owen, "/sign-in", login="owen", password=PASSWORD)
    assert answer.headers["Location"].startswith("/sign-in/code")
    assert not is_in(owen)
    assert send(owen, "/sign-in/code", code="000000").status_code == 401
    assert send(owen, "/sign-in/code", code=school.code("owen")).status_code == 302
    assert is_in(owen)


def test_a_code_opens_once(school: Premises) -> None:
    code = school.code("owen")
    for expected in (302, 401):
        browser = school.stranger()
        send(browser, "/sign-in", login="owen", password=PASSWORD)
        assert send(browser, "/sign-in/code", code=code).status_code == expected


def test_a_password_alone_does_not_lead_far(school: Premises) -> None:
    owen = school.stranger()
    send(owen, "/sign-in", login="owen", password=PASSWORD)
    school.box.clock.wait(11 * 60)
    assert owen.get("/sign-in/code").headers["Location"].startswith("/sign-in?")


def test_a_new_colleague_is_let_in_and_sets_up_the_second_step(school: Premises) -> None:
    north = school.as_("north")
    page = send(
        north, "/people/new", name="Mr Reed", login="reed@bellgate.sch.uk", roles=["e-safety"]
    )
    path = page.text.partition("http://localhost")[2].partition("<")[0].strip()
    reed = school.stranger()
    assert "Welcome, Mr Reed" in reed.get(path).text
    assert send(reed, path, password="short", again="short").status_code == 400
    words = "heron violet ladder"
    assert send(reed, path, password=words, again=words).status_code == 302
    assert reed.get(path).status_code == 410  # it works once
    send(reed, "/sign-in", login="reed@bellgate.sch.uk", password=words)
    assert reed.get("/").headers["Location"] == "/account/second-step"
    secret = reed.get("/account/second-step").text.partition('class="name">')[2].partition("<")[0]
    code = TOTP(secret.replace(" ", "")).at(school.now)
    codes = send(reed, "/account/second-step", code=code)
    assert "shown this once" in codes.text
    assert is_in(reed)


def test_a_login_that_is_taken_leaves_the_whole_account_as_it_was(school: Premises) -> None:
    north, id = school.as_("north"), school.people["clark"].id
    answer = send(north, f"/people/{id}", name="Ms Clark", login="bell", roles=["governor"])
    assert answer.status_code == 409 and "Bell has an account already" in answer.text
    with open_office(school.folder) as office:
        assert people.person(office, id).roles == {Role.TEACHER}
    assert is_in(school.as_("clark"))


def test_a_link_lets_somebody_in_before_any_policy_is_in_force(tmp_path: Path) -> None:
    context = Context(tmp_path, Config(), lambda: TUESDAY)
    app = create_app(context, CHEAP)
    with open_office(tmp_path) as office:
        reed = people.add(office, login="reed", name="Mr Reed", roles=[Role.TEACHER], at_ms=AT_MS)
        token = invitations.invite(office, reed.id, Kind.WELCOME, made_by="console", at_ms=AT_MS)
    client, words = app.test_client(), "heron violet ladder"
    assert send(client, f"/welcome/{token}", password=words, again=words).status_code == 302
    send(client, "/sign-in", login="reed", password=words)
    assert client.get("/").status_code == 503
    assert "No policy is in force" in client.get("/").text


def test_who_is_let_go_is_out_at_once(school: Premises) -> None:
    clark, north = school.as_("clark"), school.as_("north")
    assert is_in(clark)
    id = school.people["clark"].id
    send(north, f"/people/{id}", to=f"/people/{id}/let-go")
    assert not is_in(clark)
    answer = send(school.stranger(), "/sign-in", login="clark", password=PASSWORD)
    assert answer.status_code == 401


def test_the_last_network_manager_stays(school: Premises) -> None:
    north, id = school.as_("north"), school.people["north"].id
    send(north, f"/people/{id}", to=f"/people/{id}/let-go")
    assert "last network manager" in north.get(f"/people/{id}").text


def test_a_new_password_signs_out_other_browsers(school: Premises) -> None:
    here, there = school.as_("clark"), school.as_("clark")
    words = "heron violet ladder"
    answer = send(here, "/account", old=PASSWORD, new=words, again=words)
    assert answer.status_code == 302
    assert is_in(here) and not is_in(there)


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "",
     "/\tx", "evil.example", "\\\\evil.example", "/\u2028x", "///evil.example"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(school: Premises, path: str) -> None:
    answer = school.stranger().get("/sign-in", query_string={"next": path})
    assert "evil.example" not in answer.text
    client = school.as_("clark")
    assert client.get("/sign-in", query_string={"next": path}).headers["Location"] == "/"


@given(st.text(max_size=40))
def test_only_paths_of_our_own_are_gone_on_to(text: str) -> None:
    if is_own(text):
        assert text.startswith("/") and not text.startswith(("//", "/\\"))
