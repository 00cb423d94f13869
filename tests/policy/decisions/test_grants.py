"""Opening and closing: for whom, from when until when, and who has to say yes."""

from __future__ import annotations

import dataclasses

import pytest

from appliance.policy.clock import DAY_SECONDS
from appliance.policy.decisions import grants, needs, standing
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import Action, GrantKind, Scope, Target
from appliance.policy.verdict import DecidedBy
from tests.policy.decisions.desk import BOTH, Desk

TERMS = "[exemptions]\napprovals = 2\nrisk_assessment = true"


def test_a_site_is_open_for_one_class_in_one_lesson_and_for_nobody_else() -> None:
    desk = Desk()
    desk.opens("service:youtube", "set:class-7b")
    assert desk.allows("www.youtube.com", "dans-tablet", "10:45")
    assert desk.allows("rr1.googlevideo.com", "dans-tablet", "12:14")
    assert not desk.allows("www.youtube.com", "dans-tablet", "10:44")
    assert not desk.allows("www.youtube.com", "dans-tablet", "12:15")
    assert not desk.allows("www.youtube.com", "pupils", "11:00")


def test_a_grant_is_named_by_the_minute_in_which_it_was_made() -> None:
    desk = Desk()
    desk.opens("service:youtube", "group:pupils")
    desk.opens("service:tiktok", "group:staff")
    assert [g.id for g in desk.policy.school.grants] == ["2026-11-24-0930", "2026-11-24-0930-2"]
    wish = dataclasses.replace(desk.wish("service:x", "group:staff"), id="request-17")
    desk.decides(lambda policy: grants.grant(policy, wish, desk.at("09:30")))
    assert grants.find(desk.policy.school, GrantKind.OVERRIDE, "request-17")
    said = desk.refuses(lambda policy: grants.grant(policy, wish, desk.at("09:30")))
    assert said == "The override “request-17” is there already."


def test_what_was_added_can_be_told_to_the_audit() -> None:
    desk = Desk()
    before = desk.policy.school
    after = desk.opens("service:youtube", "group:pupils")
    (added,) = grants.added(before, after)
    assert (added.reason, added.approved_by) == ("The Tudors", ("Mrs Hill",))
    assert grants.added(after, before) == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": ()}, "Please say which service or site."),
        ({"scopes": ()}, "Please say for whom."),
        ({"reason": " \n "}, "Please say why."),
        ({"reason": "x" * 501}, "Why: 501 characters, at most 500."),
        ({"approved_by": ()}, "Please say who approves it."),
        ({"end": 0}, "It would end before it begins: choose a later end."),
        ({"start": 0, "end": 9}, "Its end is past already: choose a later end."),
        ({"end": 9_000_000_000}, "Its end is too far away: choose a year before 2100."),
        (
            {"targets": (Target.parse("service:tiktk"),)},
            "There is no service “tiktk” (did you mean tiktok?).",
        ),
        ({"scopes": (Scope.parse("set:class-7c"),)}, "There is no device set “class-7c” (did"),
        ({"scopes": (Scope.parse("device:zzz"),)}, "There is no device “zzz”."),
        ({"targets": (Target.parse("domain:www.bad.example"),)}, "www.bad.example stands among"),
        ({"targets": (Target.parse("list:never"),)}, "what stands on the list “never” stands"),
        ({"id": "Not an id"}, "“Not an id” can't be an id: small letters, digits and hyphens."),
    ],
)
def test_what_can_not_be_is_said_in_one_sentence(change: dict[str, object], sentence: str) -> None:
    desk = Desk()
    wish = dataclasses.replace(desk.wish("service:youtube", "group:pupils"), **change)  # type: ignore[arg-type]
    assert desk.refuses(lambda p: grants.grant(p, wish, desk.at("09:30"))).startswith(sentence)


def test_a_help_line_is_never_closed() -> None:
    desk = Desk()
    wish = dataclasses.replace(
        desk.wish("domain:www.childline.org.uk", "group:pupils"), action=Action.BLOCK
    )
    said = desk.refuses(lambda policy: grants.grant(policy, wish, desk.at("09:30")))
    assert said.startswith("www.childline.org.uk is a help line")


def test_two_people_open_a_vpn_for_children_and_one_opens_it_for_staff() -> None:
    desk = Desk()
    alone = desk.wish("service:nordvpn", "device:dans-tablet")
    said = desk.refuses(lambda policy: grants.grant(policy, alone, desk.at("09:30")))
    assert said == "2 people have to approve this. NordVPN is a way round the filter."
    twice = dataclasses.replace(alone, approved_by=("Mrs Hill", " Mrs  Hill "))
    desk.refuses(lambda policy: grants.grant(policy, twice, desk.at("09:30")))
    both = dataclasses.replace(alone, approved_by=BOTH)
    desk.decides(lambda policy: grants.grant(policy, both, desk.at("09:30")))
    assert desk.allows("nordvpn.com", "dans-tablet")
    desk.opens("domain:nordvpn.com", "device:ms-clarks-laptop")
    assert desk.allows("nordvpn.com", "ms-clarks-laptop")


def test_a_class_below_a_service_s_age_limit_needs_a_second_person() -> None:
    desk = Desk()
    wish = dataclasses.replace(desk.wish("domain:m.youtube.com", "group:pupils"), youngest_age=10)
    said = desk.refuses(lambda policy: grants.grant(policy, wish, desk.at("09:30")))
    assert "YouTube's own age limit is 13, and the youngest of this class are 10." in said
    older = dataclasses.replace(wish, youngest_age=13)
    desk.decides(lambda policy: grants.grant(policy, older, desk.at("09:30")))


def test_an_exemption_keeps_to_the_school_s_terms() -> None:
    desk = Desk(TERMS)
    wish = dataclasses.replace(
        desk.wish("service:x", "device:ms-clarks-laptop", end="2027-07-20T12:00"),
        kind=GrantKind.EXEMPTION,
    )
    assert "2 people" in desk.refuses(lambda p: grants.grant(p, wish, desk.at("09:30")))
    both = dataclasses.replace(wish, approved_by=BOTH)
    said = desk.refuses(lambda policy: grants.grant(policy, both, desk.at("09:30")))
    assert said == "An exemption needs its risk assessment: please write it down."
    whole = dataclasses.replace(both, risk_assessment="Read by the DSL.\n\nNo pupil data.")
    desk.decides(lambda policy: grants.grant(policy, whole, desk.at("09:30")))
    assert desk.verdict("x.com", "ms-clarks-laptop").decided_by is DecidedBy.EXEMPTION
    needed = needs.approvals_needed(desk.policy, whole.targets, whole.scopes, GrantKind.EXEMPTION)
    assert (needed.count, needed.risk_assessment) == (2, True)


def test_several_grants_end_at_once_and_what_has_not_begun_leaves() -> None:
    desk = Desk()
    desk.opens("service:youtube", "group:pupils", "09:30", "15:00")
    desk.opens("service:tiktok", "group:pupils", "13:00", "15:00")
    ids = {(one.kind, one.id) for one in desk.policy.school.grants}
    desk.decides(lambda policy: grants.end(policy, ids, desk.at("11:00:20")))
    (left,) = desk.policy.school.grants
    assert desk.allows("youtube.com", at="11:00:19") and not desk.allows(
        "youtube.com", at="11:00:20"
    )
    desk.decides(lambda policy: grants.end(policy, {(left.kind, left.id)}, desk.at("12:00")))
    assert desk.policy.school.grants == (left,)  # over already: it stays as it was
    said = desk.refuses(lambda p: grants.end(p, {(GrantKind.PASS, "p-1")}, desk.at("12:00")))
    assert said == "There is no pass “p-1” any more."


def test_a_grant_is_made_longer_while_it_lasts() -> None:
    desk = Desk()
    desk.opens("service:youtube", "group:pupils")
    (one,) = desk.policy.school.grants

    def longer(until: str, now: str) -> None:
        desk.decides(
            lambda policy: grants.extend(
                policy, one.kind, one.id, desk.at(until), ("Mr Khan",), desk.at(now)
            )
        )

    longer("13:00", "11:00")
    assert desk.allows("youtube.com", at="12:59")
    assert desk.policy.school.grants[0].approved_by == BOTH
    said = desk.refuses(
        lambda p: grants.extend(p, one.kind, one.id, desk.at("15:00"), BOTH, desk.at("13:00"))
    )
    assert said == "It is over: open it anew instead."


def test_grants_stand_in_force_to_come_or_over() -> None:
    desk = Desk()
    desk.opens("service:youtube", "group:pupils", "10:45", "12:15")
    desk.opens("service:tiktok", "group:pupils", "11:00", "2026-12-01T12:00")
    desk.opens("service:x", "group:pupils", "2026-11-25T09:00", "2026-11-25T10:00")

    def names(state: Standing, at: str) -> list[str]:
        found = standing.grants(desk.policy, state, desk.at(at))
        return [grant.targets[0].name for grant in found]

    assert names(Standing.FUTURE, "10:00") == ["youtube", "tiktok", "x"]
    assert names(Standing.IN_FORCE, "11:30") == ["youtube", "tiktok"]
    assert names(Standing.OVER, "12:15") == ["youtube"]
    ending = standing.ending_this_week(desk.policy, desk.at("11:30"))
    assert [grant.targets[0].name for grant in ending] == ["youtube"]


def test_what_is_long_over_leaves_the_document() -> None:
    desk = Desk()
    desk.opens("service:youtube", "group:pupils", "10:45", "12:15")
    desk.opens("service:tiktok", "group:pupils", "10:45", "2026-11-30T12:00")
    later = desk.at("12:15") + 28 * DAY_SECONDS

    def tidy(now: int) -> None:
        desk.decides(lambda policy: grants.tidy(policy.school, policy.clock, now))

    tidy(later - 1)
    assert len(desk.policy.school.grants) == 2
    tidy(later)
    assert [one.targets[0].name for one in desk.policy.school.grants] == ["tiktok"]


def test_a_lesson_in_the_hour_that_comes_twice_ends_when_it_was_meant_to() -> None:
    desk = Desk()
    first, second = desk.at("2026-10-25T01:30"), desk.at("2026-10-25T01:30") + 3600
    for end in (first, second):
        wish = dataclasses.replace(
            desk.wish("service:youtube", "group:pupils"), start=first - 600, end=end
        )
        school = desk.decides(lambda p, wish=wish: grants.grant(p, wish, first - 900))  # type: ignore[misc]
        assert desk.policy.clock.instant(school.grants[-1].end) == end
