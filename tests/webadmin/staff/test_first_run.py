"""The first run: Sam North gets a box and a link, and five minutes later TikTok is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyotp import TOTP
from werkzeug.test import TestResponse

from appliance import settings
from appliance.policy.decide import decide
from appliance.policy.model import Who
from appliance.store.office.office import open_office
from tests.webadmin.forms import forms, send
from tests.webadmin.newbox import MINE, NewBox
from tests.webadmin.premises import PASSWORD


@pytest.fixture
def new(tmp_path: Path) -> Iterator[NewBox]:
    made = NewBox.unpack(tmp_path / "data")
    yield made
    made.box.recorder.shutdown()


@pytest.fixture(scope="module")
def half_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Sam North has said which school it is, and chosen a policy."""
    new = NewBox.unpack(tmp_path_factory.mktemp("half") / "data")
    sam = new.browser()
    account(new, sam)
    send(sam, "/set-up/school", name="Hope Street Primary", domains="")
    send(sam, "/set-up/policy", profile="mersey-vale")
    yield sam
    new.box.recorder.shutdown()


def step(answer: TestResponse) -> str:
    """Where it leads to; the page's words where it leads nowhere."""
    return str(answer.headers.get("Location", answer.text))


def account(new: NewBox, client: FlaskClient) -> None:
    """Sam North has an account with a second step."""
    begin = step(client.get(new.link()))
    assert begin.startswith("/first-run/")
    made = send(client, begin, name="Sam North", login="north", password=PASSWORD, again=PASSWORD)
    assert step(made) == "/account/second-step"
    page = client.get("/account/second-step").text
    assert "Step 1 of 7" in page
    secret = page.split('this into the app: <span class="name">')[1].split("<")[0]
    code = TOTP(secret.replace(" ", "")).at(int(new.box.clock.now))
    assert "/set-up/school" in send(client, "/account/second-step", code=code).text


def test_from_nothing_to_a_refused_tiktok(tmp_path: Path) -> None:
    new = NewBox.unpack(tmp_path / "data", is_running=False)
    sam = new.browser()
    account(new, sam)
    told = {"name": "Hope Street Primary", "contact": "Mrs Hill", "domains": "hopestreet.sch.uk"}
    assert step(send(sam, "/set-up/school", **told)) == "/set-up/policy"
    assert step(send(sam, "/set-up/policy", profile="st-annes")) == "/set-up/networks"
    networks = {"networks-pupils": "10.20.0.0/16", "mine": "staff"}
    assert step(send(sam, "/set-up/networks", **networks)) == "/set-up/timetable"
    assert step(ring(sam)) == "/set-up/upstream"
    assert step(send(sam, "/set-up/upstream", chosen="quad9")) == "/set-up/test"
    assert "staff" in sam.get("/set-up/test").text
    assert not new.live.is_published()  # until now nothing has changed for anybody
    assert step(send(sam, "/set-up/test", to="/set-up/test")) == "/school/test"

    policy = new.live.policy()
    tiktok = policy.facts("www.tiktok.com")
    assert not decide(policy, Who("pupils"), tiktok, int(new.box.clock.now)).allowed
    school = policy.school
    assert (school.name, school.domains) == ("Hope Street Primary", ("hopestreet.sch.uk",))
    staff = school.group("staff")
    assert staff and [str(one) for one in staff.networks] == ["10.10.1.0/24"]
    tried = sam.get("/school/test").text
    assert "refused for staff" in tried and MINE in tried
    assert settings.read_file(new.folder / "appliance.toml").upstream.profile == "quad9"
    assert {"set up the school", "changed the upstream"} <= set(new.audited())
    assert "A set-up is begun" not in sam.get("/").text
    new.box.recorder.shutdown()


def test_a_policy_has_to_be_chosen(half_way: FlaskClient) -> None:
    sam = half_way
    for answer in (
        send(sam, "/set-up/policy", profile=""),
        send(sam, "/set-up/policy", profile="none"),
    ):
        assert answer.status_code == 400
        assert "This needs another look" in answer.text


def ring(sam: FlaskClient, **cells: list[str]) -> TestResponse:
    """The bells as they stand on the page, or these."""
    (form,) = [one for one in forms(sam.get("/set-up/timetable")) if "name" in one.values]
    usual = {
        "name": ["Registration", "Lesson 1", "Break"],
        "kind": ["registration", "lesson", "break"],
        "from": ["08:40", "09:00", "10:00"],
        "to": ["09:00", "10:00", "10:20"],
    }
    data = {"csrf_token": form.values["csrf_token"], **usual, **cells}
    return sam.post("/set-up/timetable", data=data)


def test_what_was_said_outlasts_a_sign_out(new: NewBox) -> None:
    sam = new.browser()
    account(new, sam)
    send(sam, "/set-up/school", name="Hope Street Primary", domains="")
    send(sam, "/set-up/policy", profile="mersey-vale")
    send(sam, "/", to="/sign-out")

    later = new.browser()
    new.box.clock.wait(3 * 3600)
    page = send(later, "/sign-in", login="north", password=PASSWORD)
    assert "code" in step(page)
    with open_office(new.folder) as office:
        secret = office.conn.execute("SELECT secret FROM second_factor").fetchone()[0]
    code = TOTP(secret).at(int(new.box.clock.now))
    send(later, step(page), code=code)
    assert "A set-up is begun" in later.get("/").text
    assert 'value="Hope Street Primary"' in later.get("/set-up/school").text
    assert 'value="mersey-vale" checked' in later.get("/set-up/policy").text


def test_who_skips_a_step_is_led_to_it(new: NewBox) -> None:
    sam = new.browser()
    account(new, sam)
    assert step(sam.get("/set-up/test")) == "/set-up/school"
    send(sam, "/set-up/school", name="Hope Street Primary", domains="")
    assert step(sam.get("/set-up/timetable")) == "/set-up/policy"


@pytest.mark.parametrize(
    ("page", "wrong", "sentence"),
    [
        ("school", {"name": "", "domains": ""}, "Type the name."),
        ("school", {"name": "Hope Street", "domains": "hope..street"}, "an empty part between"),
        ("networks", {"networks-pupils": "10.20.0.1/16"}, "is not a network"),
        (
            "networks",
            {"networks-pupils": "10.2.0.0/16", "networks-staff": "10.2.0.0/16"},
            "can&#39;t be the network of",
        ),
        ("networks", {"default": "nobody"}, "There is no group"),
        ("upstream", {"chosen": "own", "servers": ""}, "Write the addresses"),
        ("upstream", {"chosen": "own", "servers": "our.server"}, "our.server is not an address"),
        ("upstream", {"chosen": "lgfl", "servers": ""}, "Write the addresses"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    half_way: FlaskClient, page: str, wrong: dict[str, str], sentence: str
) -> None:
    answer = send(half_way, f"/set-up/{page}", **wrong)
    assert answer.status_code in (400, 409)
    assert sentence in answer.text
    typed = next(iter(wrong.values()))
    assert typed in answer.text


def test_bells_that_overlap_are_refused_and_rows_come_and_go(half_way: FlaskClient) -> None:
    sam = half_way
    wrong = ring(sam, to=["09:00", "10:10", "10:20"])
    assert wrong.status_code == 400 and "begins before Lesson 1 is over" in wrong.text
    more = ring(sam, do=["add"])
    assert step(more) == "/set-up/timetable#last"
    assert sam.get("/set-up/timetable").text.count('name="gone"') == 4
    assert step(ring(sam, gone=["2"])) == "/set-up/upstream"
    page = sam.get("/set-up/timetable").text
    assert "Break" not in page and 'value="Lesson 1"' in page


def test_the_link_works_once_and_for_this_page_alone(new: NewBox) -> None:
    link = new.link().replace("/welcome/", "/first-run/")
    assert new.browser().get(link).status_code == 200
    assert new.browser().get("/first-run/nonsense").status_code == 410
    short = send(new.browser(), link, name="S", login="north", password="short", again="short")
    assert short.status_code == 400 and "north" in short.text
    made = send(
        new.browser(), link, name="Sam North", login="north", password=PASSWORD, again=PASSWORD
    )
    assert made.status_code == 302
    assert new.browser().get(link).status_code == 410


def test_with_a_password_alone_nothing_can_be_set_up(new: NewBox) -> None:
    sam = new.browser()
    link = step(sam.get(new.link()))
    send(sam, link, name="Sam North", login="north", password=PASSWORD, again=PASSWORD)
    assert step(sam.get("/set-up/school")) == "/account/second-step"


def test_this_very_box_is_offered_alone_and_not_with_its_network(new: NewBox) -> None:
    sam = new.browser("127.0.0.1")
    account(new, sam)
    send(sam, "/set-up/school", name="Hope Street Primary", domains="")
    send(sam, "/set-up/policy", profile="city-of-rochester")
    send(sam, "/set-up/networks", mine="pupils")
    ring(sam)
    send(sam, "/set-up/test", to="/set-up/test")
    pupils = new.live.policy().school.group("pupils")
    assert pupils and [str(one) for one in pupils.networks] == ["127.0.0.1/32"]
    assert "refused for pupils" in sam.get("/school/test").text
