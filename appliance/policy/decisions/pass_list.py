"""The pass list: what a teacher may open for a class without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import checking, grants
from appliance.policy.decisions.grants import never_opened
from appliance.policy.decisions.needs import circumvents
from appliance.policy.model import Grant, GrantKind, School, Target, TargetKind
from appliance.policy.words import describe, moment

_LISTABLE = (TargetKind.DOMAIN, TargetKind.SERVICE, TargetKind.CATEGORY)


def add(policy: Policy, targets: Iterable[Target]) -> School:
    """The school with these on its pass list."""
    wanted = tuple(dict.fromkeys(targets))
    for target in wanted:
        checking.target(policy, target)
        title = describe(target, policy)
        if target.kind not in _LISTABLE:
            raise DecisionError(f"A pass can't open {title}: choose services or sites.")
        if never_opened(policy, target):
            raise DecisionError(f"{title} stands among what nobody may open at this school.")
        if circumvents(policy, target):
            raise DecisionError(f"{title} is a way round the filter: no pass opens it.")
    listed = policy.school.pass_list
    return replace(policy.school, pass_list=tuple(dict.fromkeys((*listed, *wanted))))


def remove(policy: Policy, targets: Iterable[Target], now: Instant) -> School:
    """The school without these on its pass list. Passes for them that are over leave the document
    with them; the record keeps the policies in which they stand."""
    gone = set(targets)
    for one in policy.school.grants:
        if _is_pass_for(one, gone) and policy.clock.instant(one.end) > now:
            until = moment(policy.clock.instant(one.end), now, policy)
            raise DecisionError(f"A pass for it is given until {until}: end that first.")
    return replace(
        policy.school,
        pass_list=tuple(target for target in policy.school.pass_list if target not in gone),
        grants=tuple(one for one in policy.school.grants if not _is_pass_for(one, gone)),
    )


def take_off(policy: Policy, targets: Iterable[Target], now: Instant) -> School:
    """The same, once the passes that are open by these are ended."""
    gone = set(targets)
    open_by_it = [(one.kind, one.id) for one in policy.school.grants if _is_pass_for(one, gone)]
    ended = grants.end(policy, open_by_it, now)
    return remove(Policy(ended, policy.catalogue), gone, now)


def _is_pass_for(one: Grant, targets: set[Target]) -> bool:
    return one.kind is GrantKind.PASS and not targets.isdisjoint(one.targets)
