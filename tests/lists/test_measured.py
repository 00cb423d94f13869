"""The catalogue measured by names that its authors did not see: see measured/README.md."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from appliance.commands.choices import profile_path
from appliance.lists import catalogue
from appliance.policy import document, ready
from appliance.policy.decide import Policy, decide
from appliance.policy.model import Definition, Who
from appliance.policy.services import CategoryKind
from appliance.policy.verdict import DecidedBy

MEASURED = Path(__file__).parent / "measured"
KNOWN = catalogue.read()
TUESDAY_LESSON = 1795515300  # 2026-11-24 10:15 in London
FEWEST = 3  # names of a service, to judge it by: of fewer, one odd host is half the service


def rows(file: str) -> list[tuple[str, str]]:
    lines = (MEASURED / file).read_text(encoding="utf-8").splitlines()
    return [(name, label) for name, _, label in (line.partition("\t") for line in lines)]


def strictest() -> Policy:
    """A policy that calls every kind of service social media."""
    school = document.read_file(profile_path("alfreton-park"), KNOWN)
    kinds = [c.name for c in KNOWN.categories.values() if c.kind is CategoryKind.SERVICE]
    return Policy(
        dataclasses.replace(school, definition=Definition(categories=tuple(kinds))), KNOWN
    )


@pytest.mark.parametrize("group", ["pupils", "staff"])
def test_what_a_phone_asks_of_a_service_is_refused(group: str) -> None:
    policy, names = strictest(), rows("services.tsv")
    of_service = Counter(label for _, label in names)
    judged = [(name, label) for name, label in names if of_service[label] >= FEWEST]
    missed = [
        (name, label)
        for name, label in judged
        if decide(policy, Who(group), policy.facts(name), TUESDAY_LESSON).allowed
    ]
    assert len(missed) <= 0.03 * len(judged), missed


@pytest.mark.parametrize("group", ["pupils", "staff"])
def test_ways_round_the_filter_are_refused(group: str) -> None:
    policy, names = strictest(), rows("circumvention.tsv")
    missed = [
        name
        for name, _ in names
        if decide(policy, Who(group), policy.facts(name), TUESDAY_LESSON).decided_by
        is not DecidedBy.CIRCUMVENTION
    ]
    assert len(missed) <= 0.10 * len(names), missed


@pytest.mark.parametrize("profile", [*ready.names(), "strictest"])
def test_nothing_that_a_school_needs_is_refused(profile: str) -> None:
    if profile == "strictest":
        policy = strictest()
    else:
        policy = Policy(document.read_file(profile_path(profile), KNOWN), KNOWN)
    refused = [
        (name, label, policy.facts(name).service)
        for name, label in rows("allowed.tsv")
        for group in ("pupils", "staff")
        if not decide(policy, Who(group), policy.facts(name), TUESDAY_LESSON).allowed
    ]
    assert not refused
