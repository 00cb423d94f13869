"""Proofs of all kinds, used again, by others, too late or twice at once: each opens once, for whom
it was made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.store.office import sessions
from appliance.store.office.office import open_office
from tests.webadmin.forms import send, token
from tests.webadmin.hostile.inert import EVIL, assert_safe
from tests.webadmin.hostile.sending import FORM, Attempt, browser, slip
from tests.webadmin.hostile.sending import send as send_raw
from tests.webadmin.premises import PASSWORD, Premises, premises
from tests.webadmin.public.visiting import OWN, POLICY
from webadmin.staff.session import COOKIE, HOST_COOKIE

WORDS = "heron violet ladder"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("tokens"), POLICY) as made:
        yield made


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def twice_at_once(act: Callable[[int], TestResponse]) -> list[int]:
    """Two threads, let go at the same moment: what each was answered."""
    gate, codes = threading.Barrier(2), [0, 0]

    def run(number: int) -> None:
        gate.wait()
        codes[number] = act(number).status_code

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return codes


def link(school: Premises, kind: str = "password", to: str = "bell") -> str:
    """A link that the network manager made: its path."""
    north, id = school.as_("north"), school.people[to].id
    page = north.post(f"/people/{id}/link", data={"csrf_token": token(north), "kind": kind})
    return page.text.partition("http://localhost")[2].partition("<")[0].strip()


@pytest.mark.parametrize("proof", ["", "x", "another session's", "a stranger's", "two at once"])
def test_a_proof_of_another_session_is_none(school: Premises, proof: str) -> None:
    clark = school.as_("clark")
    others = token(school.as_("bell"))
    stranger = token(school.stranger(), "/sign-in")
    said = {"another session's": others, "a stranger's": stranger, "two at once": f"{others} x"}
    answer = clark.post("/account/sessions/end-others", data={"csrf_token": said.get(proof, proof)})
    assert answer.status_code == 400
    assert_safe(answer, school)


def test_a_proof_from_before_signing_in_is_none_afterwards(school: Premises) -> None:
    clark = school.stranger()
    old = token(clark, "/sign-in")
    send(clark, "/sign-in", login="clark", password=PASSWORD)
    assert clark.post("/sign-out", data={"csrf_token": old}).status_code == 400


def test_nobody_is_signed_in_by_a_form_from_elsewhere(school: Premises) -> None:
    answer = school.stranger().post("/sign-in", data={"login": "clark", "password": PASSWORD})
    assert answer.status_code == 400


def test_after_signing_out_the_cookie_opens_nothing(school: Premises) -> None:
    clark, thief = school.as_("clark"), school.stranger()
    cookie = clark.get_cookie(COOKIE)
    assert cookie
    thief.set_cookie(COOKIE, cookie.value)
    assert is_in(thief)
    send(clark, "/account", to="/sign-out")
    assert not is_in(thief) and not is_in(clark)


def test_a_cookie_that_was_planted_is_nobodys_after_each_step_in(school: Premises) -> None:
    """Half way in, too: who planted it must not wait there for the code."""
    owen, thief = school.stranger(), school.stranger()
    owen.get("/sign-in")
    planted = owen.get_cookie(COOKIE)
    assert planted
    send(owen, "/sign-in", login="owen", password=PASSWORD)
    thief.set_cookie(COOKIE, planted.value)
    assert thief.get("/sign-in/code").headers["Location"].startswith("/sign-in?")
    half_way = owen.get_cookie(COOKIE)
    send(owen, "/sign-in/code", code=school.code("owen"))
    assert half_way and is_in(owen)
    thief.set_cookie(COOKIE, half_way.value)
    assert not is_in(thief)


def test_a_code_lets_in_one_of_two_that_come_at_once(school: Premises) -> None:
    browsers = [school.stranger(), school.stranger()]
    for one in browsers:
        send(one, "/sign-in", login="price", password=PASSWORD)
    proofs = [token(one, "/sign-in/code") for one in browsers]
    code = school.code("price")
    codes = twice_at_once(
        lambda n: browsers[n].post("/sign-in/code", data={"csrf_token": proofs[n], "code": code})
    )
    assert sorted(codes) == [302, 401]
    assert sum(map(is_in, browsers)) == 1


def test_a_link_lets_in_one_of_two_that_come_at_once(school: Premises) -> None:
    path, browsers = link(school), [school.stranger(), school.stranger()]
    proofs = [token(one, path) for one in browsers]

    def take(n: int) -> TestResponse:
        words = f"{WORDS} {'abc' * (n + 1)}"
        form = {"csrf_token": proofs[n], "password": words, "again": words}
        return browsers[n].post(path, data=form)

    codes = twice_at_once(take)
    assert codes.count(302) == 1 and max(codes) < 500
    again = {"csrf_token": proofs[0], "password": WORDS, "again": WORDS}
    assert browsers[0].post(path, data=again).status_code == 410


def test_two_who_approve_at_once_open_one_thing(school: Premises) -> None:
    page = "/ask?site=youtube&scope=group:pupils&slot=2026-11-24|Lesson 2"
    send(school.as_("clark"), page, to="/ask", aim="Volcanoes")
    browsers = [school.as_("owen"), school.as_("price")]
    proofs = [token(one) for one in browsers]
    codes = twice_at_once(
        lambda n: browsers[n].post(
            "/requests/1/approve", data={"csrf_token": proofs[n], "edition": "1"}
        )
    )
    assert max(codes) < 500
    assert len(school.live.policy().school.grants) <= 1


def test_a_link_is_worth_nothing_for_another_end(school: Premises) -> None:
    path = link(school, "second-factor", "shah")
    stranger = school.stranger()
    form = {"csrf_token": token(stranger, path), "password": WORDS, "again": WORDS}
    stranger.post(path, data=form)
    answer = send(school.stranger(), "/sign-in", login="shah", password=WORDS)
    assert answer.status_code == 401, "it takes the second step off, and sets no password"


def test_an_older_link_opens_nothing_once_there_is_a_newer_one(school: Premises) -> None:
    old, new = link(school), link(school)
    assert school.stranger().get(old).status_code == 410
    assert school.stranger().get(new).status_code == 200


def test_a_page_behind_a_link_tells_nobody_of_the_link(school: Premises) -> None:
    path = link(school)
    page = school.stranger().get(path)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert page.headers["Cache-Control"] == "no-store"
    secret = path.rpartition("/")[2]
    assert page.text.count(secret) == page.text.count(f'action="{path}"')


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}:8443", f"{OWN}.{EVIL}"])
def test_a_link_leads_to_us_whatever_stands_in_host(school: Premises, host: str) -> None:
    north, id = browser(school, "north"), school.people["clark"].id
    body = f"csrf_token={north.proof}&kind=password".encode()
    attempt = Attempt("link", "staff", f"/people/{id}/link", "POST", body, FORM)
    page = send_raw(school, replace(attempt, raw={"HTTP_HOST": host}), north)
    assert page.status_code == 200 and EVIL not in page.text
    assert f"http://{OWN}" in page.text


@pytest.mark.parametrize(
    "raw",
    [
        {"HTTP_REFERER": f"https://{EVIL}/x"},
        {"HTTP_REFERER": f"https://{OWN}.{EVIL}/"},
        {"HTTP_REFERER": f"http://{OWN}/x"},
        {"HTTP_REFERER": f"https://{OWN}:8443/x"},
        {"HTTP_REFERER": "null"},
        {},
    ],
    ids=str,
)
def test_over_https_a_form_comes_from_a_page_of_ours(school: Premises, raw: dict[str, Any]) -> None:
    clark = browser(school, "clark")
    body = f"csrf_token={clark.proof}".encode()
    attempt = Attempt("end", "staff", "/account/sessions/end-others", "POST", body, FORM)
    answer = send_raw(school, replace(attempt, raw=raw), clark, secure=True)
    assert answer.status_code == 400
    assert_safe(answer, school, secure=True)
    good = {"HTTP_REFERER": f"https://{OWN}/"}  # all that a page behind a link tells
    answer = send_raw(school, replace(attempt, raw=good), clark, secure=True)
    assert answer.status_code == 302
    assert_safe(answer, school, secure=True)


def test_over_https_the_cookie_is_one_that_no_other_host_can_plant(school: Premises) -> None:
    page = send_raw(school, Attempt("page", "staff", "/sign-in"), secure=True)
    assert_safe(page, school, secure=True)
    assert page.headers["Set-Cookie"].startswith(f"{HOST_COOKIE}=")
    with open_office(school.folder) as office:
        id = school.people["clark"].id
        found, _ = sessions.begin(office, at_ms=school.now * 1000, person_id=id)
    planted = Attempt("planted", "staff", "/", raw={"HTTP_COOKIE": f"{COOKIE}={found}"})
    assert send_raw(school, planted, secure=True).status_code == 302
    assert send_raw(school, planted).status_code == 200, "without TLS it is the one there is"


@pytest.mark.parametrize(
    "said", ["", "x", "x.y.z", "eyJhIjoxfQ.x", "a" * 10_000, "another page's", "another device's"]
)
def test_a_slip_that_is_none_hands_nothing_in(school: Premises, said: str) -> None:
    if said == "another page's":
        said = slip(school, "/ask")
    raw = {"REMOTE_ADDR": "10.20.9.9"} if said == "another device's" else {}
    proof = slip(school) if said == "another device's" else said
    body = f"slip={proof}&typed=bad.example&seen=words".encode()
    answer = send_raw(school, Attempt("report", "public", "/report", "POST", body, FORM, raw))
    assert answer.status_code == 400
    assert_safe(answer, school)
