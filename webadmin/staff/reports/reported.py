"""What a report is about: which site is meant, how it stands for each group, and who told of it."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.errors import DecisionError
from appliance.policy.addresses import Addresses
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy, decide
from appliance.policy.decisions.opening import host_in, meant
from appliance.policy.explain import ListsOf
from appliance.policy.model import Action, TargetKind, Who
from appliance.policy.words import because
from appliance.store.counter.reports import Report

MOST_NAMES: Final = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """How a site stands for one group, at this moment."""

    group: str
    is_refused: bool
    because: str


def title(policy: Policy, report: Report) -> str:
    """What it was taken for, as people say it; empty where nobody knows."""
    service = policy.catalogue.services.get(report.read_as)
    return service.title if service else report.read_as


def names(policy: Policy, report: Report) -> tuple[str, ...]:
    """The names that a block would take in, and everything below them; none where what was typed
    could not be read as a site."""
    service = policy.catalogue.services.get(report.read_as)
    if service is None:
        target = meant(policy, report.read_as or report.typed)
        if target is None:
            return ()
        if target.kind is not TargetKind.SERVICE:
            return (target.name,)
        service = policy.catalogue.services[target.name]
    return tuple(sorted(service.domains | service.hosts))[:MOST_NAMES]


def read_names(text: str) -> tuple[str, ...]:
    """What somebody typed, one site a line; DecisionError names what is none."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        host = host_in(line)
        if not host:
            raise DecisionError(f"“{line[:60]}” is no address of a site, such as example.com.")
        found.append(host)
    if not found:
        raise DecisionError("Type the address of the site, such as example.com.")
    if len(found) > MOST_NAMES:
        raise DecisionError(f"{MOST_NAMES} addresses are the most for one report.")
    return tuple(dict.fromkeys(found))


def standings(
    policy: Policy, sites: Sequence[str], lists_of: ListsOf, now: Instant
) -> list[Standing]:
    """Of the site's front door, for each group of the school."""
    if not sites:
        return []
    facts = policy.facts(sites[0], lists_of(sites[0]))
    verdicts = (
        (one.name, decide(policy, Who(one.name), facts, now)) for one in policy.school.groups
    )
    return [
        Standing(group, verdict.action is Action.BLOCK, because(verdict, policy))
        for group, verdict in verdicts
    ]


def whose(policy: Policy, report: Report) -> str:
    """The device that has this address now; empty where nobody has placed one there."""
    with contextlib.suppress(ValueError):
        return Addresses.of(policy.school).place(ipaddress.ip_address(report.from_address)).device
    return ""


def others(report: Report, reports: Iterable[Report]) -> list[Report]:
    return [one for one in reports if one.id != report.id]
