"""How many people have to approve something before it opens, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.policy.decide import APPROVALS_FOR_CIRCUMVENTION, Policy
from appliance.policy.model import (
    EVERYTHING,
    GrantKind,
    Scope,
    ScopeKind,
    Target,
    TargetKind,
)
from appliance.policy.services import Service
from appliance.policy.tags import CIRCUMVENTION, services_of_definition
from appliance.policy.words import describe

APPROVALS_BELOW_AGE = 2


@dataclass(frozen=True, slots=True)
class Needed:
    """What an opening needs before it holds."""

    count: int  # people, each another one
    reasons: tuple[str, ...]  # a sentence each; empty where one person is enough
    risk_assessment: bool = False  # its text must be written down


def approvals_needed(
    policy: Policy,
    targets: Iterable[Target],
    scopes: Iterable[Scope],
    kind: GrantKind,
    youngest_age: int | None = None,
) -> Needed:
    """How many people approve it. `youngest_age` is that of the class, where it is known."""
    targets, terms = tuple(targets), policy.school.exemption_terms
    count, reasons = 1, []
    if kind is GrantKind.EXEMPTION and terms.approvals > 1:
        count = terms.approvals
        reasons.append(f"An exemption needs {count} people at this school.")
    round_it = [one for one in targets if circumvents(policy, one)]
    if round_it and not are_adults(policy, tuple(scopes)):
        count = max(count, APPROVALS_FOR_CIRCUMVENTION)
        reasons += [f"{_said(policy, one)} is a way round the filter." for one in round_it]
    for service in _too_old(policy, targets, youngest_age):
        count = max(count, APPROVALS_BELOW_AGE)
        reasons.append(
            f"{service.title}'s own age limit is {service.minimum_age}, and the youngest of this "
            f"class are {youngest_age}."
        )
    needs_text = kind is GrantKind.EXEMPTION and terms.risk_assessment
    return Needed(count, tuple(reasons), needs_text)


def circumvents(policy: Policy, target: Target) -> bool:
    """True for what names a way round the filter; "everything" leaves them out anyway."""
    catalogue = policy.catalogue
    if target.kind is TargetKind.SERVICE:
        service = catalogue.services.get(target.name)
        return service is not None and catalogue.circumvents(service)
    if target.kind is TargetKind.CATEGORY:
        return catalogue.is_circumvention(target.name)
    if target.kind is TargetKind.LIST:
        known = policy.lists.get(target.name)
        return known is not None and catalogue.is_circumvention(known.category)
    if target.kind is TargetKind.DOMAIN:
        return CIRCUMVENTION in policy.facts(target.name).tags
    return False


def are_adults(policy: Policy, scopes: Sequence[Scope]) -> bool:
    """True where a single approval opens a way round the filter: all are adults, or may use one."""
    allowed = policy.groups_with_circumvention
    trusted = {group.name for group in policy.school.groups if group.adults} | allowed
    return bool(scopes) and groups_of(policy, scopes) <= trusted


def groups_of(policy: Policy, scopes: Iterable[Scope]) -> set[str]:
    """The groups of all whom these scopes mean."""
    school = policy.school
    homes = {device.name: device.group for device in school.devices}
    members = {one.name: one.devices for one in school.device_sets}
    groups: set[str] = set()
    for scope in scopes:
        if scope.kind is ScopeKind.EVERYONE:
            groups.update(group.name for group in school.groups)
        elif scope.kind is ScopeKind.GROUP:
            groups.add(scope.name)
        elif scope.kind is ScopeKind.SET:
            groups.update(homes[name] for name in members.get(scope.name, ()) if name in homes)
        elif scope.name in homes:
            groups.add(homes[scope.name])
    return groups


def services_of(policy: Policy, target: Target) -> tuple[Service, ...]:
    """The services that a target takes, whole or in part."""
    services = policy.catalogue.services
    if target == EVERYTHING:
        return tuple(services.values())
    if target.kind is TargetKind.SERVICE:
        names: Iterable[str] = [target.name]
    elif target.kind is TargetKind.DOMAIN:
        names = [policy.facts(target.name).service]
    elif target.kind is TargetKind.CATEGORY:
        names = [one.name for one in services.values() if target.name in one.categories]
    elif target.kind is TargetKind.SOCIAL_MEDIA:
        names = sorted(services_of_definition(policy.school.definition, policy.catalogue))
    else:
        names = []
    return tuple(services[name] for name in names if name in services)


def minimum_age(policy: Policy, targets: Iterable[Target]) -> int:
    """The highest age limit among the services that these targets take; 0 where there is none."""
    services = (service for target in targets for service in services_of(policy, target))
    return max((service.minimum_age for service in services), default=0)


def _too_old(
    policy: Policy, targets: Iterable[Target], youngest_age: int | None
) -> tuple[Service, ...]:
    """For each target the service with the highest age limit above this age."""
    if youngest_age is None:
        return ()
    found: dict[str, Service] = {}
    for target in targets:
        above = [s for s in services_of(policy, target) if s.minimum_age > youngest_age]
        if above:
            strictest = max(above, key=lambda service: service.minimum_age)
            found.setdefault(strictest.name, strictest)
    return tuple(found.values())


def _said(policy: Policy, target: Target) -> str:
    said = describe(target, policy)
    return said[:1].upper() + said[1:]
