"""Grants: something opened or closed for somebody from a time until a time, with a reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from appliance.errors import DecisionError
from appliance.policy.clock import DAY_SECONDS, Instant, SchoolClock
from appliance.policy.decide import Policy
from appliance.policy.decisions import checking
from appliance.policy.decisions.needs import approvals_needed
from appliance.policy.model import (
    Action,
    Ban,
    Grant,
    GrantKind,
    School,
    Scope,
    Target,
    TargetKind,
)
from appliance.policy.tags import LIFELINE
from appliance.policy.words import describe
from appliance.tables import IDENTIFIER

KEPT_DAYS: Final = 28  # for lists of what was over lately
PASS_DAYS: Final = 1  # a large school gives hundreds a day, and a document holds a megabyte


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants opened or closed: for whom, from when until when, and why."""

    targets: tuple[Target, ...]
    scopes: tuple[Scope, ...]
    start: Instant
    end: Instant
    reason: str
    approved_by: tuple[str, ...]
    kind: GrantKind = GrantKind.OVERRIDE
    action: Action = Action.ALLOW
    risk_assessment: str = ""
    clause: str = ""
    id: str = ""  # one of the caller's own; else it is made from the time
    youngest_age: int | None = None  # of the class it is for, where that is known


def grant(policy: Policy, wish: Wish, now: Instant) -> School:
    """The school with one grant more. DecisionError where it may not be, or not yet."""
    _check(policy, wish, now)
    made = Grant(
        kind=wish.kind,
        id=wish.id or fresh_id(policy, wish.kind, now),
        action=wish.action,
        targets=tuple(dict.fromkeys(wish.targets)),
        scopes=tuple(dict.fromkeys(wish.scopes)),
        start=policy.clock.written(wish.start),
        end=policy.clock.written(wish.end),
        reason=checking.words(wish.reason, "why"),
        approved_by=checking.people(wish.approved_by),
        made=policy.clock.written(now),
        risk_assessment=checking.words(
            wish.risk_assessment,
            "the risk assessment",
            longest=checking.LONGEST_ASSESSMENT,
            required=False,
        ),
        clause=checking.one_line(wish.clause, "the clause", required=False),
    )
    return replace(policy.school, grants=(*policy.school.grants, made))


def end(policy: Policy, ids: Collection[tuple[GrantKind, str]], now: Instant) -> School:
    """The school with these grants ended now. One that has not begun yet leaves; one that is over
    stays as it is."""
    known = {(one.kind, one.id) for one in policy.school.grants}
    for kind, name in ids:
        if (kind, name) not in known:
            raise DecisionError(f"There is no {kind} “{name[:63]}” any more.")
    kept = (
        _ended(policy, one, now) if (one.kind, one.id) in ids else one
        for one in policy.school.grants
    )
    return replace(policy.school, grants=tuple(one for one in kept if one is not None))


def extend(
    policy: Policy,
    kind: GrantKind,
    name: str,
    until: Instant,
    approved_by: Iterable[str],
    now: Instant,
    youngest_age: int | None = None,
) -> School:
    """The school with another end for a grant that is not over yet, approved anew: what took two
    people is made longer by two."""
    found = find(policy.school, kind, name)
    if found is None:
        raise DecisionError(f"There is no {kind} “{name[:63]}” any more.")
    start, end = policy.clock.instant(found.start), policy.clock.instant(found.end)
    if end <= now:
        raise DecisionError("It is over: open it anew instead.")
    if kind is GrantKind.PASS:
        raise DecisionError("A pass ends with its lesson: give another for the next one.")
    checking.span(policy, start, until, now)
    approved_by = tuple(approved_by)
    if until > end and found.action is not Action.BLOCK:
        _check_longer(policy, found, approved_by, youngest_age)
    people = checking.people([*found.approved_by, *approved_by])
    longer = replace(found, end=policy.clock.written(until), approved_by=people)
    grants = tuple(longer if one is found else one for one in policy.school.grants)
    return replace(policy.school, grants=grants)


def tidy(school: School, clock: SchoolClock, now: Instant) -> School:
    """The school without the grants and bans that are long over; the record keeps the old policies
    whole."""

    def is_kept(one: Grant | Ban, days: int) -> bool:
        return clock.instant(one.end) > now - days * DAY_SECONDS

    return replace(
        school,
        grants=tuple(
            one
            for one in school.grants
            if is_kept(one, PASS_DAYS if one.kind is GrantKind.PASS else KEPT_DAYS)
        ),
        bans=tuple(one for one in school.bans if is_kept(one, KEPT_DAYS)),
    )


def find(school: School, kind: GrantKind, name: str) -> Grant | None:
    return next((one for one in school.grants if (one.kind, one.id) == (kind, name)), None)


def added(before: School, after: School) -> tuple[Grant, ...]:
    """The grants that `after` has and `before` has not."""
    had = {(one.kind, one.id) for one in before.grants}
    return tuple(one for one in after.grants if (one.kind, one.id) not in had)


def fresh_id(policy: Policy, kind: GrantKind, now: Instant) -> str:
    """An id that no grant of this kind has: the minute in which it was made."""
    return unused(
        f"{policy.clock.local(now):%Y-%m-%d-%H%M}",
        {one.id for one in policy.school.grants if one.kind is kind},
    )


def unused(stem: str, taken: Collection[str]) -> str:
    """The stem, with a number where others have it already."""
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _check(policy: Policy, wish: Wish, now: Instant) -> None:
    if not wish.targets:
        raise DecisionError("Please say which service or site.")
    if not wish.scopes:
        raise DecisionError("Please say for whom.")
    for target in wish.targets:
        checking.target(policy, target)
    for scope in wish.scopes:
        checking.scope(policy, scope)
    checking.span(policy, wish.start, wish.end, now)
    _check_id(policy, wish)
    if wish.action is Action.BLOCK:
        _check_closing(policy, wish)
    else:
        _check_opening(policy, wish)


def _check_id(policy: Policy, wish: Wish) -> None:
    if wish.id and not IDENTIFIER.match(wish.id):
        raise DecisionError(f"“{wish.id[:63]}” can't be an id: small letters, digits and hyphens.")
    if wish.id and find(policy.school, wish.kind, wish.id):
        raise DecisionError(f"The {wish.kind} “{wish.id}” is there already.")


def _check_closing(policy: Policy, wish: Wish) -> None:
    if wish.kind is not GrantKind.OVERRIDE:
        raise DecisionError(f"Only an override may close something, not an {wish.kind}.")
    for target in wish.targets:
        if target.kind is TargetKind.DOMAIN and LIFELINE in policy.facts(target.name).tags:
            raise DecisionError(
                f"{target.name} is a help line, a site of the school or something that devices "
                "need to work: it is never closed."
            )


def _check_opening(policy: Policy, wish: Wish) -> None:
    for target in wish.targets:
        if never_opened(policy, target):
            raise DecisionError(
                f"{describe(target, policy)} stands among what nobody may open at this school."
            )
        if wish.kind is GrantKind.PASS and target not in policy.school.pass_list:
            raise DecisionError(f"{describe(target, policy)} is not on the pass list.")
    needed = approvals_needed(policy, wish.targets, wish.scopes, wish.kind, wish.youngest_age)
    if len(checking.people(wish.approved_by)) < needed.count:
        why = " ".join(needed.reasons)
        raise DecisionError(f"{needed.count} people have to approve this. {why}".strip())
    if needed.risk_assessment and not wish.risk_assessment.strip():
        raise DecisionError("An exemption needs its risk assessment: please write it down.")


def _check_longer(
    policy: Policy, found: Grant, approved_by: tuple[str, ...], youngest_age: int | None
) -> None:
    needed = approvals_needed(policy, found.targets, found.scopes, found.kind, youngest_age)
    if len(checking.people(approved_by)) < needed.count:
        why = " ".join(needed.reasons)
        raise DecisionError(
            f"To make this longer takes {needed.count} people: open it anew from its end on, and a "
            f"colleague approves it. {why}"
        )


def never_opened(policy: Policy, target: Target, on_lists: frozenset[str] = frozenset()) -> bool:
    """True for what stands on a list of what nobody may open, or is such a list."""
    floors = {one.name for one in policy.school.lists if one.is_floor}
    if target.kind is TargetKind.LIST:
        return target.name in floors
    if target.kind is not TargetKind.DOMAIN:
        return False
    tags = policy.facts(target.name, on_lists).tags
    return any(f"list:{name}" in tags for name in floors)


def _ended(policy: Policy, one: Grant, now: Instant) -> Grant | None:
    if policy.clock.instant(one.end) <= now:
        return one
    if policy.clock.instant(one.start) >= now:
        return None
    return dataclasses.replace(one, end=policy.clock.written(now))
