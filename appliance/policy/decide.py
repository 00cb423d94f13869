"""What the answer is, and why: the precedence of the whole product, written once.

A policy is a list of opinions in order. Each knows whom it speaks to, when, and of which names; the
first that speaks decides, and no opinion means allowed. `decide` walks that list, the compiler
freezes the same list into bit masks, so that the two can't drift apart.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from appliance.policy.clock import Instant
from appliance.policy.model import (
    ALWAYS,
    EVERY_GROUP,
    EVERYONE,
    EVERYTHING,
    SCHOOL_DAY,
    SOCIAL_MEDIA,
    Action,
    Circumvention,
    Grant,
    Rule,
    School,
    SchoolList,
    Scope,
    ScopeKind,
    Target,
    TargetKind,
    Who,
)
from appliance.policy.names import Names
from appliance.policy.opinion import ANY_TIME, Opinion, When
from appliance.policy.schedule import Days, Moment, schedule_of
from appliance.policy.services import Catalogue
from appliance.policy.tags import (
    CIRCUMVENTION,
    LIFELINE,
    Facts,
    Taking,
    listed_facts,
    taking,
)
from appliance.policy.verdict import NO_REASON, DecidedBy, Reason, Verdict

APPROVALS_FOR_CIRCUMVENTION = 2  # people, before a grant opens a circumvention service for children


class Policy:
    """One school's policy with the catalogue it was written against, ready to be asked."""

    def __init__(self, school: School, catalogue: Catalogue) -> None:
        self.school = school
        self.catalogue = catalogue
        self.schedule = schedule_of(school)
        self.clock = self.schedule.clock
        self.names = Names(school, catalogue)
        self.lists = known_lists(school, catalogue)
        self.opinions = tuple(opinion for step in PRECEDENCE for opinion in step(self))
        self.days = lru_cache(maxsize=4)(lambda first: Days(self.schedule, first))

    def facts(self, name: str, on_lists: frozenset[str] = frozenset()) -> Facts:
        """All that is known of a name, given the lists it stands on."""
        own = self.names.facts(name)
        return own.joined(self.listed(on_lists)) if on_lists else own

    def listed(self, on_lists: frozenset[str]) -> Facts:
        return listed_facts(on_lists, self.lists, self.school, self.catalogue)

    def has_safe_search(self, group: str) -> bool:
        return any(g.safe_search for g in self.school.groups if g.name == group)

    def opinion(
        self,
        decided_by: DecidedBy,
        action: Action,
        target: Target,
        *,
        scopes: Iterable[Scope] = (EVERYONE,),
        when: When = ANY_TIME,
        rule: str = "",
        clause: str = "",
        says: str = "",
    ) -> Opinion:
        """An opinion on one target, with what that target takes and what it calls a name."""
        prefers = self.school.definition.categories if target == SOCIAL_MEDIA else ()
        reason = Reason(
            decided_by, action, str(target), rule, clause, says, self._category(target), prefers
        )
        opens = action is not Action.BLOCK
        takes = taking(target, opens, self.school, self.catalogue)
        return Opinion(reason, takes, frozenset(scopes), when=when)

    def _category(self, target: Target) -> str:
        if target.kind is TargetKind.LIST and target.name in self.lists:
            return self.lists[target.name].category
        return target.name if target.kind is TargetKind.CATEGORY else ""

    def between(self, start: datetime.datetime, end: datetime.datetime) -> When:
        return When(start=self.clock.instant(start), end=self.clock.instant(end))

    def midnight(self, date: datetime.date | None) -> Instant | None:
        return self.clock.bell(date, 0) if date else None

    @property
    def groups_with_circumvention(self) -> frozenset[str]:
        groups = self.school.groups
        return frozenset(g.name for g in groups if g.circumvention is Circumvention.ALLOW)


def decide(policy: Policy, who: Who, facts: Facts, at: Instant) -> Verdict:
    """The verdict of the first opinion that speaks; no opinion means allowed."""
    moment = policy.schedule.moment(at)
    speaking = (
        opinion.reason
        for opinion in policy.opinions
        if opinion.taking.covers(facts.tags)
        and opinion.when.holds(moment, at)
        and opinion.speaks_to(who)
    )
    return next(speaking, NO_REASON).verdict(facts, safe_search=policy.has_safe_search(who.group))


def holds_until(policy: Policy, who: Who, facts: Facts, at: Instant) -> Instant | None:
    """The first instant after `at` at which another opinion decides; None within the horizon."""
    changes = _changes(policy, who, facts, at)
    return next((then for then, _ in changes), None)


def opens_at(policy: Policy, who: Who, facts: Facts, at: Instant) -> Instant | None:
    """The first instant after `at` at which a refused name is refused no more; None within the
    horizon. It may be refused in turn by several until then."""
    changes = _changes(policy, who, facts, at)
    return next((then for then, one in changes if one is None or one.reason.opens), None)


def _changes(
    policy: Policy, who: Who, facts: Facts, at: Instant
) -> Iterator[tuple[Instant, Opinion | None]]:
    """Each instant after `at` at which another opinion begins to decide."""
    speaking = [o for o in policy.opinions if o.taking.covers(facts.tags) and o.speaks_to(who)]
    if not speaking or speaking[0].when.is_permanent:
        return
    days = policy.days(at)
    edges = {e for o in speaking for e in (o.when.start, o.when.end) if e is not None}
    now = _first(speaking, days.moment(at), at)
    for then in sorted(edges.union(days.bells)):
        if not at < then <= days.last:
            continue
        decides = _first(speaking, days.moment(then), then)
        if decides is not now:
            yield then, decides
            now = decides


def _first(speaking: list[Opinion], moment: Moment, at: Instant) -> Opinion | None:
    return next((opinion for opinion in speaking if opinion.when.holds(moment, at)), None)


def known_lists(school: School, catalogue: Catalogue) -> dict[str, SchoolList]:
    """Every list this policy may speak of: the school's own, and the catalogue's sources."""
    lists = {
        source.name: SchoolList(
            name=source.name, title=source.title, source=source.name, category=source.category
        )
        for source in catalogue.sources.values()
    }
    for one in school.lists:
        source = catalogue.sources.get(one.source)
        lists[one.name] = replace(
            one,
            title=one.title or (source.title if source else one.name),
            category=one.category or (source.category if source else ""),
        )
    return lists


# The steps of the precedence, each giving its opinions in order.


def floor(policy: Policy) -> Iterator[Opinion]:
    """Illegal content and the school's own "never": nobody opens these, whoever approves."""
    for one in policy.school.lists:
        if one.is_floor:
            yield policy.opinion(
                DecidedBy.FLOOR,
                Action.BLOCK,
                Target(TargetKind.LIST, one.name),
                clause=one.clause,
                says=one.says or "This is never allowed, for anybody.",
            )


def lifelines(policy: Policy) -> Iterator[Opinion]:
    """Help lines, reporting services, the school's own names, time and certificates."""
    reason = Reason(
        DecidedBy.LIFELINE,
        Action.ALLOW,
        says="Help lines, reporting services, the school's own sites and what devices cannot work "
        "without are never refused.",
    )
    yield Opinion(reason, Taking(frozenset({LIFELINE})))


def bans(policy: Policy) -> Iterator[Opinion]:
    """A banned device gets nothing but lifelines."""
    for ban in policy.school.bans:
        yield policy.opinion(
            DecidedBy.BAN,
            Action.BLOCK,
            EVERYTHING,
            scopes=[Scope(ScopeKind.DEVICE, ban.device)],
            when=policy.between(ban.start, ban.end),
            rule=ban.id,
            clause=ban.clause,
            says=ban.reason,
        )


def grants(policy: Policy) -> Iterator[Opinion]:
    """Overrides, exemptions, passes: narrower scope, narrower target, block before allow, newer."""
    placed = [
        (_grant_order(policy, grant, scope, target), grant, scope, target)
        for grant in policy.school.grants
        for scope in grant.scopes
        for target in grant.targets
    ]
    for _, grant, scope, target in sorted(placed, key=lambda one: one[0]):
        yield from _grant(policy, grant, scope, target)


def _grant_order(
    policy: Policy, grant: Grant, scope: Scope, target: Target
) -> tuple[int | str | bool, ...]:
    labels = target.name.count(".") if target.kind is TargetKind.DOMAIN else 0
    made = policy.clock.instant(grant.made or grant.start)
    return (scope.kind, target.kind, -labels, grant.opens, -made, grant.id, scope.name, target.name)


def _grant(policy: Policy, grant: Grant, scope: Scope, target: Target) -> Iterator[Opinion]:
    opinion = policy.opinion(
        DecidedBy(grant.kind),
        grant.action,
        target,
        scopes=[scope],
        when=policy.between(grant.start, grant.end),
        rule=grant.id,
        clause=grant.clause,
        says=grant.reason,
    )
    if grant.opens and len(set(grant.approved_by)) < APPROVALS_FOR_CIRCUMVENTION:
        adults = frozenset(group.name for group in policy.school.groups if group.adults)
        yield from _sparing_circumvention(opinion, adults | policy.groups_with_circumvention)
    elif target == EVERYTHING:
        yield from _sparing_circumvention(opinion, policy.groups_with_circumvention)
    else:
        yield opinion


def official_channels(policy: Policy) -> Iterator[Opinion]:
    """An open entry of the register opens its platform; a closed one opens nothing."""
    for channel in policy.school.official_channels:
        groups = [_group_scope(name) for name in channel.groups]
        devices = [Scope(ScopeKind.DEVICE, name) for name in channel.devices]
        yield policy.opinion(
            DecidedBy.OFFICIAL_CHANNEL,
            Action.ALLOW,
            channel.platform,
            scopes=[*groups, *devices],
            when=When(start=policy.midnight(channel.opened), end=policy.midnight(channel.closed)),
            clause=channel.clause,
            says=f"An official channel of the school: {channel.account}.",
        )


def rules(policy: Policy) -> Iterator[Opinion]:
    """The school's rules from top to bottom; within a rule, its targets as written."""
    for rule in policy.school.rules:
        for target in rule.targets:
            yield from _rule(policy, rule, target)


def _rule(policy: Policy, rule: Rule, target: Target) -> Iterator[Opinion]:
    opinion = policy.opinion(
        DecidedBy.RULE,
        rule.action,
        target,
        scopes=[_group_scope(name) for name in rule.groups],
        when=_when(rule),
        rule=rule.id,
        clause=rule.clause,
        says=rule.says,
    )
    if target != EVERYTHING:
        yield opinion
    elif rule.action is Action.BLOCK:
        yield from _sparing_circumvention(opinion, policy.groups_with_circumvention)
    else:
        yield _spared(opinion)


def _when(rule: Rule) -> When:
    if ALWAYS in rule.when:
        return ANY_TIME
    return When(frozenset(rule.when) - {SCHOOL_DAY}, SCHOOL_DAY in rule.when)


def _group_scope(name: str) -> Scope:
    return EVERYONE if name == EVERY_GROUP else Scope(ScopeKind.GROUP, name)


def _spared(opinion: Opinion) -> Opinion:
    spares = opinion.taking.spares | {CIRCUMVENTION}
    return replace(opinion, taking=replace(opinion.taking, spares=spares))


def _sparing_circumvention(opinion: Opinion, but_not_for: frozenset[str]) -> Iterator[Opinion]:
    """The opinion without circumvention services, and with them for these groups.

    "Everything" leaves them out, whether it opens or closes: the circumvention rule further down
    refuses them with the truer reason. Only where that rule is silent does "everything" mean them.
    """
    yield _spared(opinion)
    if but_not_for:
        yield replace(opinion, only_groups=but_not_for)


def circumvention(policy: Policy) -> Iterator[Opinion]:
    """Ways round the filter, for every group that may not use them."""
    words = policy.school.circumvention
    reason = Reason(
        DecidedBy.CIRCUMVENTION,
        Action.BLOCK,
        clause=words.clause,
        says=words.says or "Ways round the school's filter are not allowed.",
        prefers=tuple(
            c for c in policy.catalogue.categories if policy.catalogue.is_circumvention(c)
        ),
    )
    groups = [g for g in policy.school.groups if g.circumvention is Circumvention.BLOCK]
    scopes = frozenset(Scope(ScopeKind.GROUP, group.name) for group in groups)
    yield Opinion(reason, Taking(frozenset({CIRCUMVENTION})), scopes)


def lists(policy: Policy) -> Iterator[Opinion]:
    """What the lists hold that a group subscribes to."""
    for group in policy.school.groups:
        for one in (policy.lists[name] for name in group.lists if name in policy.lists):
            yield policy.opinion(
                DecidedBy.LIST,
                Action.BLOCK,
                Target(TargetKind.LIST, one.name),
                scopes=[Scope(ScopeKind.GROUP, group.name)],
                clause=one.clause,
                says=one.says or f"It stands on the list “{one.title}”.",
            )


PRECEDENCE: tuple[Callable[[Policy], Iterator[Opinion]], ...] = (
    floor,  # first: no one in the school may open what is illegal or never wanted
    lifelines,  # before bans: a banned child still reaches Childline
    bans,  # before grants: a permission for the class must not lift one device's ban
    grants,  # before channels and rules: people decided this for now, knowing the rules
    official_channels,  # before rules: the register opens what the rules close
    rules,  # the school's own words; may open a circumvention service by naming it
    circumvention,  # after rules, before lists: its reason is truer than "stands on a list"
    lists,  # last: what the world thinks; everything the school says comes first
)
