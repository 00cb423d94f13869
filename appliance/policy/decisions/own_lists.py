"""The school's own lists: from a report to a refused name in one step.

Until a date it is an override that closes; for good it is a name on a list of the school's own, to
which the groups subscribe, one list a group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import checking, grants
from appliance.policy.decisions.grants import Wish, unused
from appliance.policy.model import (
    Action,
    Group,
    School,
    SchoolList,
    Scope,
    ScopeKind,
    Target,
    TargetKind,
    Who,
)
from appliance.policy.opinion import Opinion
from appliance.policy.tags import LIFELINE
from appliance.policy.verdict import DecidedBy
from appliance.policy.words import GRANTED, because
from appliance.suffixes import is_public_suffix

PREFIX = "blocked-"
LONGEST_NAME = 63
MOST_NAMES = 5_000  # on one list: a document is read within a blink, and more belong in a file


def block_until(
    policy: Policy,
    names: Sequence[str],
    groups: Sequence[str],
    end: Instant,
    reason: str,
    approved_by: Sequence[str],
    now: Instant,
    *,
    id: str = "",
) -> School:
    """The school with these names refused to these groups from now until a time."""
    _check(policy, names, groups)
    wish = Wish(
        targets=tuple(Target(TargetKind.DOMAIN, name) for name in names),
        scopes=tuple(Scope(ScopeKind.GROUP, name) for name in groups),
        start=now,
        end=end,
        reason=reason,
        approved_by=tuple(approved_by),
        action=Action.BLOCK,
        id=id,
    )
    return grants.grant(policy, wish, now)


def block_for_good(policy: Policy, names: Sequence[str], groups: Sequence[str]) -> School:
    """The school with these names on the list of each of these groups."""
    _check(policy, names, groups)
    school = policy.school
    for group in groups:
        school = _with_names(school, group, names)
    _check_that_it_holds(Policy(school, policy.catalogue), names, groups)
    return school


def unblock(policy: Policy, names: Iterable[str], list_name: str) -> School:
    """The school without these names on a list of its own. A list without names leaves."""
    found = next((one for one in policy.school.lists if one.name == list_name), None)
    if found is None or not found.names:
        raise DecisionError(f"“{list_name[:63]}” is not a list of the school's own names.")
    gone = set(names)
    kept = tuple(name for name in found.names if name not in gone)
    if kept:
        return _replaced(policy.school, replace(found, names=kept))
    return _without(policy.school, found)


def own_lists(school: School) -> tuple[SchoolList, ...]:
    """The lists whose names the school keeps itself."""
    return tuple(one for one in school.lists if one.names)


def list_of(school: School, group: str) -> str:
    """The name of the list that refuses names to this group for good."""
    usual = (PREFIX + group)[:LONGEST_NAME].rstrip("-")
    there = {one.name: one for one in school.lists}
    if usual not in there or _is_ours(there[usual]):
        return usual
    return unused(usual[: LONGEST_NAME - 3], there)


def _is_ours(one: SchoolList) -> bool:
    return bool(one.names) and not one.is_floor and not one.category


def _with_names(school: School, group: str, names: Sequence[str]) -> School:
    name = list_of(school, group)
    found = next((one for one in school.lists if one.name == name), None)
    if found is None:
        found = SchoolList(name, title=f"Refused at this school for {group}")
        school = replace(school, lists=(*school.lists, found))
    together = tuple(dict.fromkeys((*found.names, *names)))
    if len(together) > MOST_NAMES:
        raise DecisionError(f"More than {MOST_NAMES:,} names on one list: keep them in a file.")
    school = _replaced(school, replace(found, names=together))
    return replace(school, groups=tuple(_subscribed(one, name, group) for one in school.groups))


def _subscribed(group: Group, list_name: str, name: str) -> Group:
    if group.name != name or list_name in group.lists:
        return group
    return replace(group, lists=(*group.lists, list_name))


def _replaced(school: School, new: SchoolList) -> School:
    lists = tuple(new if one.name == new.name else one for one in school.lists)
    return replace(school, lists=lists)


def _without(school: School, gone: SchoolList) -> School:
    target = Target(TargetKind.LIST, gone.name)
    targets = [*(one.targets for one in school.rules), *(one.targets for one in school.grants)]
    targets += [(channel.platform,) for channel in school.official_channels]
    if target in {one for some in [*targets, school.pass_list] for one in some}:
        raise DecisionError(
            f"The last name can't leave “{gone.title or gone.name}”: a rule or a permission speaks "
            "of this list."
        )
    groups = tuple(
        replace(one, lists=tuple(name for name in one.lists if name != gone.name))
        for one in school.groups
    )
    return replace(
        school, groups=groups, lists=tuple(one for one in school.lists if one.name != gone.name)
    )


def _check(policy: Policy, names: Sequence[str], groups: Sequence[str]) -> None:
    if not names:
        raise DecisionError("Please say which site.")
    if not groups:
        raise DecisionError("Please say for which groups.")
    for group in groups:
        checking.among("group", group, [one.name for one in policy.school.groups])
    for name in names:
        checking.site(name)
        if LIFELINE in policy.facts(name).tags:
            raise DecisionError(
                f"{name} is a help line, a site of the school or something that devices need to "
                "work: it is never closed."
            )
        if is_public_suffix(name):
            raise DecisionError(f"{name} would take in everybody's sites: name the site itself.")


def _check_that_it_holds(policy: Policy, names: Sequence[str], groups: Sequence[str]) -> None:
    """Lists come last: refuse to write down what a rule or a channel would open all the same."""
    for name in names:
        facts = policy.facts(name)
        for group in groups:
            who = Who(group)
            opening = _opens_first(policy, who, facts.tags)
            if opening:
                verdict = opening.reason.verdict(facts, safe_search=False)
                raise DecisionError(
                    f"This would not hold for {group}: {because(verdict, policy)}. Refuse {name} "
                    "until a date instead, or change that part of the policy."
                )


def _opens_first(policy: Policy, who: Who, tags: frozenset[str]) -> Opinion | None:
    """What opens a name, at some time or always, before the lists are asked."""
    for opinion in policy.opinions:
        if opinion.reason.decided_by is DecidedBy.LIST:
            return None
        if not (opinion.taking.covers(tags) and opinion.speaks_to(who)):
            continue
        if opinion.reason.decided_by in GRANTED or opinion.when.end is not None:
            continue  # it passes: a permission for one lesson, a ban, a channel that closes
        if opinion.reason.action is not Action.BLOCK:
            return opinion
        if opinion.when.is_permanent:
            return None
    return None
