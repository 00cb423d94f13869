"""Whatever is decided at whatever school: it survives as a document, and `decide` goes by it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import DecisionError
from appliance.live import checked
from appliance.policy.addresses import devices_of
from appliance.policy.clock import DAY_SECONDS, Instant, SchoolClock
from appliance.policy.decide import Policy, decide
from appliance.policy.decisions import (
    bans,
    channels,
    grants,
    lessons,
    opening,
    own_lists,
    pass_list,
    passes,
    roll,
    sheet,
)
from appliance.policy.decisions.bans import BanWish
from appliance.policy.decisions.grants import Wish
from appliance.policy.decisions.passes import PassWish
from appliance.policy.decisions.roll import Entry
from appliance.policy.model import (
    EVERYONE,
    Action,
    Device,
    GrantKind,
    OfficialChannel,
    School,
    Scope,
    ScopeKind,
    Target,
    TargetKind,
)
from appliance.policy.tags import CIRCUMVENTION
from appliance.policy.verdict import DecidedBy
from tests.invent import DAYS, DEVICES, GROUPS, NAMES, SETS, schools, text
from tests.policy.decisions.desk import in_order
from tests.school import CATALOGUE
from tests.school import school as bellgate

BELLGATE = bellgate()
PEOPLE = ("head", "dsl")
CLOCK = SchoolClock("Europe/London")
FIRST = CLOCK.bell(DAYS[0], 0)
moments = st.integers(FIRST, CLOCK.bell(DAYS[-1], 1440))
targets = st.sampled_from(
    [
        *(Target(TargetKind.SERVICE, name) for name in CATALOGUE.services),
        *(Target(TargetKind.DOMAIN, name) for name in ("bbc.co.uk", "x.com", "a.example")),
        Target.parse("category:games"),
        Target.parse("social-media"),
        Target.parse("everything"),
    ]
)
scopes = st.sampled_from(
    [
        EVERYONE,
        *(Scope(ScopeKind.GROUP, name) for name in GROUPS),
        *(Scope(ScopeKind.SET, name) for name in SETS),
        *(Scope(ScopeKind.DEVICE, name) for name in DEVICES),
    ]
)
Alter = Callable[[Policy], School]


@st.composite
def wishes(draw: st.DrawFn, now: Instant) -> Wish:
    start = draw(st.integers(now - 3600, now + 3 * DAY_SECONDS))
    return Wish(
        targets=tuple(draw(st.lists(targets, min_size=1, max_size=2))),
        scopes=tuple(draw(st.lists(scopes, min_size=1, max_size=2))),
        start=start,
        end=draw(st.integers(start - 60, start + 2 * DAY_SECONDS)),
        reason=draw(text),
        approved_by=draw(st.sampled_from([PEOPLE, PEOPLE[:1]])),
        kind=draw(st.sampled_from(list(GrantKind))),
        action=draw(st.sampled_from([Action.ALLOW, Action.BLOCK])),
        risk_assessment=draw(text),
    )


@st.composite
def decisions(draw: st.DrawFn) -> Alter:
    """One thing that somebody may decide; not all of them may be."""
    now = draw(moments)
    which = draw(st.integers(0, 11))
    wish, target, device = draw(wishes(now)), draw(targets), draw(st.sampled_from(DEVICES))
    name, group = draw(st.sampled_from(NAMES)), draw(st.sampled_from(GROUPS))
    channel = OfficialChannel(target, draw(text), draw(text), draw(text), groups=(group,))
    entry = Entry(Device(f"new-{which}", group, (ipaddress.ip_address("10.9.1.1"),)), SETS[:1])
    ban = BanWish(device, wish.end, draw(text), PEOPLE, start=wish.start)
    wanted = PassWish((target,), wish.scopes[0], draw(text), PEOPLE)
    found: list[Alter] = [
        lambda p: grants.grant(p, wish, now),
        lambda p: grants.end(p, {(g.kind, g.id) for g in p.school.grants[:2]}, now),
        lambda p: grants.tidy(p.school, p.clock, now),
        lambda p: passes.give(p, wanted, now, lessons.following(p, now)),
        lambda p: bans.ban(p, ban, now),
        lambda p: bans.end(p, [b.id for b in p.school.bans], now),
        lambda p: channels.add(p, channel),
        lambda p: pass_list.add(p, [target]),
        lambda p: pass_list.remove(p, p.school.pass_list[:1], now),
        lambda p: own_lists.block_for_good(p, [name], [group]),
        lambda p: roll.remove(roll_with(p, entry), [device], now),
        lambda p: sheet.apply(p, sheet.read_roll(f"name,group,sets\n{name},{group},a", p.school)),
    ]
    return found[which]


def roll_with(policy: Policy, entry: Entry) -> Policy:
    return Policy(roll.add(policy, entry), policy.catalogue)


@settings(max_examples=30, deadline=None)
@given(schools(), st.lists(decisions(), min_size=1, max_size=6))
def test_any_decisions_leave_a_document_that_reads_back_as_the_same_school(
    school: School, decided: list[Alter]
) -> None:
    policy = Policy(school, CATALOGUE)
    for alter in decided:
        try:
            after = alter(policy)
        except DecisionError as refused:
            assert str(refused).strip() and "\n" not in str(refused)
            continue
        policy = checked(after, CATALOGUE)
        assert policy.school == in_order(after)


@settings(max_examples=30, deadline=None)
@given(schools(), moments, st.data())
def test_what_is_opened_is_open_for_exactly_those_people_in_exactly_that_time(
    school: School, now: Instant, data: st.DataObject
) -> None:
    before = Policy(school, CATALOGUE)
    scope = data.draw(scopes)
    name = data.draw(st.sampled_from(["tiktok.com", "www.roblox.com", "a.example", "nordvpn.com"]))
    start = data.draw(st.integers(now, now + DAY_SECONDS))
    end = data.draw(st.integers(start + 1, start + DAY_SECONDS))
    wish = Wish(
        (Target(TargetKind.DOMAIN, name),), (scope,), start, end, "why", PEOPLE, id="the-one"
    )
    after = checked(grants.grant(before, wish, now), CATALOGUE)
    facts = after.facts(name)
    meant = set(opening.whos(after, [scope]))
    everybody = {*opening.whos(after, [EVERYONE]), *devices_of(after.school).values()}
    for who in sorted(everybody, key=repr):
        was_in_scope = who in meant or not {scope}.isdisjoint(who.scopes())
        for at in (start - 1, start, end - 1, end):
            verdict = decide(after, who, facts, at)
            mine = verdict.rule == "the-one"
            assert not mine or (was_in_scope and start <= at < end and verdict.allowed)
            if not was_in_scope or not start <= at < end:
                old = decide(before, who, before.facts(name), at)
                assert verdict.action == old.action
            elif not mine:  # something narrower, or a ban, came first; never a rule or a list
                assert verdict.decided_by in (
                    DecidedBy.BAN,
                    DecidedBy.OVERRIDE,
                    DecidedBy.EXEMPTION,
                    DecidedBy.PASS,
                )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.sampled_from(NAMES))
def test_whatever_is_typed_or_uploaded_is_answered_and_shown_safely(typed: str) -> None:
    policy = Policy(BELLGATE, CATALOGUE)
    found = opening.proposal(policy, typed, [EVERYONE], FIRST, youngest_age=9)
    assert found.typed.isprintable()
    for target in found.targets:
        assert Target.parse(str(target)) == target
        facts = policy.facts(target.name)
        assert target.kind is TargetKind.SERVICE or CIRCUMVENTION not in facts.tags or found.needed
    preview = sheet.read_roll(f"name,group,sets,address,mac\n{typed}", BELLGATE)
    shown = [one.says for one in preview.changes] + [one.problem for one in preview.mistakes]
    assert all(line.isprintable() for line in shown)
