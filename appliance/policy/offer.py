"""What a ready policy means for a school that has to choose one: who may use social media when.

Worked out by asking the policy itself, so that the page which compares them can't say anything else
than what would happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from appliance.domains import lies_under
from appliance.policy.clock import DAY_SECONDS, Instant
from appliance.policy.decide import Policy, decide
from appliance.policy.model import (
    CLOSED,
    EVERY_GROUP,
    Definition,
    Rule,
    School,
    Target,
    TargetKind,
    Who,
)
from appliance.policy.services import Catalogue
from appliance.policy.words import listed

EXAMPLE = "www.instagram.com"  # what every school calls social media, and none has a channel on
TIMES = {
    "In lessons": ("registration", "lesson"),
    "At break and lunch": ("break", "lunch"),
    "Before and after school": ("before", "after"),
    "At night and weekends": (CLOSED,),
}
_WEEK = 7
_QUARTER_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Line:
    """One group: for each of TIMES whether social media is open to it; None: now and then."""

    group: str
    is_open: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """One ready policy."""

    name: str
    title: str
    lines: tuple[Line, ...]
    sentences: tuple[str, ...]  # the school's own, with their clauses
    notes: tuple[str, ...]


def offer(name: str, school: School, catalogue: Catalogue, now: Instant) -> Offer:
    """What this policy does in the week from now on."""
    policy = Policy(school, _of_the_example(catalogue))
    moments = _moments(policy, now)
    return Offer(
        name,
        school.name,
        tuple(_line(policy, group.name, moments) for group in school.groups),
        tuple(_sentence(rule) for rule in school.rules if rule.says),
        tuple(_notes(school, catalogue)),
    )


def _of_the_example(catalogue: Catalogue) -> Catalogue:
    """Five policies with all the names there are would take a quarter of a second and 10 MB."""
    kept = {
        name: one
        for name, one in catalogue.services.items()
        if any(lies_under(EXAMPLE, domain) for domain in one.domains)
    }
    return replace(catalogue, services=kept, lifelines={}, safe_search={})


def _moments(policy: Policy, now: Instant) -> dict[str, list[Instant]]:
    """Some moments of each kind of period."""
    found: dict[str, dict[str, Instant]] = {}
    for at in range(now, now + _WEEK * DAY_SECONDS, _QUARTER_SECONDS):
        moment = policy.schedule.moment(at)
        found.setdefault(moment.kind, {}).setdefault(moment.period, at)
    return {kind: list(periods.values()) for kind, periods in found.items()}


def _line(policy: Policy, group: str, moments: dict[str, list[Instant]]) -> Line:
    facts, who = policy.facts(EXAMPLE), Who(group)

    def is_open(kinds: Iterable[str]) -> bool | None:
        found = {
            decide(policy, who, facts, at).allowed for kind in kinds for at in moments.get(kind, ())
        }
        return found.pop() if len(found) == 1 else None

    return Line(group, tuple(is_open(kinds) for kinds in TIMES.values()))


def _sentence(rule: Rule) -> str:
    word = "clause " if rule.clause[:1].isdigit() else ""
    return f"{rule.says} ({word}{rule.clause})" if rule.clause else rule.says


def _notes(school: School, catalogue: Catalogue) -> Iterable[str]:
    more = [one for one in school.definition.categories if one not in Definition().categories]
    if more:
        titles = listed([catalogue.categories[one].title for one in more])
        yield f"Counts as social media too: {titles}."
    for channel in school.official_channels:
        if channel.platform.kind is not TargetKind.DOMAIN and channel.closed is None:
            whom = "everyone" if EVERY_GROUP in channel.groups else listed(channel.groups)
            yield f"Official channel: {_title(channel.platform, catalogue)}, open to {whom}."
    if school.pass_list:
        opens = listed([_title(one, catalogue) for one in school.pass_list])
        yield f"A teacher may open {opens} for one class and one lesson."
    terms = school.exemption_terms
    if terms.approvals > 1:
        risk = ", and a risk assessment" if terms.risk_assessment else ""
        yield f"A standing exemption takes {terms.approvals} people{risk}."


def _title(target: Target, catalogue: Catalogue) -> str:
    known = catalogue.services.get(target.name)
    return known.title if known else target.name
