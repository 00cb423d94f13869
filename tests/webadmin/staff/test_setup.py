"""What Sam North changes of a school that is set up: its name, networks, bells and upstream."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from appliance import settings
from appliance.config import Config, Upstreams
from appliance.policy.decide import decide
from appliance.policy.model import Who
from appliance.store import audit
from appliance.store.audit import Audited
from tests.webadmin.forms import send, token
from tests.webadmin.premises import PASSWORD, Premises, premises


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def notes(school: Premises) -> list[Audited]:
    with school.box.look() as record:
        return audit.look(record)


def upstream(school: Premises) -> Upstreams:
    return settings.read_file(school.folder / settings.FILE).upstream


def lock(school: Premises) -> None:
    text = settings.write(Config(upstream=Upstreams(profile="quad9", locked=True)))
    (school.folder / settings.FILE).write_text(f"# ours since 2024\n{text}")


def choose(school: Premises, **values: str) -> TestResponse:
    wish = {"chosen": "cloudflare-family", "servers": "", **values}
    return send(school.as_("north"), "/school/upstream", **wish)


def test_the_name_changes_and_nothing_else_does(school: Premises) -> None:
    before = school.live.policy().school
    sam = school.as_("north")
    send(sam, "/school/name", name="Hope Street Primary", domains="www.hopestreet.sch.uk")
    after = school.live.policy().school
    assert (after.name, after.domains) == ("Hope Street Primary", ("hopestreet.sch.uk",))
    assert (after.rules, after.devices, after.groups) == (
        before.rules,
        before.devices,
        before.groups,
    )
    assert "Hope Street Primary" in sam.get("/").text
    noted = notes(school)[0]
    assert (noted.what, noted.subject) == ("changed", "school")
    assert noted.before["name"] == "Bellgate Primary"


def test_networks_change_hands_and_can_be_given_up(school: Premises) -> None:
    sam = school.as_("north")
    sam.environ_base["REMOTE_ADDR"] = "192.168.7.20"
    page = sam.get("/school/networks").text
    assert "192.168.7.0/24" in page
    wish = {"networks-pupils": "10.20.0.0/16\n10.30.0.0/16", "networks-staff": ""}
    send(sam, "/school/networks", **wish, mine="guests", default="pupils")
    found = school.live.policy().school
    networks = {one.name: [str(net) for net in one.networks] for one in found.groups}
    assert networks == {
        "pupils": ["10.20.0.0/16", "10.30.0.0/16"],
        "staff": [],
        "guests": ["192.168.7.0/24"],
    }
    assert found.default_group.name == "pupils"
    wrong = send(sam, "/school/networks", **{**wish, "networks-guests": "10.20.0.0/16"})
    assert wrong.status_code == 409 and "can&#39;t be the network of" in wrong.text


def test_a_bell_that_is_moved_rings_at_once(school: Premises) -> None:
    sam, clarks = school.as_("north"), Who("staff", "ms-clarks-laptop")

    def is_open() -> bool:
        policy = school.live.policy()
        return decide(policy, clarks, policy.facts("www.tiktok.com"), school.now).allowed

    assert not is_open()  # 10:15, in Lesson 1
    data = {
        "csrf_token": token(sam),
        "name": ["Lesson 1", "Break", ""],
        "kind": ["lesson", "break", "lesson"],
        "from": ["09:00", "10:10", ""],
        "to": ["10:10", "10:45", ""],
    }
    assert sam.post("/school/timetable/normal", data=data).status_code == 302
    assert is_open()
    assert notes(school)[0].after == {
        "bells": ["Lesson 1 lesson 09:00 10:10", "Break break 10:10 10:45"]
    }
    more = sam.post("/school/timetable/normal", data={**data, "do": "add"})
    assert more.status_code == 200 and more.text.count('name="gone"') == 4
    none = sam.post("/school/timetable/normal", data={"csrf_token": token(sam)})
    assert none.status_code == 409 and "at least one period" in none.text
    assert sam.get("/school/timetable/none").status_code == 404


def test_an_upstream_is_written_down_for_the_next_start(school: Premises) -> None:
    assert choose(school, locked="y").status_code == 302
    assert upstream(school) == Upstreams(profile="cloudflare-family", locked=True)
    page = school.as_("north").get("/school").text
    assert "changed from the next start on" in page
    noted = notes(school)[0]
    assert noted.before["upstream"] == "the system's"
    assert noted.after == {"upstream": "cloudflare-family", "locked": True}


def test_a_locked_upstream_takes_the_password_too(school: Premises) -> None:
    lock(school)
    assert choose(school).status_code == 401
    assert choose(school, password="otter lamp").status_code == 401
    assert upstream(school).profile == "quad9"
    assert choose(school, password=PASSWORD).status_code == 302
    assert upstream(school) == Upstreams(profile="cloudflare-family", locked=True)
    assert "# ours since 2024" in (school.folder / "appliance.toml.before").read_text()


def test_settings_that_are_broken_are_not_written_over(school: Premises) -> None:
    file = school.folder / settings.FILE
    file.write_text("[upstream]\nprofle = 'quad9'\n")
    answer = school.as_("north").get("/school/upstream")
    assert answer.status_code == 409 and "profle" in answer.text
    assert "profle" in file.read_text()


def test_another_starting_policy_lets_no_device_off(school: Premises) -> None:
    sam = school.as_("north")
    send(
        school.as_("owen"),
        "/bans/new",
        device="dans-tablet",
        until="2026-12-01T12:00",
        reason="The policy's clause 7.2",
    )
    bans = school.live.policy().school.bans
    send(sam, "/school", to="/set-up")
    page = sam.get("/set-up/school").text
    assert 'value="Bellgate Primary"' in page
    send(sam, "/set-up/policy", profile="city-of-rochester")
    send(sam, "/set-up/test", to="/set-up/test")
    after = school.live.policy().school
    assert [one.id for one in after.rules][0] == "staff-school-hours"
    assert len(bans) == 1 and after.bans == bans
    assert [one.name for one in after.devices] == ["dans-tablet", "ms-clarks-laptop"]
    assert {one.name for one in after.device_sets} == {"class-7b", "y6-ipads"}


def test_who_changes_their_mind_leaves_all_as_it_was(school: Premises) -> None:
    sam, before = school.as_("north"), school.live.version
    send(sam, "/school", to="/set-up")
    send(sam, "/school", to="/set-up/leave")
    assert school.live.version == before
    assert sam.get("/set-up/policy").headers["Location"] == "/school"


@pytest.mark.parametrize("login", ["clark", "owen", "shah", "green"])
def test_nobody_else_sets_the_school_up(school: Premises, login: str) -> None:
    client = school.as_(login)
    paths = ("", "/name", "/networks", "/timetable/normal", "/upstream", "/test")
    for path in (*(f"/school{one}" for one in paths), "/set-up/school", "/set-up/test"):
        assert client.get(path).status_code == 403
        assert client.post(path, data={"csrf_token": token(client)}).status_code in (403, 405)
