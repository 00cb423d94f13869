"""Verdicts in words for people: what, for whom, why, and until when."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.domains import shorten
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.explain import Answer, Explanation
from appliance.policy.model import CLOSED, Action, Target, TargetKind
from appliance.policy.verdict import DecidedBy, Verdict

DONE = {
    Action.ALLOW: "allowed",
    Action.BLOCK: "refused",
    Action.RESTRICT: "allowed in its safe mode",
}
DOES = {Action.ALLOW: "allows", Action.BLOCK: "refuses", Action.RESTRICT: "restricts"}
WHEN = {
    "before": "before school",
    "registration": "in registration",
    "lesson": "in lessons",
    "break": "at break",
    "lunch": "at lunch",
    "ppa": "in PPA time",
    "after": "after school",
    CLOSED: "outside school hours",
}
GRANTED = (DecidedBy.BAN, DecidedBy.OVERRIDE, DecidedBy.EXEMPTION, DecidedBy.PASS)


def sentence(explanation: Explanation, policy: Policy) -> str:
    """ "At 10:15 on Tue 24 Nov (Lesson 1) www.tiktok.com is refused for pupils: …" """
    answer = explanation.answer
    verdict = answer.verdict
    when = policy.clock.local(explanation.at)
    clock = time_of(explanation.at, policy)
    period = "outside school hours" if explanation.period == "closed" else explanation.period
    whom = explanation.who.device or explanation.who.group
    return (
        f"At {clock} on {when:%a} {when.day} {when:%b} ({period}) {shorten(explanation.asked)} is "
        f"{DONE[verdict.action]} for {whom}: {because(verdict, policy)}; "
        f"{holds(answer, explanation.at, policy)}."
    )


def because(verdict: Verdict, policy: Policy, *, with_age: bool = True) -> str:
    """What the name is, what decides, and the school's words for it; a service's own age limit
    where it has not been said a line before."""
    what = _what_it_is(verdict, policy)
    who = _what_decides(verdict)
    said = f" ‘{verdict.says.rstrip('.')}’" if verdict.says and who else ""
    reason = ", ".join(filter(None, [what, f"{who}{said}" if who else _plainly(verdict)]))
    if verdict.safe_search and verdict.decided_by is not DecidedBy.RULE:
        reason += ", and this group has safe search"
    service = policy.catalogue.services.get(verdict.service)
    if with_age and service and service.minimum_age and not verdict.allowed:
        reason += f" ({service.title}'s own age limit is {service.minimum_age})"
    return reason


def holds(answer: Answer, at: Instant, policy: Policy) -> str:
    """Until when, and what comes then."""
    if answer.until is None or answer.then is None:
        return "no bell changes this"
    until = f"this holds until {moment(answer.until, at, policy)}"
    if answer.then.action is not answer.verdict.action:
        return f"{until}, then it is {DONE[answer.then.action]}"
    then = _what_decides(answer.then) or "the rest of the policy"
    return f"{until}, when {then} {DOES[answer.then.action]} it in turn"


def moment(instant: Instant, seen_from: Instant, policy: Policy) -> str:
    """A time, with its date when that is another day."""
    local = policy.clock.local(instant)
    clock = time_of(instant, policy)
    if local.date() == policy.clock.date(seen_from):
        return clock
    return f"{clock} on {local:%a} {local.day} {local:%b %Y}"


def time_of(instant: Instant, policy: Policy) -> str:
    local = policy.clock.local(instant)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def describe(target: Target, policy: Policy) -> str:
    """A target as people say it: "social media", "TikTok", "gambling"."""
    catalogue = policy.catalogue
    if target.kind is TargetKind.SERVICE and target.name in catalogue.services:
        return catalogue.services[target.name].title
    if target.kind is TargetKind.CATEGORY and target.name in catalogue.categories:
        return catalogue.categories[target.name].title
    if target.kind is TargetKind.LIST and target.name in policy.lists:
        return f"what stands on the list “{policy.lists[target.name].title}”"
    if target.kind is TargetKind.SOCIAL_MEDIA:
        return "social media"
    return target.name or "everything"


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _what_it_is(verdict: Verdict, policy: Policy) -> str:
    """ "TikTok is social media", where the target says so little or so much of it."""
    service = policy.catalogue.services.get(verdict.service)
    title = service.title if service else "it"
    target = Target.parse(verdict.target) if verdict.target else None
    if target is None or verdict.decided_by is DecidedBy.DEFAULT:
        category = policy.catalogue.categories.get(verdict.category)
        is_reason = verdict.decided_by is DecidedBy.CIRCUMVENTION and category is not None
        return f"{title} is {category.singular}" if is_reason and category else ""
    if target.kind is TargetKind.SOCIAL_MEDIA:
        return f"{title} is social media"
    if target.kind is TargetKind.SERVICE:
        return f"it belongs to {describe(target, policy)}"
    if target.kind is TargetKind.CATEGORY and target.name in policy.catalogue.categories:
        return f"{title} is {policy.catalogue.categories[target.name].singular}"
    if target.kind is TargetKind.DOMAIN:
        return f"it lies under {target.name}"
    return ""


def _what_decides(verdict: Verdict) -> str:
    """ "rule 6.1": the clause where there is one, since that is what people look up."""
    if verdict.decided_by is DecidedBy.RULE:
        return f"rule {verdict.clause or verdict.rule}"
    if verdict.decided_by in GRANTED:
        clause = f" (clause {verdict.clause})" if verdict.clause else ""
        return f"{verdict.decided_by} {verdict.rule}{clause}"
    return f"clause {verdict.clause}" if verdict.clause else ""


def _plainly(verdict: Verdict) -> str:
    says = verdict.says.rstrip(".")
    return says[:1].lower() + says[1:]
