"""Two policies compared in plain English: who gains or loses what, when; then what else changed.

What people feel is found by asking both policies about everything they tell apart — each service,
list and named domain, in each kind of period, for each group — and saying the answers that differ.
Grants and bans, which come and go, are compared as entries.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from appliance.policy.decide import Policy
from appliance.policy.model import (
    CLOSED,
    Action,
    DateRange,
    Period,
    School,
    Target,
    TargetKind,
    Timetable,
    Who,
)
from appliance.policy.schedule import Moment, clock_time, teaching_span
from appliance.policy.tags import Facts, domain_targets, services_of_definition
from appliance.policy.verdict import NO_REASON, DecidedBy, Reason
from appliance.policy.words import WHEN, describe, listed

MANY = 6  # names in a sentence before "and 12 more"

Item = TypeVar("Item")

_LOSES = {Action.BLOCK: "lose", Action.ALLOW: "gain", Action.RESTRICT: "get, in safe mode only,"}


class Change(NamedTuple):
    """One answer that became another, for the reason that holds now."""

    group: str
    before: Action
    after: Action
    moments: frozenset[Moment]
    reason: Reason


def differences(before: Policy, after: Policy) -> list[str]:
    """One sentence each; empty when nobody would notice and nothing else changed."""
    return [*_felt(before, after), *_entries(before.school, after.school)]


def _felt(before: Policy, after: Policy) -> Iterator[str]:
    """Who gains or loses what, when."""
    moments = sorted(
        {*_moments(before.school), *_moments(after.school)}, key=lambda m: (m.kind, m.in_school_day)
    )
    subjects = _subjects(before, after)
    changed: dict[Change, list[Target]] = defaultdict(list)
    for group in (g.name for g in before.school.groups if after.school.group(g.name)):
        for subject in subjects:
            for change in _changes(before, after, Who(group), subject, moments):
                changed[change].append(subject)
    for change, targets in changed.items():
        when = _when(change.moments, moments)
        names = _names(targets, after)
        verb = _LOSES[change.after]
        why = _why(change.reason)
        yield f"{change.group.capitalize()} {verb} {names} {when}: {why}."


def _subjects(before: Policy, after: Policy) -> list[Target]:
    """Everything that either policy could tell apart."""
    services = {*before.catalogue.services, *after.catalogue.services}
    lists = {*before.school.lists_in_use(), *after.school.lists_in_use()}
    domains = domain_targets(before.school) | domain_targets(after.school)
    for school in (before.school, after.school):
        domains |= {t for t in school.definition.plus if t.kind is TargetKind.DOMAIN}
        domains |= {t for t in school.definition.minus if t.kind is TargetKind.DOMAIN}
        domains |= {Target(TargetKind.DOMAIN, name) for name in school.domains}
    return [
        *(Target(TargetKind.SERVICE, name) for name in sorted(services)),
        *(Target(TargetKind.LIST, name) for name in sorted(lists)),
        *sorted(domains),
        Target(TargetKind.EVERYTHING),
    ]


def _facts(policy: Policy, subject: Target) -> Facts:
    if subject.kind is TargetKind.LIST:
        return policy.facts("", frozenset({subject.name}))
    if subject.kind is TargetKind.SERVICE:
        service = policy.catalogue.services.get(subject.name)
        return policy.facts(min(service.domains | service.hosts, default="") if service else "")
    return policy.facts(subject.name)


def _changes(
    before: Policy, after: Policy, who: Who, subject: Target, moments: Iterable[Moment]
) -> Iterator[Change]:
    """The changes of one subject for one group, moments with the same change together."""
    facts = _facts(before, subject), _facts(after, subject)
    changed: dict[tuple[Action, Reason], set[Moment]] = defaultdict(set)
    for moment in moments:
        was = _standing(before, who, facts[0], moment)
        now = _standing(after, who, facts[1], moment)
        if was.action is not now.action:
            changed[was.action, now].add(moment)
    for (was_action, reason), when in changed.items():
        yield Change(who.group, was_action, reason.action, frozenset(when), reason)


def _standing(policy: Policy, who: Who, facts: Facts, moment: Moment) -> Reason:
    """What the policy says in such a moment, leaving out what comes and goes by date."""
    return next(
        (
            opinion.reason
            for opinion in policy.opinions
            if not opinion.when.is_bounded
            and opinion.taking.covers(facts.tags)
            and opinion.when.holds(moment, 0)
            and opinion.speaks_to(who)
        ),
        NO_REASON,
    )


def _moments(school: School) -> Iterator[Moment]:
    """Every kind of moment that a timetable brings, and the time outside all periods."""
    yield Moment(CLOSED, False, "")
    for timetable in school.timetables:
        first, last = teaching_span(timetable.periods) or (0, 0)
        for period in timetable.periods:
            yield Moment(period.kind, first <= period.start_minute < last, "")


def _when(moments: frozenset[Moment], every: Sequence[Moment]) -> str:
    in_school_day = {moment for moment in every if moment.in_school_day}
    if len(moments) == len(every):
        return "at all times"
    if moments == in_school_day:
        return "in the school day"
    if moments == set(every) - in_school_day:
        return "outside the school day"
    return listed(
        [
            WHEN.get(kind, f"in {kind}")
            for kind in dict.fromkeys(m.kind for m in every if m in moments)
        ]
    )


def _names(targets: Sequence[Target], policy: Policy) -> str:
    """Targets in as few words as say them: a whole definition or category by its own name."""
    rest = set(targets)
    words: list[str] = []
    wholes = [("social media", services_of_definition(policy.school.definition, policy.catalogue))]
    for category in policy.catalogue.categories.values():
        members = frozenset(
            s.name for s in policy.catalogue.services.values() if category.name in s.categories
        )
        wholes.append((category.title, members))
    for title, names in wholes:
        whole = {Target(TargetKind.SERVICE, name) for name in names}
        if len(whole) > 1 and whole <= rest:
            rest -= whole
            words.append(title)
    if Target(TargetKind.EVERYTHING) in rest:
        rest.discard(Target(TargetKind.EVERYTHING))
        words.append("every site that nothing else speaks of")
    words += [describe(target, policy) for target in sorted(rest)]
    if len(words) > MANY:
        words = [*words[:MANY], f"{len(words) - MANY} more"]
    return listed(words)


def _why(reason: Reason) -> str:
    """What decides now."""
    if reason.decided_by is DecidedBy.RULE:
        said = f" says ‘{reason.says.rstrip('.')}’" if reason.says else " decides"
        return f"rule {reason.clause or reason.rule}{said}"
    return reason.says.rstrip(".")[:1].lower() + reason.says.rstrip(".")[1:]


def _entries(before: School, after: School) -> Iterator[str]:
    """What was added, removed or changed in the document itself."""
    for title, value in (
        ("name", "name"),
        ("time zone", "timezone"),
        ("contact", "contact"),
        ("review date", "review_due"),
    ):
        was, now = getattr(before, value), getattr(after, value)
        if was != now:
            yield f"The school's {title} is {now or 'not given'} (was {was or 'not given'})."
    yield from _added("The school's own name", before.domains, after.domains, str)
    yield from _added("Group", before.groups, after.groups, lambda group: group.name)
    yield from _added("Device", before.devices, after.devices, lambda device: device.name)
    yield from _added("Device set", before.device_sets, after.device_sets, lambda one: one.name)
    yield from _timetables(before.timetables, after.timetables)
    yield from _added("Term", before.calendar.terms, after.calendar.terms, _dates)
    yield from _added("Closed", before.calendar.closed, after.calendar.closed, _dates)
    yield from _added(
        "Special day",
        before.calendar.special,
        after.calendar.special,
        lambda day: f"{day.date} ({day.timetable})",
    )
    yield from _added(
        "Week start",
        before.calendar.weeks,
        after.calendar.weeks,
        lambda start: f"{start.monday} ({start.week})",
    )
    yield from _added("List", before.lists, after.lists, lambda one: one.title or one.name)
    yield from _added("Rule", before.rules, after.rules, lambda rule: rule.id)
    if [rule.id for rule in before.rules] != [rule.id for rule in after.rules] and {
        r.id for r in before.rules
    } == {r.id for r in after.rules}:
        yield "The rules stand in another order."
    yield from _added(
        "Official channel",
        before.official_channels,
        after.official_channels,
        lambda one: f"{one.platform} ({one.account})",
    )
    yield from _added("Pass list entry", before.pass_list, after.pass_list, str)
    yield from _added("Ban", before.bans, after.bans, lambda ban: ban.id)
    yield from _added(
        "Grant", before.grants, after.grants, lambda grant: f"{grant.kind} {grant.id}"
    )
    for title, value in (
        ("What the school calls social media", "definition"),
        ("The wording on circumvention", "circumvention"),
        ("What an exemption needs", "exemption_terms"),
    ):
        if getattr(before, value) != getattr(after, value):
            yield f"{title} was changed."


def _added(
    what: str, before: Sequence[Item], after: Sequence[Item], name: Callable[[Item], str]
) -> Iterator[str]:
    """Items that came, went, or kept their name and changed."""
    was, now = {name(item): item for item in before}, {name(item): item for item in after}
    for key in dict.fromkeys([*was, *now]):
        if key not in was:
            yield f"{what} {key} was added."
        elif key not in now:
            yield f"{what} {key} was removed."
        elif was[key] != now[key]:
            yield f"{what} {key} was changed{_fields(was[key], now[key])}."


def _fields(was: object, now: object) -> str:
    """Which parts of an entry differ, with both values where they are short."""
    if not dataclasses.is_dataclass(was) or not dataclasses.is_dataclass(now):
        return ""
    changed = [
        f.name for f in dataclasses.fields(now) if getattr(was, f.name) != getattr(now, f.name)
    ]
    return ": " + listed([f"its {name.replace('_', ' ').removeprefix('is ')}" for name in changed])


def _timetables(before: Sequence[Timetable], after: Sequence[Timetable]) -> Iterator[str]:
    """Bells that moved are said one by one; other changes of a timetable as of any entry."""
    was, now = {one.name: one for one in before}, {one.name: one for one in after}
    for name in [name for name in now if name in was and was[name].periods != now[name].periods]:
        old = {period.name: _span(period) for period in was[name].periods}
        new = {period.name: _span(period) for period in now[name].periods}
        for period in dict.fromkeys([*old, *new]):
            if old.get(period) != new.get(period):
                before_it, after_it = old.get(period, "not there"), new.get(period, "no more")
                yield f"In timetable “{name}”, {period} is {after_it} (was {before_it})."
    same_bells = [
        dataclasses.replace(one, periods=now[one.name].periods) if one.name in now else one
        for one in before
    ]
    yield from _added("Timetable", same_bells, after, lambda one: f"“{one.name}”")


def _span(period: Period) -> str:
    return f"{clock_time(period.start_minute)} to {clock_time(period.end_minute)}, {period.kind}"


def _dates(dates: DateRange) -> str:
    return f"{dates.name}, {dates.first} to {dates.last}"
