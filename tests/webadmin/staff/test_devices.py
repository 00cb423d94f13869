"""Sam North keeps the roll of devices: placing, moving, sets, and whole sheets."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from io import BytesIO

import pytest

from appliance.event import Asker, Means
from appliance.policy.model import Device, Who
from appliance.store import audit
from appliance.store.audit import Audited
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises

HEAD = "name,group,sets,mac\n"


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def device(school: Premises, name: str) -> Device | None:
    return next((one for one in school.live.policy().school.devices if one.name == name), None)


def sets(school: Premises) -> dict[str, tuple[str, ...]]:
    return {one.name: one.devices for one in school.live.policy().school.device_sets}


def last_note(school: Premises) -> Audited:
    with school.box.look() as record:
        return audit.look(record, limit=1)[0]


def met_a_stranger(school: Premises, address: str = "10.20.9.9") -> None:
    asker = Asker(ipaddress.ip_address(address), Who("pupils"), Means.NETWORK)
    school.box.ask("www.tiktok.com", "www.instagram.com", asker=asker)
    school.box.store()


def test_a_stranger_stands_first_and_is_placed_with_one_tap(school: Premises) -> None:
    met_a_stranger(school)
    sam = school.as_("north")
    page = sam.get("/devices").text
    assert "1 device nobody has placed" in page
    assert page.index("10.20.9.9") < page.index("dans-tablet")
    send(sam, "/devices", to="/devices/place", set="year 6 ipads")
    placed = device(school, "device-10-20-9-9")
    assert placed and placed.group == "pupils"
    assert sets(school)["year-6-ipads"] == ("device-10-20-9-9",)
    assert "nobody has placed" not in sam.get("/devices").text
    noted = last_note(school)
    assert (noted.who, noted.what) == ("north", "placed")
    assert noted.after["device-10-20-9-9"]["sets"] == ["year-6-ipads"]


def test_a_device_is_added_changed_and_removed(school: Premises) -> None:
    sam = school.as_("north")
    send(sam, "/devices/new", name="Jo's iPad 7", group="pupils", macs="02-00-5E-10-00-07")
    jos = device(school, "jos-ipad-7")
    assert jos and jos.macs == ("02:00:5e:10:00:07",)
    send(sam, "/devices/device/jos-ipad-7", group="staff", sets="trolley 2", addresses="10.10.1.9")
    assert device(school, "jos-ipad-7") == Device(
        "jos-ipad-7", "staff", (ipaddress.ip_address("10.10.1.9"),), ("02:00:5e:10:00:07",)
    )
    noted = last_note(school)
    assert noted.before["jos-ipad-7"]["group"] == "pupils"
    assert noted.after["jos-ipad-7"]["group"] == "staff"
    send(sam, "/devices/device/jos-ipad-7", to="/devices/many")
    assert device(school, "jos-ipad-7") is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "dans-tablet"}, "There is a device “dans-tablet” already."),
        ({"name": "???"}, "can&#39;t be the name of a device"),
        ({"addresses": "10.20.3.300"}, "“10.20.3.300” is not an address"),
        ({"addresses": "10.20.3.7"}, "belongs to dans-tablet already"),
        ({"macs": "nonsense"}, "nonsense"),
        ({"client_ids": "no good"}, "409"),
        ({"group": "nobody"}, "Not a valid choice"),
    ],
)
def test_what_can_t_be_is_said_and_what_was_typed_stays(
    school: Premises, wrong: dict[str, str], sentence: str
) -> None:
    wish = {"name": "ipad-09", "group": "pupils", **wrong}
    before = school.live.version
    answer = send(school.as_("north"), "/devices/new", **wish)
    assert answer.status_code in (400, 409)
    if sentence != "409":
        assert sentence in answer.text
    assert next(iter(wrong.values())) in answer.text or "group" in wrong
    assert school.live.version == before


def test_many_move_join_and_leave_at_once(school: Premises) -> None:
    sam = school.as_("north")
    both = ["dans-tablet", "ms-clarks-laptop"]

    def do(what: str, **values: str) -> None:
        data = {"csrf_token": token(sam), "device": both, "do": what, **values}
        sam.post("/devices/many", data=data)

    do("move", group="guests")
    assert {one.group for one in school.live.policy().school.devices} == {"guests"}
    do("join", set="Room 3")
    assert sets(school)["room-3"] == tuple(both)
    do("leave", set="room-3")
    assert "room-3" not in sets(school)
    do("remove")
    assert school.live.policy().school.devices == ()
    assert last_note(school).subject == "2 devices"


def test_the_list_is_filtered_by_group_set_and_text(school: Premises) -> None:
    sam = school.as_("north")

    def shown(query: str) -> set[str]:
        page = sam.get(f"/devices?{query}").text
        return {one for one in ("dans-tablet", "ms-clarks-laptop") if f"Tick {one}" in page}

    assert shown("group=staff") == {"ms-clarks-laptop"}
    assert shown("set=class-7b") == {"dans-tablet"}
    assert shown("text=10.20.3") == {"dans-tablet"}
    assert shown("text=LAPTOP") == {"ms-clarks-laptop"}
    assert shown("page=99999") == set()


def test_sets_are_made_filled_and_renamed_with_what_was_granted_to_them(school: Premises) -> None:
    sam = school.as_("north")
    send(sam, "/device-sets", to="/device-sets", name="Trolley 2", devices="dans-tablet")
    send(sam, "/device-sets", to="/device-sets/trolley-2/fill", devices="ms-clarks-laptop")
    assert sets(school)["trolley-2"] == ("dans-tablet", "ms-clarks-laptop")
    send(
        school.as_("owen"),
        "/overrides/new",
        what="500px",
        scopes=["set:trolley-2"],
        start="2026-11-24T10:15",
        end="2026-11-24T12:00",
        reason="A photographer visits.",
    )
    send(sam, "/device-sets", to="/device-sets/trolley-2/rename", name="Trolley two")
    (grant,) = school.live.policy().school.grants
    assert str(grant.scopes[0]) == "set:trolley-two"
    assert sets(school)["trolley-two"] == ("dans-tablet", "ms-clarks-laptop")
    send(sam, "/device-sets", to="/device-sets/trolley-two/rename", name="class-7b")
    assert "There is a set “class-7b” already." in sam.get("/device-sets").text


def test_a_sheet_is_shown_before_it_is_put_in_force(school: Premises) -> None:
    sam = school.as_("north")
    text = HEAD + "ipad-01,pupils,trolley-2,02:00:5e:10:00:01\ndans-tablet,guests,,\n"
    before = school.live.version
    page = send(sam, "/device-sheet", to="/device-sheet", text=text)
    assert "ipad-01 is new, in pupils, in trolley-2" in page.text
    assert "dans-tablet moves from pupils to guests" in page.text
    assert school.live.version == before
    answer = sam.post(
        "/device-sheet/apply", data={"csrf_token": token(sam), "text": text, "seen": before}
    )
    assert answer.status_code == 302
    assert device(school, "ipad-01") and sets(school)["trolley-2"] == ("ipad-01",)
    assert last_note(school).what == "read in a sheet"


def test_a_sheet_is_shown_again_when_the_roll_has_changed_meanwhile(school: Premises) -> None:
    sam = school.as_("north")
    data = {"csrf_token": token(sam), "text": HEAD + "ipad-01,pupils,,\n", "seen": "of yesterday"}
    answer = sam.post("/device-sheet/apply", data=data)
    assert answer.status_code == 409
    assert "The roll has changed since you looked" in answer.text
    assert device(school, "ipad-01") is None


def test_every_mistake_of_a_sheet_is_told_and_nothing_changes(school: Premises) -> None:
    sam, before = school.as_("north"), school.live.version
    text = HEAD + "=cmd|'/c calc'!A1,pupils,,\nipad-02,pupil,,\nipad-03,pupils,,nonsense\n"
    page = send(sam, "/device-sheet", to="/device-sheet", text=text)
    for mistake in ("begins as a formula does", "no group “pupil”", "line 4"):
        assert mistake in page.text
    assert "Put it in force" not in page.text
    data = {"csrf_token": token(sam), "text": text, "seen": before}
    assert sam.post("/device-sheet/apply", data=data).status_code == 409
    assert school.live.version == before


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ((HEAD + "ipad-01,pupils,,\n").encode(), 200),
        (("\ufeff" + HEAD + "ipad-01,pupils,,\n").encode(), 200),
        ((HEAD + "ipad-01,pupils,,\n").encode("utf-16"), 200),
        ((HEAD + "ipad-01,pupils,Zoë,\n").encode("cp1252"), 200),
        (b"PK\x03\x04\x14\x00\x06\x00", 400),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 400),
        (b"\xff\xfe\x00", 400),
        (b"\x00" * 40, 400),
        (b"", 400),
    ],
)
def test_only_text_is_taken_as_a_file(school: Premises, data: bytes, status: int) -> None:
    sam = school.as_("north")
    sent = {"csrf_token": token(sam), "file": (BytesIO(data), "../../devices.csv"), "text": ""}
    answer = sam.post("/device-sheet", data=sent, content_type="multipart/form-data")
    assert answer.status_code == status
    assert ("ipad-01 is new" in answer.text) == (status == 200)


def test_a_sheet_larger_than_any_school_is_not_read(school: Premises) -> None:
    sam = school.as_("north")
    data = {"csrf_token": token(sam), "text": "name\n" + "x" * 950_000}
    answer = sam.post("/device-sheet", data=data)
    assert answer.status_code == 400 and "larger than 0.9 MB" in answer.text


def test_the_roll_goes_out_as_a_sheet_and_comes_back_unchanged(school: Premises) -> None:
    sam = school.as_("north")
    answer = sam.get("/device-sheet/devices.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "dans-tablet,pupils,class-7b;y6-ipads,10.20.3.7" in answer.text
    page = send(sam, "/device-sheet", to="/device-sheet", text=answer.text)
    assert "2 as they are" in page.text
    assert last_note(school).what == "exported"


def test_teachers_and_the_team_keep_no_devices(school: Premises) -> None:
    for login in ("clark", "owen", "shah", "green"):
        for path in ("/devices", "/device-sets", "/device-sheet", "/device-sheet/devices.csv"):
            assert school.as_(login).get(path).status_code == 403
