"""A policy on one page, in plain words, for reading aloud to governors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliance.policy.decide import Policy
from appliance.policy.model import (
    ALWAYS,
    EVERY_GROUP,
    SCHOOL_DAY,
    Circumvention,
    DateRange,
    Group,
    OfficialChannel,
    Rule,
    Timetable,
)
from appliance.policy.schedule import clock_time
from appliance.policy.words import DOES, WHEN, describe, listed


def summary(policy: Policy) -> str:
    """The whole page."""
    school = policy.school
    parts = [
        f"{school.name}\n{'=' * len(school.name)}\n",
        _section("What counts as social media", _definition(policy)),
        _section("Groups", (_group(group) for group in school.groups)),
        _section(
            "Rules, the first that fits decides",
            (f"{n}. {_rule(rule, policy)}" for n, rule in enumerate(school.rules, start=1)),
        ),
        _section("Official channels", (_channel(c, policy) for c in school.official_channels)),
        _section("Teachers' passes", [_passes(policy)] if school.pass_list else []),
        _section("Bells", (line for one in school.timetables for line in _timetable(one))),
        _section("Terms", map(_dates, school.calendar.terms)),
        _section("Closed", map(_dates, school.calendar.closed)),
        _section("Special days", (f"{s.date}: “{s.timetable}”" for s in school.calendar.special)),
        _section("Lists", (f"{one.title or one.name}" for one in school.lists)),
        _section(
            "For some, for a time",
            (f"{g.kind} {g.id} until {g.end}: {g.reason}" for g in school.grants),
        ),
        _section("Banned devices", (f"{b.device} until {b.end}: {b.reason}" for b in school.bans)),
    ]
    return "\n".join(part for part in parts if part)


def _section(title: str, lines: Iterable[str]) -> str:
    body = "".join(f"  {line}\n" for line in lines)
    return f"{title}\n{body}" if body else ""


def _definition(policy: Policy) -> Iterator[str]:
    definition = policy.school.definition
    titles = [policy.catalogue.categories[name].title for name in definition.categories]
    clause = f" (clause {definition.clause})" if definition.clause else ""
    yield f"{listed(titles).capitalize()}{clause}."
    if definition.plus:
        yield f"Also {listed([describe(t, policy) for t in definition.plus])}."
    if definition.minus:
        yield f"But not {listed([describe(t, policy) for t in definition.minus])}."


def _group(group: Group) -> str:
    facts = [
        *map(str, group.networks),
        *(["every device that nobody has placed"] if group.is_default else []),
        *(["safe search"] if group.safe_search else []),
        *(["may use ways round the filter"] if group.circumvention is Circumvention.ALLOW else []),
        *([f"lists: {', '.join(group.lists)}"] if group.lists else []),
    ]
    return f"{group.name}: {'; '.join(facts)}" if facts else group.name


def _rule(rule: Rule, policy: Policy) -> str:
    whom = "everyone" if EVERY_GROUP in rule.groups else listed(rule.groups)
    what = listed([describe(target, policy) for target in rule.targets])
    said = f" ‘{rule.says.rstrip('.')}’" if rule.says else ""
    number = f" — {rule.clause}:{said}" if rule.clause else f" —{said}" if said else ""
    return f"{DOES[rule.action].capitalize()} {what} for {whom} {_when(rule)}{number}"


def _when(rule: Rule) -> str:
    words = {ALWAYS: "at all times", SCHOOL_DAY: "in the school day", **WHEN}
    return listed([words.get(word, f"in {word}") for word in rule.when])


def _channel(channel: OfficialChannel, policy: Policy) -> str:
    whom = (
        "everyone" if EVERY_GROUP in channel.groups else listed([*channel.groups, *channel.devices])
    )
    closed = f", closed {channel.closed}" if channel.closed else ""
    return f"{describe(channel.platform, policy)} ({channel.account}) for {whom}{closed}"


def _passes(policy: Policy) -> str:
    return f"For one lesson: {listed([describe(t, policy) for t in policy.school.pass_list])}."


def _timetable(timetable: Timetable) -> Iterator[str]:
    days = ", ".join(timetable.days) or "on special days"
    week = f", week {timetable.week}" if timetable.week else ""
    yield f"“{timetable.name}”: {days}{week}"
    for period in timetable.periods:
        span = f"{clock_time(period.start_minute)}–{clock_time(period.end_minute)}"
        yield f"  {span}  {period.name} ({period.kind})"


def _dates(dates: DateRange) -> str:
    return f"{dates.name}: {dates.first} to {dates.last}"
