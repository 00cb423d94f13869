"""What a ready policy means for a school that has to choose one: who may use social media when.

Worked out by asking the policy itself, so that the page which compares them can't say anything else
than what would happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.policy.clock import DAY_SECONDS, Instant
from appliance.policy.decide import Policy, decide
from appliance.policy.model import CLOSED, Definition, OfficialChannel, Rule, TargetKind, Who
from appliance.policy.words import describe, listed

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


def offer(name: str, policy: Policy, now: Instant) -> Offer:
    """What this policy does in the week from now on."""
    school = policy.school
    moments = _moments(policy, now)
    return Offer(
        name,
        school.name,
        tuple(_line(policy, group.name, moments) for group in school.groups),
        tuple(_sentence(rule) for rule in school.rules if rule.says),
        tuple(_notes(policy)),
    )


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


def _notes(policy: Policy) -> Iterable[str]:
    school, catalogue = policy.school, policy.catalogue
    more = [one for one in school.definition.categories if one not in Definition().categories]
    if more:
        titles = listed([catalogue.categories[one].title for one in more])
        yield f"Counts as social media too: {titles}."
    for channel in school.official_channels:
        if channel.platform.kind is not TargetKind.DOMAIN and channel.closed is None:
            whom = _whom(channel)
            yield f"Official channel: {describe(channel.platform, policy)}, open to {whom}."
    if school.pass_list:
        opens = listed([describe(one, policy) for one in school.pass_list])
        yield f"A teacher may open {opens} for one class and one lesson."
    terms = school.exemption_terms
    if terms.approvals > 1:
        risk = ", and a risk assessment" if terms.risk_assessment else ""
        yield f"A standing exemption takes {terms.approvals} people{risk}."


def _whom(channel: OfficialChannel) -> str:
    return "everyone" if "*" in channel.groups else listed(channel.groups)
