"""Reports that become blocks, bans of devices, and the register of official channels."""

from __future__ import annotations

import dataclasses
import datetime

from appliance.policy.decisions import bans, channels, own_lists, standing
from appliance.policy.decisions.bans import BanWish
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import OfficialChannel, Target
from appliance.policy.verdict import DecidedBy
from tests.policy.decisions.desk import ALONE, NEVER, Desk

CHANNEL = OfficialChannel(
    Target.parse("service:x"), "@bellgate", "Office manager", "The office", groups=("staff",)
)


def test_a_reported_site_is_blocked_until_a_date() -> None:
    desk = Desk()
    end, now = desk.at("2026-12-01T08:00"), desk.at("09:30")
    desk.decides(
        lambda policy: own_lists.block_until(
            policy, ["fights.example"], ["pupils"], end, "Filmed fights", ALONE, now
        )
    )
    assert not desk.allows("www.fights.example", at="09:30")
    assert desk.allows("www.fights.example", "staff")
    assert desk.allows("www.fights.example", at="2026-12-01T08:00")


def test_a_reported_site_is_blocked_for_good_and_unblocked_again() -> None:
    desk = Desk()
    for name in ("fights.example", "dares.example"):
        desk.decides(
            lambda p, name=name: own_lists.block_for_good(p, [name], ["pupils", "guests"])  # type: ignore[misc]
        )
    verdict = desk.verdict("www.fights.example")
    assert (verdict.decided_by, verdict.says) == (
        DecidedBy.LIST,
        "It stands on the list “Refused at this school for pupils”.",
    )
    assert not desk.allows("dares.example", "guests") and desk.allows("dares.example", "staff")
    gone = ["fights.example", "dares.example"]
    desk.decides(lambda policy: own_lists.unblock(policy, gone[:1], "blocked-pupils"))
    assert desk.allows("fights.example") and not desk.allows("dares.example")
    school = desk.decides(lambda policy: own_lists.unblock(policy, gone, "blocked-pupils"))
    assert [one.name for one in own_lists.own_lists(school)] == ["never", "blocked-guests"]
    assert school.group("pupils") == Desk().policy.school.group("pupils")


def test_a_block_that_would_not_hold_is_refused_with_the_reason() -> None:
    desk = Desk()
    said = desk.refuses(lambda policy: own_lists.block_for_good(policy, ["tiktok.com"], ["staff"]))
    assert said.startswith("This would not hold for staff: TikTok is social media, rule 5.2")
    desk.decides(lambda policy: own_lists.block_for_good(policy, ["tiktok.com"], ["pupils"]))


def test_what_is_never_closed_is_not_blocked_either() -> None:
    desk = Desk()
    for name, sentence in (
        ("childline.org.uk", "childline.org.uk is a help line"),
        ("bellgate.sch.uk", "bellgate.sch.uk is a help line, a site of the school or"),
        ("co.uk", "co.uk would take in everybody's sites"),
        ("<script>", "<script> is not a domain name such as example.com."),
        ("FIGHTS.example", "“FIGHTS.example” has to be written as fights.example."),
    ):
        said = desk.refuses(lambda p: own_lists.block_for_good(p, [name], ["pupils"]))  # noqa: B023
        assert said.startswith(sentence)


def test_a_list_of_that_name_that_is_another_s_is_left_alone() -> None:
    desk = Desk('[lists.blocked-pupils]\nsource = "adult"')
    school = desk.decides(
        lambda policy: own_lists.block_for_good(policy, ["fights.example"], ["pupils"])
    )
    assert [one.name for one in school.lists][-1] == "blocked-pupils-2"
    assert not desk.allows("fights.example")


def test_the_last_name_of_a_list_that_a_rule_speaks_of_stays() -> None:
    rule = (
        '[[rule]]\nid = "local"\ngroups = ["*"]\ntarget = ["list:local"]\nwhen = "always"\n'
        'action = "block"\n[lists.local]\nnames = ["dares.example"]'
    )
    desk = Desk(rule)
    said = desk.refuses(lambda policy: own_lists.unblock(policy, ["dares.example"], "local"))
    assert said.startswith("The last name can't leave “local”")
    assert "is not a list" in desk.refuses(lambda p: own_lists.unblock(p, ["x.y"], "adult"))


def test_a_banned_device_gets_help_lines_only_until_its_ban_ends() -> None:
    desk = Desk()
    wish = BanWish("dans-tablet", desk.at("2026-11-27T15:15"), "Agreed with home.", ALONE, "7.2")
    desk.decides(lambda policy: bans.ban(policy, wish, desk.at("09:30")))
    assert not desk.allows("bbc.co.uk", "dans-tablet") and desk.allows("bbc.co.uk")
    assert desk.allows("childline.org.uk", "dans-tablet")
    (one,) = standing.bans(desk.policy, Standing.IN_FORCE, desk.at("10:00"))
    desk.decides(lambda policy: bans.end(policy, [one.id], desk.at("12:00")))
    assert not desk.allows("bbc.co.uk", "dans-tablet", "11:59")
    assert desk.allows("bbc.co.uk", "dans-tablet", "12:00")


def test_a_ban_that_can_not_be_is_said() -> None:
    desk = Desk()
    wish = BanWish("dans-tablet", desk.at("2026-11-27T15:15"), "Agreed with home.", ALONE)
    for change, sentence in (
        ({"device": "dan"}, "There is no device “dan”"),
        ({"reason": ""}, "Please say why."),
        ({"until": desk.at("09:30")}, "It would end before it begins: choose a later end."),
    ):
        wrong = dataclasses.replace(wish, **change)
        said = desk.refuses(lambda policy: bans.ban(policy, wrong, desk.at("09:30")))  # noqa: B023
        assert said.startswith(sentence)
    assert "no ban “b-1” any more" in desk.refuses(lambda p: bans.end(p, ["b-1"], 0))
    later = dataclasses.replace(wish, start=desk.at("2026-11-25T09:00"))
    desk.decides(lambda policy: bans.ban(policy, later, desk.at("09:30")))
    ids = [one.id for one in desk.policy.school.bans]
    assert desk.decides(lambda p: bans.end(p, ids, desk.at("10:00"))).bans == ()


def test_a_channel_is_opened_put_right_and_closed() -> None:
    desk = Desk()
    desk.decides(lambda policy: channels.add(policy, CHANNEL))
    assert desk.verdict("x.com", "staff").decided_by is DecidedBy.OFFICIAL_CHANNEL
    key = channels.key_of(CHANNEL)
    wider = dataclasses.replace(CHANNEL, groups=("staff", "guests"))
    desk.decides(lambda policy: channels.edit(policy, key, wider))
    assert desk.allows("x.com", "guests")
    assert "Somebody has changed this entry" in desk.refuses(
        lambda policy: channels.close(policy, key, datetime.date(2026, 11, 24))
    )
    now = channels.key_of(wider)
    school = desk.decides(lambda p: channels.close(p, now, datetime.date(2026, 11, 24)))
    assert not desk.allows("x.com", "guests")
    (closed,) = school.official_channels
    assert channels.is_open(closed, datetime.date(2026, 11, 23))
    assert not channels.is_open(closed, datetime.date(2026, 11, 24))


def test_the_register_takes_whole_entries_only() -> None:
    desk = Desk(NEVER.replace("never", "never-either").replace("bad", "worse"))
    date = datetime.date
    for change, sentence in (
        ({"groups": ()}, "Please say for which groups or devices it is open."),
        ({"groups": ("parents",)}, "There is no group “parents”."),
        ({"devices": ("nobodys",)}, "There is no device “nobodys”."),
        ({"account": " "}, "Please say the account."),
        ({"platform": Target.parse("domain:worse.example")}, "worse.example stands among"),
        ({"opened": date(2026, 2, 1), "closed": date(2026, 1, 1)}, "It can't be closed before"),
        ({"opened": date(1066, 2, 1)}, "The year 1066 can't be meant"),
    ):
        wrong = dataclasses.replace(CHANNEL, **change)
        said = desk.refuses(lambda policy: channels.add(policy, wrong))  # noqa: B023
        assert said.startswith(sentence)
