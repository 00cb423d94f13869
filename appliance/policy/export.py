"""School → policy document: the same school when it is read again, laid out for people.

Whatever has its usual value is left out, so that a document stays as short as what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import tomli_w

from appliance.policy.model import (
    ALWAYS,
    FORMAT,
    SCHOOL_DAY,
    Ban,
    Calendar,
    Circumvention,
    Definition,
    Device,
    ExemptionTerms,
    Grant,
    GrantKind,
    Group,
    OfficialChannel,
    Period,
    RefusedAnswer,
    Rule,
    SafeMode,
    School,
    SchoolList,
    Target,
    TargetKind,
    Timetable,
    Wording,
)
from appliance.policy.schedule import clock_time

Content = dict[str, Any]

LONGEST_LIST_LINE = 88
_SHORT_LIST = re.compile(r"\[\n((?:    [^{\n].*,\n)+)\]")  # as tomli_w writes a list of words
_LONG_TABLES = re.compile(r"^\[\[", re.MULTILINE)  # … and one of tables too long for a line each


def write(school: School) -> str:
    """The document of this school."""
    return "\n".join(
        [
            f"format = {FORMAT}\n",
            *_table("school", _school(school)),
            *_table("definition", _definition(school.definition)),
            *_named("groups", ((group.name, _group(group)) for group in school.groups)),
            *map(_device_table, school.devices),
            *_named(
                "device_sets", ((s.name, {"devices": list(s.devices)}) for s in school.device_sets)
            ),
            *_array("timetable", map(_timetable, school.timetables)),
            *_table("calendar", _calendar(school.calendar)),
            *_named("lists", ((one.name, _list(one)) for one in school.lists)),
            *_table("circumvention", _wording(school.circumvention)),
            *_array("rule", map(_rule, school.rules)),
            *_array("official_channel", map(_channel, school.official_channels)),
            *_table("passes", _given(allowed=_texts(school.pass_list))),
            *_table("exemptions", _exemption_terms(school.exemption_terms)),
            *_array("ban", map(_ban, school.bans)),
            *(part for kind in GrantKind for part in _grants(kind, school.grants)),
        ]
    )


def _table(name: str, content: Content) -> list[str]:
    return [f"[{name}]\n{_lines(name, content)}"] if content else []


def _named(name: str, tables: Iterable[tuple[str, Content]]) -> list[str]:
    return [f"[{name}.{own}]\n{_lines(f'{name}.{own}', content)}" for own, content in tables]


def _array(name: str, tables: Iterable[Content]) -> list[str]:
    return [f"[[{name}]]\n{_lines(name, content)}" for content in tables]


def _lines(name: str, content: Content) -> str:
    written = _SHORT_LIST.sub(_on_one_line, tomli_w.dumps(content))
    return _LONG_TABLES.sub(f"[[{name}.", written)


def _on_one_line(written: re.Match[str]) -> str:
    """A list of a few words on one line, as people write it."""
    items = [line.strip().removesuffix(",") for line in written[1].splitlines()]
    line = f"[{', '.join(items)}]"
    return line if len(line) <= LONGEST_LIST_LINE else written[0]


def _given(usual: Mapping[str, object] | None = None, **values: Any) -> Content:
    """The values that say something: neither empty nor what they would be anyway."""
    usual = usual or {}
    return {
        key.rstrip("_"): value
        for key, value in values.items()
        if (value != usual[key] if key in usual else value not in ("", None, [], False))
    }


def _texts(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values]


def _school(school: School) -> Content:
    return {"name": school.name} | _given(
        {"timezone": "Europe/London"},
        timezone=school.timezone,
        domains=list(school.domains),
        appliance=school.appliance,
        contact=school.contact,
        review_due=school.review_due,
    )


def _definition(definition: Definition) -> Content:
    usual = {"categories": list(Definition().categories)}
    content = _given(
        usual,
        clause=definition.clause,
        categories=list(definition.categories),
        plus=[_service_or_domain(target) for target in definition.plus],
    )
    minus = [_service_or_domain(target) for target in definition.minus]
    return content | ({"except": minus} if minus else {})


def _service_or_domain(target: Target) -> str:
    """`youtube` and `example.com` need no prefix; a domain of one label does."""
    is_plain = target.kind is TargetKind.SERVICE or "." in target.name
    return target.name if is_plain else str(target)


def _group(group: Group) -> Content:
    return _given(
        {
            "safe_mode": SafeMode.STRICT,
            "circumvention": Circumvention.BLOCK,
            "refused": RefusedAnswer.BLOCK_PAGE,
        },
        networks=_texts(group.networks),
        default=group.is_default,
        adults=group.adults,
        safesearch=group.safe_search,
        safe_mode=str(group.safe_mode),
        circumvention=str(group.circumvention),
        lists=list(group.lists),
        refused=str(group.refused),
    )


@lru_cache(maxsize=4096)  # devices; few of them change from one document to the next
def _device_table(device: Device) -> str:
    return "".join(_table(f"devices.{device.name}", _device(device)))


def _device(device: Device) -> Content:
    return {"group": device.group} | _given(
        addresses=_texts(device.addresses),
        macs=list(device.macs),
        client_ids=list(device.client_ids),
    )


def _timetable(timetable: Timetable) -> Content:
    content = {"name": timetable.name} | _given(days=list(timetable.days), week=timetable.week)
    return content | {"periods": [_period(period) for period in timetable.periods]}


def _period(period: Period) -> Content:
    return {
        "name": period.name,
        "kind": period.kind,
        "from": clock_time(period.start_minute),
        "to": clock_time(period.end_minute),
    }


def _calendar(calendar: Calendar) -> Content:
    def ranges(key: str) -> list[Content]:
        return [{"name": r.name, "first": r.first, "last": r.last} for r in getattr(calendar, key)]

    return _given(
        terms=ranges("terms"),
        closed=ranges("closed"),
        special=[{"date": s.date, "timetable": s.timetable} for s in calendar.special],
        weeks=[{"from": w.monday, "week": w.week} for w in calendar.weeks],
    )


def _list(one: SchoolList) -> Content:
    return _given(
        title=one.title,
        source=one.source,
        file=one.file,
        category=one.category,
        floor=one.is_floor,
        clause=one.clause,
        says=one.says,
        names=list(one.names),
    )


def _wording(words: Wording) -> Content:
    return _given(clause=words.clause, says=words.says)


def _rule(rule: Rule) -> Content:
    alone = len(rule.when) == 1 and rule.when[0] in (ALWAYS, SCHOOL_DAY)
    return {
        "id": rule.id,
        "groups": list(rule.groups),
        "target": _texts(rule.targets),
        "when": rule.when[0] if alone else list(rule.when),
        "action": str(rule.action),
    } | _given(clause=rule.clause, says=rule.says)


def _channel(channel: OfficialChannel) -> Content:
    return {
        "platform": str(channel.platform),
        "account": channel.account,
        "master_role": channel.master_role,
        "approved": channel.approved,
    } | _given(
        groups=list(channel.groups),
        devices=list(channel.devices),
        opened=channel.opened,
        closed=channel.closed,
        clause=channel.clause,
    )


def _exemption_terms(terms: ExemptionTerms) -> Content:
    return _given(
        {"approvals": 1}, approvals=terms.approvals, risk_assessment=terms.risk_assessment
    )


def _ban(ban: Ban) -> Content:
    return {
        "id": ban.id,
        "device": ban.device,
        "from": ban.start,
        "until": ban.end,
        "reason": ban.reason,
        "approved_by": list(ban.approved_by),
    } | _given(clause=ban.clause)


def _grants(kind: GrantKind, grants: Iterable[Grant]) -> list[str]:
    return _array(str(kind), (_grant(grant) for grant in grants if grant.kind is kind))


def _grant(grant: Grant) -> Content:
    return {
        "id": grant.id,
        "action": str(grant.action),
        "target": _texts(grant.targets),
        "for": _texts(grant.scopes),
        "from": grant.start,
        "until": grant.end,
        "reason": grant.reason,
        "approved_by": list(grant.approved_by),
    } | _given(made=grant.made, risk_assessment=grant.risk_assessment, clause=grant.clause)
