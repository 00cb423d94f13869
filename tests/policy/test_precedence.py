"""The precedence, one short story a step; then what must hold for any school."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domains import lies_under
from appliance.policy.addresses import devices_of
from appliance.policy.clock import DAY_SECONDS
from appliance.policy.decide import Policy, decide, holds_until, opens_at
from appliance.policy.model import Action, School, Who
from appliance.policy.verdict import DecidedBy
from tests.invent import DAYS, GROUPS, NAMES, schools
from tests.school import CATALOGUE, RULES, Ask

NEVER = '[lists.never]\nnames = ["bad.example"]\nfloor = true'
ALL_DAY = "from = 2026-11-24T00:00:00\nuntil = 2026-11-25T00:00:00\n"


def grant(kind: str, target: str, for_whom: str, action: str = "allow", **more: str) -> str:
    """A grant of that Tuesday, as a document has it."""
    lines = {"id": f'"{more.pop("id", kind)}"', "approved_by": '["head"]', "reason": '"why"'} | more
    return (
        f'[[{kind}]]\ntarget = ["{target}"]\nfor = ["{for_whom}"]\naction = "{action}"\n{ALL_DAY}'
        + "\n".join(f"{key} = {value}" for key, value in lines.items())
    )


def test_nobody_opens_the_floor() -> None:
    ask = Ask(NEVER, grant("override", "domain:bad.example", "everyone"))
    for who in ("pupils", "staff", "guests"):
        assert ask.verdict("www.bad.example", who).decided_by is DecidedBy.FLOOR


def test_a_help_line_under_a_refused_service_stays_open() -> None:
    verdict = Ask().verdict("report.tiktok.com")
    assert (verdict.action, verdict.decided_by) == (Action.ALLOW, DecidedBy.LIFELINE)
    assert Ask().verdict("www.tiktok.com").action is Action.BLOCK


def test_a_banned_device_gets_nothing_but_lifelines_even_with_a_pass_for_its_class() -> None:
    ask = Ask(
        '[[ban]]\nid = "b"\ndevice = "dans-tablet"\nreason = "why"\napproved_by = ["head"]',
        ALL_DAY,
        grant("override", "everything", "set:class-7b"),
    )
    tablet = {"device": "dans-tablet", "sets": ("class-7b",)}
    assert ask.verdict("bbc.co.uk", **tablet).decided_by is DecidedBy.BAN  # type: ignore[arg-type]
    assert ask.verdict("childline.org.uk", **tablet).allowed  # type: ignore[arg-type]
    assert ask.verdict("bbc.co.uk").decided_by is DecidedBy.DEFAULT


def test_the_narrower_scope_wins() -> None:
    ask = Ask(
        grant("override", "service:tiktok", "group:pupils", "block", id="o-1"),
        grant("override", "service:tiktok", "set:class-7b", "allow", id="o-2"),
        grant("override", "service:tiktok", "device:dans-tablet", "block", id="o-3"),
    )
    assert ask.verdict("tiktok.com").rule == "o-1"
    assert ask.verdict("tiktok.com", sets=("class-7b",)).rule == "o-2"
    assert ask.verdict("tiktok.com", device="dans-tablet", sets=("class-7b",)).rule == "o-3"


def test_then_the_narrower_target_wins() -> None:
    ask = Ask(
        grant("override", "everything", "group:pupils", "block", id="o-1"),
        grant("override", "category:media-sharing", "group:pupils", "allow", id="o-2"),
        grant("override", "service:youtube", "group:pupils", "block", id="o-3"),
        grant("override", "domain:youtube.com", "group:pupils", "allow", id="o-4"),
        grant("override", "domain:ads.youtube.com", "group:pupils", "block", id="o-5"),
    )
    asked = ("bbc.co.uk", "tiktok.com", "youtu.be", "www.youtube.com", "x.ads.youtube.com")
    assert [ask.verdict(name).rule for name in asked] == ["o-1", "o-2", "o-3", "o-4", "o-5"]


def test_then_a_block_wins_over_an_allow_and_the_newer_over_the_older() -> None:
    blocked = Ask(
        grant("override", "service:tiktok", "group:pupils", "allow", id="o-1"),
        grant("override", "service:tiktok", "group:pupils", "block", id="o-2"),
    )
    assert blocked.verdict("tiktok.com").rule == "o-2"
    newer = Ask(
        grant("override", "service:tiktok", "group:pupils", id="a", made="2026-11-20T10:00:00"),
        grant("override", "service:tiktok", "group:pupils", id="b", made="2026-11-21T10:00:00"),
    )
    assert newer.verdict("tiktok.com").rule == "b"


def test_one_person_opens_a_vpn_for_staff_and_two_for_pupils() -> None:
    alone = Ask(grant("override", "service:nordvpn", "everyone"))
    assert alone.verdict("nordvpn.com", "staff").decided_by is DecidedBy.OVERRIDE
    for group in ("pupils", "guests"):
        assert alone.verdict("nordvpn.com", group).decided_by is DecidedBy.CIRCUMVENTION
    two = Ask(grant("override", "service:nordvpn", "everyone", approved_by='["head", "dsl"]'))
    assert two.verdict("nordvpn.com", "pupils").decided_by is DecidedBy.OVERRIDE
    twice_the_same = grant("override", "service:nordvpn", "everyone", approved_by='["head"]')
    assert not Ask(twice_the_same).verdict("nordvpn.com", "pupils").allowed


def test_an_official_channel_opens_its_platform_between_its_dates() -> None:
    channel = (
        '[[official_channel]]\nplatform = "service:x"\naccount = "@us"\nmaster_role = "head"\n'
        'approved = "office"\ngroups = ["staff"]\nopened = 2026-11-24\nclosed = 2026-11-26'
    )
    ask = Ask(channel)
    by_day = [
        ask.verdict("x.com", "staff", f"2026-11-{day}T09:30").decided_by for day in (23, 24, 25, 26)
    ]
    rule, open_now = DecidedBy.RULE, DecidedBy.OFFICIAL_CHANNEL
    assert by_day == [rule, open_now, open_now, rule]
    assert ask.verdict("x.com", "pupils").decided_by is DecidedBy.RULE


def test_the_first_rule_that_fits_decides() -> None:
    verdict = Ask().verdict("tiktok.com", "staff", "10:30")
    assert (verdict.action, verdict.clause) == (Action.ALLOW, "5.2")
    verdict = Ask().verdict("tiktok.com", "staff", "10:29:59")
    assert (verdict.action, verdict.clause) == (Action.BLOCK, "7.1")


EVERYTHING = """
[[rule]]
id = "open"
groups = ["*"]
target = ["everything"]
when = "always"
action = "allow"
"""


def test_everything_leaves_circumvention_out_unless_it_is_named() -> None:
    assert not Ask(rules=EVERYTHING).verdict("nordvpn.com").allowed
    named = EVERYTHING.replace('"everything"', '"everything", "category:vpn"')
    assert Ask(rules=named).verdict("nordvpn.com").decided_by is DecidedBy.RULE


def test_closing_everything_closes_a_vpn_too_where_a_group_may_use_one() -> None:
    closed = EVERYTHING.replace("allow", "block").replace('"*"', '"exam"')
    exam = '[groups.exam]\ncircumvention = "allow"'
    assert Ask(exam, rules=closed).verdict("nordvpn.com", "exam").decided_by is DecidedBy.RULE
    pupils = Ask(exam, rules=closed.replace('"exam"', '"pupils"')).verdict("nordvpn.com")
    assert pupils.decided_by is DecidedBy.CIRCUMVENTION  # the truer reason, and an attempt


def test_lists_come_last_and_only_for_groups_that_subscribe() -> None:
    ask = Ask('[groups.year-6]\nlists = ["adult"]')
    verdict = ask.verdict("some.example", "year-6", on=("adult",))
    assert (verdict.decided_by, verdict.category) == (DecidedBy.LIST, "adult")
    assert ask.verdict("some.example", "pupils", on=("adult",)).allowed
    opened = Ask('[groups.year-6]\nlists = ["adult"]', rules=EVERYTHING)
    assert opened.verdict("some.example", "year-6", on=("adult",)).allowed


def test_a_listed_vpn_is_circumvention_and_a_listed_social_network_social_media() -> None:
    lists = '[lists.extra]\nnames = ["friends.example"]\ncategory = "social-networks"'
    ask = Ask(lists)
    assert ask.verdict("some.example", on=("bypass",)).decided_by is DecidedBy.CIRCUMVENTION
    assert ask.verdict("www.friends.example").target == "social-media"


def test_the_longest_domain_decides_which_service_a_name_is() -> None:
    assert Ask().verdict("www.youtube.com").service == "youtube"
    assert Ask().verdict("music.youtube.com").service == "youtube-music"
    assert Ask().verdict("music.youtube.com").allowed  # a game here, and no social media


def test_a_host_on_shared_ground_is_exactly_that_host() -> None:
    assert not Ask().verdict("youtubei.googleapis.com").allowed
    for name in ("googleapis.com", "fonts.googleapis.com", "x.youtubei.googleapis.com"):
        assert Ask().verdict(name).allowed


def test_opening_a_service_opens_what_it_needs_and_closing_it_does_not_close_that() -> None:
    closed = EVERYTHING.replace("allow", "block")
    ask = Ask(grant("override", "service:youtube", "group:pupils"), rules=closed)
    opened = ("www.youtube.com", "rr1.googlevideo.com", "accounts.google.com")
    assert all(ask.verdict(name).allowed for name in opened)
    assert not ask.verdict("docs.google.com").allowed
    blocked = Ask(grant("override", "service:youtube", "group:pupils", "block"))
    assert blocked.verdict("accounts.google.com").allowed


DEFINITION = '[definition]\nplus = ["music.youtube.com", "roblox"]\nexcept = ["youtube", "m.x.com"]'


def test_the_schools_own_definition_adds_and_leaves_out() -> None:
    ask = Ask(DEFINITION)
    assert ask.verdict("www.youtube.com").allowed
    assert not ask.verdict("music.youtube.com").allowed  # the narrower word wins
    assert not ask.verdict("roblox.com").allowed
    assert ask.verdict("m.x.com").allowed
    assert not ask.verdict("x.com").allowed


def test_safe_search_answers_for_a_group_that_has_it_but_never_opens_what_is_refused() -> None:
    ask = Ask()
    google = ask.verdict("www.google.co.uk")
    assert (google.action, google.safe_search) == (Action.RESTRICT, "google")
    assert ask.verdict("www.google.co.uk", "staff").action is Action.ALLOW
    assert ask.verdict("mail.google.co.uk").action is Action.ALLOW
    assert ask.verdict("www.youtube.com").action is Action.BLOCK


def test_restrict_allows_a_service_in_its_safe_mode() -> None:
    rule = RULES.replace('action = "allow"', 'action = "restrict"')
    youtube = Ask(rules=rule).verdict("www.youtube.com", "staff", "10:35")
    assert (youtube.action, youtube.safe_search) == (Action.RESTRICT, "youtube")


LOOK_ALIKES = [
    "netflix.com",
    "xx.com",
    "fedex.com",
    "bt.com",
    "at.co",
    "bt.co",
    "redditchbc.gov.uk",
    "notreddit.com",
    "tiktok.com.example.org",
    "x.com.au",
    "tiktok",
    "com",
]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_no_name_is_refused_because_a_string_merely_ends_alike(name: str) -> None:
    assert Ask().verdict(name).allowed


# What must hold for any school.

EPOCH = datetime.date(1970, 1, 1)
people = st.sampled_from(GROUPS).map(Who)
times = st.builds(
    lambda day, second: DAY_SECONDS * (day - EPOCH).days + second,
    st.sampled_from(DAYS),
    st.integers(0, DAY_SECONDS - 1),
)
list_sets = st.frozensets(st.sampled_from(["adult", "bypass"]))


def policy_of(school: School) -> Policy:
    return Policy(school, CATALOGUE)


@given(schools(), st.sampled_from(NAMES), list_sets, times)
def test_the_first_opinion_in_the_order_of_the_house_decides(
    school: School, name: str, on: frozenset[str], at: int
) -> None:
    """Told anew, step by step, as DESIGN has it."""
    policy = policy_of(school)
    facts = policy.facts(name, on)
    for who in (*map(Who, GROUPS), *devices_of(school).values()):
        verdict = decide(policy, who, facts, at)
        is_floor = lies_under(name, "bad.example")
        is_lifeline = any(
            lies_under(name, domain)
            for domain in ("childline.org.uk", "report.tiktok.com", "bellgate.sch.uk")
        )
        assert (verdict.decided_by is DecidedBy.FLOOR) == is_floor
        if is_lifeline and not is_floor:
            assert verdict.decided_by is DecidedBy.LIFELINE
        is_banned = any(
            ban.device == who.device
            and policy.clock.instant(ban.start) <= at < policy.clock.instant(ban.end)
            for ban in school.bans
        )
        if is_banned and not is_floor and not is_lifeline:
            assert verdict.decided_by is DecidedBy.BAN
        if is_floor or (is_banned and not is_lifeline):
            assert verdict.action is Action.BLOCK


@given(schools(), st.sampled_from(NAMES), list_sets, people, times)
def test_without_rules_grants_channels_and_bans_only_circumvention_and_lists_refuse(
    school: School, name: str, on: frozenset[str], who: Who, at: int
) -> None:
    bare = dataclasses.replace(school, rules=(), grants=(), official_channels=(), bans=())
    policy = policy_of(bare)
    verdict = decide(policy, who, policy.facts(name, on), at)
    group = bare.group(who.group)
    assert group is not None
    if verdict.decided_by is DecidedBy.LIST:
        assert verdict.target.removeprefix("list:") in group.lists
    assert verdict.decided_by in (
        DecidedBy.FLOOR,
        DecidedBy.LIFELINE,
        DecidedBy.CIRCUMVENTION,
        DecidedBy.LIST,
        DecidedBy.DEFAULT,
    )


@given(schools(), st.sampled_from(NAMES), list_sets, people, times)
def test_rules_below_the_one_that_decided_make_no_difference(
    school: School, name: str, on: frozenset[str], who: Who, at: int
) -> None:
    policy = policy_of(school)
    verdict = decide(policy, who, policy.facts(name, on), at)
    if verdict.decided_by is DecidedBy.RULE:
        place = next(i for i, rule in enumerate(school.rules) if rule.id == verdict.rule)
        shorter = policy_of(dataclasses.replace(school, rules=school.rules[: place + 1]))
        assert decide(shorter, who, shorter.facts(name, on), at) == verdict
        without = policy_of(
            dataclasses.replace(school, rules=school.rules[:place] + school.rules[place + 1 :])
        )
        assert decide(without, who, without.facts(name, on), at).rule != verdict.rule


@given(schools(), st.sampled_from(NAMES), list_sets, people, times)
def test_the_verdict_holds_until_it_says_and_not_a_second_longer(
    school: School, name: str, on: frozenset[str], who: Who, at: int
) -> None:
    policy = policy_of(school)
    facts = policy.facts(name, on)
    until = holds_until(policy, who, facts, at)
    now = decide(policy, who, facts, at)
    last = at + 20 * 86_400 if until is None else until
    for moment in {at + 1, (at + last) // 2, last - 1}:
        if at <= moment < last:
            assert decide(policy, who, facts, moment) == now
    for bell in policy.schedule.bells(at, min(last - 1, at + 3 * 86_400)):
        assert decide(policy, who, facts, bell) == now


@given(schools(), st.sampled_from(NAMES), list_sets, people, times)
def test_a_refused_name_opens_when_it_says_and_not_a_second_earlier(
    school: School, name: str, on: frozenset[str], who: Who, at: int
) -> None:
    policy = policy_of(school)
    facts = policy.facts(name, on)
    if decide(policy, who, facts, at).allowed:
        return
    opens = opens_at(policy, who, facts, at)
    last = at + 20 * 86_400 if opens is None else opens
    for moment in {at, (at + last) // 2, last - 1}:
        assert not decide(policy, who, facts, moment).allowed
    if opens is not None:
        assert decide(policy, who, facts, opens).allowed
