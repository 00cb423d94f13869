"""Why? Any name, any device or group, any moment: the answer, all that had a say in it, and the
whole day.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request, url_for

from appliance.domains import normalise, shorten
from appliance.errors import ApplianceError, NotAName, RequestError
from appliance.policy.addresses import Addresses, devices_of
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import lessons, opening, typeahead
from appliance.policy.explain import Explainer, Explanation
from appliance.policy.model import CLOSED, Who
from appliance.policy.opinion import When
from appliance.policy.services import Service
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.policy.weighing import Stretch, Voice, throughout, voices
from appliance.policy.words import WHEN, because, listed, moment, sentence
from appliance.tables import YEARS
from webadmin.staff import room
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow, may

pages = Blueprint("explaining", __name__)

LONGEST: Final = 2_000  # of a pasted address; a request line holds 4,094
STEPS: Final = {
    DecidedBy.FLOOR: "What nobody may open",
    DecidedBy.LIFELINE: "Lifeline",
    DecidedBy.BAN: "Device ban",
    DecidedBy.OVERRIDE: "Override",
    DecidedBy.EXEMPTION: "Exemption",
    DecidedBy.PASS: "Pass",
    DecidedBy.OFFICIAL_CHANNEL: "Official channel",
    DecidedBy.RULE: "Rule",
    DecidedBy.CIRCUMVENTION: "Ways round the filter",
    DecidedBy.LIST: "List",
    DecidedBy.DEFAULT: "Nothing",
}
_PLACES: Final = {
    DecidedBy.OVERRIDE: ("overrides.overrides", Permission.OPEN),
    DecidedBy.EXEMPTION: ("exemptions.exemptions", Permission.OPEN),
    DecidedBy.PASS: ("passlist.the_list", Permission.OPEN),
    DecidedBy.OFFICIAL_CHANNEL: ("channels.register", Permission.OPEN),
    DecidedBy.BAN: ("bans.bans_list", Permission.BAN),
}


@dataclass(frozen=True, slots=True)
class Question:
    """As it was asked; what is left empty is now, or the default group."""

    name: str = ""
    device: str = ""
    group: str = ""
    on: str = ""
    time: str = ""
    period: str = ""

    @classmethod
    def asked(cls) -> Question:
        args = request.args
        keys = ("device", "group", "on", "time", "period")
        rest = {key: args.get(key, "").strip()[:100] for key in keys}
        return cls(args.get("name", "").strip()[:LONGEST], **rest)


@dataclass(frozen=True, slots=True)
class Step:
    """One that has a say, in words."""

    title: str
    does: str  # "refused"
    says: str
    when: str
    place: str  # where it can be looked at
    is_deciding: bool
    is_next: bool
    speaks: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The whole answer."""

    sentence: str
    verdict: Verdict
    steps: tuple[Step, ...]
    whos: tuple[str, ...]
    day: tuple[Stretch, ...]
    explanation: Explanation
    is_past: bool
    is_other_policy: bool


@pages.get("/why")
@allow(Permission.EXPLAIN)
def why() -> str | tuple[str, int]:
    """One question, one answer."""
    question = Question.asked()
    if not question.name:
        return _show(question)
    try:
        return _show(question, _tell(question))
    except ApplianceError as fault:
        return _show(question, wrong=str(fault)), 400


def _show(question: Question, told: Told | None = None, wrong: str = "") -> str:
    policy, now = room.policy(), room.now()
    local = policy.clock.local(now)
    periods = [period.name for table in policy.school.timetables for period in table.periods]
    return render_template(
        "staff/why.html",
        question=question,
        told=told,
        wrong=wrong,
        today=f"{local:%Y-%m-%d}",
        time_now=f"{local:%H:%M}",
        periods=list(dict.fromkeys(periods)),
        groups=[group.name for group in policy.school.groups],
        default_group=policy.school.default_group.name,
    )


def _tell(question: Question) -> Told:
    now = room.now()
    live = room.context().live
    at = _moment(question, live.policy(), now)
    policy = live.at(at, now)
    who = _who(question, policy)
    name = _name(question.name, policy)
    if who.device:
        note("explained", f"device {who.device}", after={"name": shorten(name), "at": at})
    explainer = Explainer(policy, who, at, live.lists_of)
    explanation = explainer.explain(name or ".")
    facts = policy.facts(name, live.lists_of(name))
    others = [Who(group.name) for group in policy.school.groups]
    whos = [who, *others] if who not in others else others
    return Told(
        sentence=sentence(explanation, policy),
        verdict=explanation.answer.verdict,
        steps=_steps(voices(policy, who, facts, at), policy, at),
        whos=tuple(one.device or one.group for one in whos),
        day=throughout(policy, whos, facts, policy.clock.date(at)),
        explanation=explanation,
        is_past=at < now,
        is_other_policy=policy.school != live.policy().school,
    )


def _moment(question: Question, policy: Policy, now: Instant) -> Instant:
    """Now, where nothing else is said; RequestError or DecisionError where it can't be found."""
    if not (question.on or question.time or question.period):
        return now
    try:
        today = policy.clock.date(now)
        date = datetime.date.fromisoformat(question.on) if question.on else today
        clock = datetime.time.fromisoformat(question.time) if question.time else None
    except ValueError as fault:
        raise RequestError(
            "That is no date or time: write 2026-11-24, and 10:15 beside it"
        ) from fault
    if date.year not in YEARS:
        raise RequestError(f"The year {date.year} is not one of ours")
    if question.period:
        return lessons.find(policy, date, question.period).start
    local = policy.clock.local(now).time().replace(microsecond=0)
    return policy.clock.instant(
        datetime.datetime.combine(date, (clock or local).replace(tzinfo=None))
    )


def _who(question: Question, policy: Policy) -> Who:
    school = policy.school
    if question.device:
        known = devices_of(school)
        if question.device in known:
            return known[question.device]
        try:
            return Addresses.of(school).place(ipaddress.ip_address(question.device))
        except ValueError as fault:
            raise RequestError(
                f"No device is called “{shorten(question.device, 40)}”: choose another, or type "
                "an address such as 10.20.3.7"
            ) from fault
    group = question.group or school.default_group.name
    if school.group(group) is None:
        raise RequestError(f"There was no group “{shorten(group, 40)}” then")
    return Who(group)


def _name(text: str, policy: Policy) -> str:
    """The name in a pasted address, the main one of a service, or what was typed."""
    service = typeahead.named(policy, text)
    if service and service.domains:
        return _main_name(service)
    if "/" in text or " " in text:
        text = opening.host_in(text) or text
    if " " in text.strip():
        raise NotAName(f"“{shorten(text, 40)}” is no name of a site: type one such as bbc.co.uk")
    return normalise(text)


def _main_name(service: Service) -> str:
    """tiktok.com of TikTok: the one that is called like it, else a short one."""

    def rank(domain: str) -> tuple[bool, bool, int, str]:
        label, _, end = domain.partition(".")
        return label != service.name, end != "com", len(domain), domain

    return min(service.domains, key=rank)


def _steps(found: Sequence[Voice], policy: Policy, at: Instant) -> tuple[Step, ...]:
    speaking = [voice for voice in found if voice.speaks]
    following = speaking[1] if len(speaking) > 1 else None
    return tuple(
        Step(
            title=_title(voice.verdict),
            does=_does(voice.verdict),
            says=because(voice.verdict, policy),
            when=_when(voice.when, policy, at),
            place=_place(voice.verdict),
            is_deciding=voice.decides,
            is_next=voice is following,
            speaks=voice.speaks,
        )
        for voice in found
    )


def _title(verdict: Verdict) -> str:
    """ "Rule all-social-media" """
    return " ".join(filter(None, [STEPS[verdict.decided_by], verdict.rule]))


def _does(verdict: Verdict) -> str:
    if verdict.allowed:
        return "safe mode" if verdict.action == "restrict" else "allowed"
    return "refused"


def _when(when: When, policy: Policy, at: Instant) -> str:
    """ "at break and at lunch, until 12:15" """
    said = []
    if when.kinds is not None:
        kinds = [WHEN.get(kind, kind) for kind in WHEN if kind in when.kinds]
        said.append(listed([*kinds, *(["in the school day"] if when.school_day else [])]))
    if when.start is not None and when.start > at:
        said.append(f"from {moment(when.start, at, policy)}")
    if when.end is not None:
        said.append(f"until {moment(when.end, at, policy)}")
    return ", ".join(said) or "always"


def _place(verdict: Verdict) -> str:
    endpoint, needed = _PLACES.get(verdict.decided_by, ("", Permission.EXPLAIN))
    if endpoint and may(needed):
        return url_for(endpoint)
    return ""


@pages.app_template_filter("does")
def does(verdict: Verdict) -> str:
    """ "refused", "allowed", "safe mode" """
    return _does(verdict)


@pages.app_template_filter("period_name")
def period_name(period: str) -> str:
    """A period as people say it."""
    return "outside school hours" if period == CLOSED else period
