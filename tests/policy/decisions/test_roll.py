"""Devices: placed, moved, taken away, and read from the sheet that the office keeps."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from appliance.policy.decisions import bans, grants, roll, sheet
from appliance.policy.decisions.bans import BanWish
from appliance.policy.decisions.roll import Entry
from appliance.policy.decisions.sheet import ChangeKind, RollPreview, read_roll
from appliance.policy.model import Device, OfficialChannel, School, Target
from tests.policy.decisions.desk import ALONE, Desk

IPAD = Device("ipad-07", "pupils", (ipaddress.ip_address("10.20.3.8"),), ("02:00:5e:10:00:07",))


def test_a_device_is_added_changed_moved_and_put_into_sets() -> None:
    desk = Desk()
    desk.decides(lambda policy: roll.add(policy, Entry(IPAD, ("trolley-3", "class-7b"))))
    assert roll.sets_of(desk.policy.school, "ipad-07") == ("class-7b", "trolley-3")
    staff = dataclasses.replace(IPAD, group="staff", macs=())
    school = desk.decides(lambda policy: roll.change(policy, Entry(staff, ("class-7b",))))
    assert school.devices[-1] == staff
    assert [one.name for one in school.device_sets] == ["class-7b"]
    desk.decides(lambda policy: roll.move(policy, {"ipad-07", "dans-tablet"}, "guests"))
    assert {device.group for device in desk.policy.school.devices} == {"guests", "staff"}
    desk.decides(lambda policy: roll.put_in_set(policy, ["ipad-07"], "room-4"))
    desk.decides(lambda policy: roll.take_from_set(policy, ["dans-tablet"], "class-7b"))
    assert roll.sets_of(desk.policy.school, "ipad-07") == ("class-7b", "room-4")
    assert roll.sets_of(desk.policy.school, "dans-tablet") == ()


def test_what_can_not_be_on_the_roll_is_said() -> None:
    desk = Desk()
    taken = dataclasses.replace(IPAD, addresses=(ipaddress.ip_address("10.20.3.7"),))
    for device, sentence in (
        (taken, "The address 10.20.3.7 belongs to dans-tablet already."),
        (dataclasses.replace(IPAD, name="dans-tablet"), "There is a device “dans-tablet” already."),
        (dataclasses.replace(IPAD, name="Dan's"), "“Dan's” can't be the name of a device: a short"),
        (dataclasses.replace(IPAD, group="pupil"), "There is no group “pupil” (did you mean pupil"),
    ):
        said = desk.refuses(lambda policy: roll.add(policy, Entry(device)))  # noqa: B023
        assert said.startswith(sentence)
    assert "“Room 4” can't be the name of a set" in desk.refuses(
        lambda policy: roll.put_in_set(policy, ["dans-tablet"], "Room 4")
    )
    assert "no device “nobodys”" in desk.refuses(lambda p: roll.move(p, ["nobodys"], "staff"))


def test_a_device_leaves_with_all_that_was_its_own_alone() -> None:
    channel = OfficialChannel(
        Target.parse("service:x"), "@us", "head", "office", devices=("dans-tablet",)
    )
    desk = Desk()
    desk.decides(lambda p: dataclasses.replace(p.school, official_channels=(channel,)))
    desk.opens("service:youtube", "device:dans-tablet")
    desk.opens("service:tiktok", "set:class-7b")
    desk.opens("service:x", "group:pupils")
    school = desk.decides(lambda p: roll.remove(p, ["dans-tablet"], desk.at("11:00")))
    assert [device.name for device in school.devices] == ["ms-clarks-laptop"]
    assert (school.device_sets, school.official_channels) == ((), ())
    assert [str(grant.scopes[0]) for grant in school.grants] == ["group:pupils"]


def test_a_banned_device_stays_until_its_ban_is_ended() -> None:
    desk = Desk()
    wish = BanWish("dans-tablet", desk.at("2026-11-27T15:15"), "Agreed with home.", ALONE)
    desk.decides(lambda policy: bans.ban(policy, wish, desk.at("09:30")))
    said = desk.refuses(lambda p: roll.remove(p, ["dans-tablet"], desk.at("11:00")))
    assert said == ("dans-tablet is banned until 15:15 on Fri 27 Nov 2026: end the ban first.")
    desk.decides(lambda p: roll.remove(p, ["dans-tablet"], desk.at("2026-11-27T15:15")))
    assert desk.policy.school.bans == ()


def read(text: str, school: School | None = None) -> RollPreview:
    return read_roll(text, school or Desk().policy.school)


def test_a_sheet_is_looked_at_first_and_then_taken_up_whole() -> None:
    desk = Desk()
    text = (
        "Name,Group,Sets,IP address,MAC,Client ID\r\n"
        "Dan's Tablet,staff,,,,\r\n"
        "iPad 07,Pupils,trolley-3; Class 7B,10.20.3.8,02-00-5E-10-00-07,k7f3q9wz2m\r\n"
        "ms-clarks-laptop,staff,,10.10.1.2,,\r\n"
        "visitor,,,,,\r\n"
    )
    preview = read(text)
    assert preview.mistakes == () and preview.unchanged == 1
    assert [(one.line, one.kind, one.says) for one in preview.changes] == [
        (2, ChangeKind.CHANGED, "dans-tablet moves from pupils to staff"),
        (3, ChangeKind.NEW, "ipad-07 is new, in pupils, in trolley-3 and class-7b"),
        (5, ChangeKind.NEW, "visitor is new, in guests"),
    ]
    school = desk.decides(lambda policy: sheet.apply(policy, preview))
    ipad = next(device for device in school.devices if device.name == "ipad-07")
    assert ipad == dataclasses.replace(IPAD, client_ids=("k7f3q9wz2m",))
    assert roll.sets_of(school, "dans-tablet") == ("class-7b",)
    assert read(text, school).changes == ()


@pytest.mark.parametrize(
    "text",
    [
        "name;group\nipad-07;staff\n",
        "\ufeffNAME ; Group \nipad-07 ; STAFF\n",
        "sep=;\r\nname;group\r\nipad-07;staff\r\n",
        "name\tgroup\nipad-07\tstaff",
        'group,"name"\n\n , \nstaff,"iPad 07"\n',
        "Device Name,GROUP\ripad_07,staff\r".replace("_", "-"),
        "name,group\nipad-07,staff,too,many,cells\n",
    ],
)
def test_a_sheet_is_read_however_it_was_saved(text: str) -> None:
    preview = read(text)
    assert preview.mistakes == ()
    assert [one.entry for one in preview.changes] == [Entry(Device("ipad-07", "staff"))]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "line 1, the first line names the columns: name, group, sets, address"),
        ("ipad-07,staff", "line 1, the first line names the columns"),
        ("name,colour\nipad-07,red", "line 1, unknown column “colour”"),
        ("name,name\na,b", "line 1, name: two columns of this name"),
        ("name,group\nipad,pupil", "line 2, group: no group “pupil” (did you mean pupils?)"),
        ("name\n=cmd|' /C calc'!A0", "line 2, name: “=cmd|' /C calc'!A0” begins as a formula"),
        ("name\n@SUM(1)", "line 2, name: “@SUM(1)” begins as a formula"),
        ("name,group\n,staff", "line 2, name: missing: a name such as ipad-07"),
        ("name\n☃", "line 2, name: “☃” has no letter or digit: a name such as ipad-07"),
        ("name\nipad\niPad", "line 3, name: ipad stands in line 2 already"),
        ("name,address\nipad,10.20.3", "line 2, address: “10.20.3” is not an address such as"),
        ("name,address\nipad,10.20.3.7", "line 2, address: 10.20.3.7 belongs to dans-tablet"),
        ("name,mac\nipad,02:00", 'line 2, mac: "02:00" is not a hardware address'),
        ("name,client_id\nipad,short", 'line 2, client_id: "short" is easy to guess'),
        ("name,sets\nipad,=1+1", "line 2, sets: “=1+1” can't be the name of a set"),
        ('name\n"never closed', "not a sheet we can read"),
        ("name\n" + "x" * 140_000, "not a sheet we can read: field larger"),
        ("name\n" + "ipad\n" * 300_000, "the sheet is larger than 1 MB"),
        ("name\n" + "".join(f"i{n}\n" for n in range(5_001)), "more than 5,000 rows"),
        ("\x00\x01\x02", "line 1, unknown column “\\x00\\x01\\x02”"),
    ],
)
def test_every_mistake_of_a_sheet_is_told_with_its_line(text: str, mistake: str) -> None:
    preview = read(text)
    assert any(str(one).startswith(mistake) for one in preview.mistakes)
    assert len(preview.mistakes) <= sheet.MOST_TOLD
    said = Desk().refuses(lambda policy: sheet.apply(policy, preview))
    assert said.startswith("The sheet has mistakes, so nothing changes: ")


def test_two_devices_of_a_sheet_may_exchange_their_addresses() -> None:
    desk = Desk()
    text = "name,address\ndans-tablet,10.10.1.2\nms-clarks-laptop,10.20.3.7\n"
    preview = read(text)
    assert preview.mistakes == ()
    desk.decides(lambda policy: sheet.apply(policy, preview))
    both = read("name,mac\na,020000000001\nb,0200.0000.0001\n")
    assert [str(one) for one in both.mistakes] == [
        "line 3, mac: 02:00:00:00:00:01 belongs to a already"
    ]


def test_a_grant_for_a_set_leaves_with_the_set() -> None:
    desk = Desk()
    desk.opens("service:youtube", "set:class-7b")
    before = desk.policy.school
    after = desk.decides(lambda p: roll.take_from_set(p, ["dans-tablet"], "class-7b"))
    assert grants.added(after, before) and after.grants == ()
