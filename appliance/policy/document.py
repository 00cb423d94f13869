"""A policy document (TOML) → School.

Read whole or refused whole: PolicyError carries every mistake with its line, its key and what would
do. Start with `read`; the checks across tables (does every rule name a group that exists?) are in
coherence.py.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from appliance.domains import normalise_site
from appliance.endpoint import read_network
from appliance.errors import PolicyError
from appliance.policy import coherence
from appliance.policy.clock import MINUTES_OF_DAY
from appliance.policy.marks import read_client_id, read_mac
from appliance.policy.model import (
    ALWAYS,
    CLOSED,
    FORMAT,
    SCHOOL_DAY,
    WEEKDAYS,
    Action,
    Ban,
    Calendar,
    Circumvention,
    DateRange,
    Definition,
    Device,
    DeviceSet,
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
    Scope,
    SpecialDay,
    Target,
    Timetable,
    WeekStart,
    Wording,
)
from appliance.policy.services import Catalogue
from appliance.tables import IDENTIFIER, IDENTIFIER_HELP, Document, Table

_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_CLIENT_IDS = "ids that are hard to guess, such as k7f3q9wz2m"
_TARGETS = "targets such as social-media, service:tiktok, category:gambling or domain:example.com"
_SCOPES = "everyone, group:pupils, set:trolley-3 or device:ipad-07"
_DATE = "a date such as 2026-11-24"
_MOMENT = "a date and time such as 2026-11-24T10:30:00"
_CLAUSE = "the clause of the school's policy, in quotes"


def read_file(path: Path, catalogue: Catalogue) -> School:
    """The school of a document on disk."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise PolicyError(str(path), coherence.unreadable(fault)) from fault
    return read(data, catalogue, path.name)


def read(
    data: bytes,
    catalogue: Catalogue,
    source: str = "policy",
    *,
    devices: tuple[Device, ...] = (),
) -> School:
    """The school a document describes, or PolicyError with all that is wrong. `devices` were read
    before, and `data` leaves them out."""
    document = Document(data, source, PolicyError)
    root = document.root
    if root.content.get("format", FORMAT) != FORMAT:
        document.refuse(
            document.lines[("format",)], f"this format is not one we read: format = {FORMAT}"
        )
    root.whole("format", f"begin with format = {FORMAT}", range(FORMAT, FORMAT + 1), required=True)
    school = _school(root)
    school = dataclasses.replace(school, devices=(*devices, *school.devices))
    coherence.check(school, catalogue, root)
    document.finish()
    return school


def _school(root: Table) -> School:
    table = root.table("school", "what school this is", required=True)
    return School(
        name=table.text("name", "the school's name", required="school" in root, longest=120),
        timezone=_timezone(table),
        domains=table.read_each(
            "domains", normalise_site, "the school's own names, such as example.sch.uk"
        ),
        appliance=_one_name(table, "appliance"),
        contact=table.text("contact", "whom to ask"),
        review_due=table.date("review_due", _DATE),
        definition=_definition(root),
        groups=tuple(
            _group(name, one) for name, one in root.named_tables("groups", "a group [groups.NAME]")
        ),
        devices=tuple(
            _device(name, one)
            for name, one in root.named_tables("devices", "a device [devices.NAME]")
        ),
        device_sets=tuple(
            DeviceSet(name, one.words("devices", "the names of devices", required=True))
            for name, one in root.named_tables("device_sets", "a device set [device_sets.NAME]")
        ),
        timetables=tuple(
            _timetable(one) for one in root.tables("timetable", "a timetable [[timetable]]")
        ),
        calendar=_calendar(root.table("calendar")),
        lists=tuple(
            _list(name, one) for name, one in root.named_tables("lists", "a list [lists.NAME]")
        ),
        circumvention=_wording(root.table("circumvention")),
        rules=tuple(_rule(one) for one in root.tables("rule", "a rule [[rule]]")),
        official_channels=tuple(
            _channel(one)
            for one in root.tables("official_channel", "a channel [[official_channel]]")
        ),
        pass_list=root.table("passes").read_each("allowed", Target.parse, _TARGETS),
        exemption_terms=_exemption_terms(root.table("exemptions")),
        bans=tuple(_ban(one) for one in root.tables("ban", "a ban [[ban]]")),
        grants=tuple(
            _grant(kind, one) for kind in GrantKind for one in root.tables(str(kind), f"[[{kind}]]")
        ),
    )


def _timezone(table: Table) -> str:
    name = table.text("timezone", "an IANA time zone such as Europe/London") or "Europe/London"

    def known(name: str) -> str:
        if name not in _timezones() or name == "localtime":
            raise ValueError(
                f'no time zone "{name[:60]}": an IANA name such as Europe/London will do'
            )
        return name

    return table.attempt("timezone", known, name) or "Europe/London"


@lru_cache(maxsize=1)  # looking through all of the system's zone files took two thirds of a read
def _timezones() -> set[str]:
    return zoneinfo.available_timezones()


def _one_name(table: Table, key: str) -> str:
    text = table.text(key, "a domain name such as filter.example.sch.uk")
    return (table.attempt(key, normalise_site, text) or "") if text else ""


def _identifier(table: Table, key: str) -> str:
    name = table.text(key, IDENTIFIER_HELP, required=True)
    if name and not IDENTIFIER.match(name):
        table.wrong(key, f"not a name we can use: {IDENTIFIER_HELP}")
    return name


def _definition(root: Table) -> Definition:
    table = root.table("definition")
    usual = Definition()
    categories = table.words("categories", "categories such as social-networks")
    return Definition(
        clause=table.text("clause", _CLAUSE),
        categories=categories if "categories" in table else usual.categories,
        plus=table.read_each("plus", _service_or_domain, "services or domain names"),
        minus=table.read_each("except", _service_or_domain, "services or domain names"),
    )


def _service_or_domain(text: str) -> Target:
    """`youtube` is a service, `example.com` a domain; both may also be written as targets."""
    if text.startswith(("service:", "domain:")):
        return Target.parse(text)
    return Target.parse(f"domain:{text}" if "." in text else f"service:{text}")


def _group(name: str, table: Table) -> Group:
    return Group(
        name=name,
        networks=table.read_each("networks", read_network, "networks such as 10.20.0.0/16"),
        is_default=table.flag("default", "true for the group of devices that nobody has placed"),
        adults=table.flag("adults", "true for a group of adults"),
        safe_search=table.flag("safesearch", "true or false"),
        safe_mode=SafeMode(table.one_of("safe_mode", list(SafeMode), default=SafeMode.STRICT)),
        circumvention=Circumvention(
            table.one_of("circumvention", list(Circumvention), default=Circumvention.BLOCK)
        ),
        lists=table.words("lists", "names of lists"),
        refused=RefusedAnswer(
            table.one_of("refused", list(RefusedAnswer), default=RefusedAnswer.BLOCK_PAGE)
        ),
    )


def _device(name: str, table: Table) -> Device:
    return Device(
        name=name,
        group=table.text("group", "the group it belongs to", required=True),
        addresses=table.read_each("addresses", ipaddress.ip_address, "addresses such as 10.20.3.7"),
        macs=table.read_each("macs", read_mac, "hardware addresses such as 02:00:5e:10:00:01"),
        client_ids=table.read_each("client_ids", read_client_id, _CLIENT_IDS),
    )


def _timetable(table: Table) -> Timetable:
    return Timetable(
        name=table.text("name", "the timetable's name", required=True, longest=60),
        periods=tuple(
            _period(one) for one in table.tables("periods", "a period {name, kind, from, to}")
        ),
        days=table.read_each("days", _one_of(WEEKDAYS), "days such as mon, tue"),
        week=table.one_of("week", ("A", "B")) if "week" in table else "",
    )


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read_one(text: str) -> str:
        if text not in known:
            raise ValueError(f'"{text[:60]}" will not do: one of {", ".join(known)}')
        return text

    return read_one


def _period(table: Table) -> Period:
    kind = _identifier(table, "kind")
    if kind in (ALWAYS, SCHOOL_DAY, CLOSED):
        table.wrong("kind", f"{kind} is what time outside all periods is called: choose another")
    start, end = _minute(table, "from"), _minute(table, "to")
    if start is not None and start == end:
        table.wrong("to", "the period ends when it begins: it would last no time at all")
    if start is None or end is None:
        start, end = 0, 1
    return Period(
        name=table.text("name", "the period's name", required=True, longest=60),
        kind=kind,
        start_minute=start,
        end_minute=end if end > start else end + MINUTES_OF_DAY,
    )


def _minute(table: Table, key: str) -> int | None:
    text = table.text(key, 'a time such as "09:00"', required=True)
    if not text:
        return None
    found = _CLOCK_TIME.match(text)
    if text == "24:00" and key == "to":
        return MINUTES_OF_DAY
    if not found:
        table.wrong(key, f'"{text[:20]}" is not a time of day: write it as "09:00"')
        return None
    return int(found[1]) * 60 + int(found[2])


def _calendar(table: Table) -> Calendar:
    return Calendar(
        terms=tuple(
            filter(None, (_dates(one) for one in table.tables("terms", "{name, first, last}")))
        ),
        closed=tuple(
            filter(None, (_dates(one) for one in table.tables("closed", "{name, first, last}")))
        ),
        special=tuple(
            filter(None, (_special(one) for one in table.tables("special", "{date, timetable}")))
        ),
        weeks=tuple(
            filter(None, (_week_start(one) for one in table.tables("weeks", "{from, week}")))
        ),
    )


def _dates(table: Table) -> DateRange | None:
    name = table.text("name", "what it is called", required=True, longest=60)
    first = table.date("first", _DATE, required=True)
    last = table.date("last", _DATE, required=True)
    if first is None or last is None:
        return None
    if last < first:
        table.wrong("last", f"{last} is before the first day, {first}")
        return None
    return DateRange(name, first, last)


def _special(table: Table) -> SpecialDay | None:
    date = table.date("date", _DATE, required=True)
    timetable = table.text("timetable", "the name of a timetable", required=True)
    return SpecialDay(date, timetable) if date else None


def _week_start(table: Table) -> WeekStart | None:
    monday = table.date("from", "the date of a Monday", required=True)
    week = table.one_of("week", ("A", "B"))
    if monday and monday.weekday() != 0:
        table.wrong("from", f"{monday} is a {monday:%A}: weeks begin on a Monday")
    return WeekStart(monday, week) if monday else None


def _list(name: str, table: Table) -> SchoolList:
    words = _wording(table)
    return SchoolList(
        name=name,
        title=table.text("title", "what people call it", longest=120),
        source=table.text("source", "a public list of the catalogue"),
        file=table.text("file", "where the list lies on this box"),
        names=table.read_each("names", normalise_site, "domain names, each with all below it"),
        category=table.text("category", "a category of the catalogue"),
        is_floor=table.flag("floor", "true where nobody may open what stands on it"),
        clause=words.clause,
        says=words.says,
    )


def _wording(table: Table) -> Wording:
    return Wording(table.text("clause", _CLAUSE), table.text("says", "the school's own words"))


def _rule(table: Table) -> Rule:
    words = _wording(table)
    return Rule(
        id=_identifier(table, "id"),
        groups=table.words("groups", 'names of groups, or ["*"] for all', required=True),
        targets=table.read_each("target", Target.parse, _TARGETS, required=True),
        when=_when(table),
        action=Action(table.one_of("action", list(Action))),
        clause=words.clause,
        says=words.says,
    )


def _when(table: Table) -> tuple[str, ...]:
    """`when = "always"`, `when = "school-day"` or a list of kinds of period."""
    needs = '"always", "school-day" or kinds such as ["break", "lunch"]'
    if isinstance(table.content.get("when"), str):
        return (table.text("when", needs, required=True),)
    return table.words("when", needs, required=True)


def _channel(table: Table) -> OfficialChannel:
    platform = table.text("platform", _TARGETS, required=True)
    opened, closed = table.date("opened", _DATE), table.date("closed", _DATE)
    if opened and closed and closed < opened:
        table.wrong("closed", f"{closed} is before it opened, {opened}")
    return OfficialChannel(
        platform=table.attempt("platform", Target.parse, platform) or Target.parse("everything"),
        account=table.text("account", "the account's name", required=True),
        master_role=table.text(
            "master_role", "the role that is its master administrator", required=True
        ),
        approved=table.text("approved", "who may use it", required=True),
        groups=table.words("groups", 'names of groups, or ["*"] for all'),
        devices=table.words("devices", "names of devices"),
        opened=opened,
        closed=closed,
        clause=table.text("clause", _CLAUSE),
    )


def _exemption_terms(table: Table) -> ExemptionTerms:
    return ExemptionTerms(
        approvals=table.whole(
            "approvals", "how many people approve, 1 to 5", range(1, 6), default=1
        ),
        risk_assessment=table.flag("risk_assessment", "true where it must be written down"),
    )


def _ban(table: Table) -> Ban:
    start = table.moment("from", _MOMENT, required=True)
    end = table.moment("until", _MOMENT, required=True)
    return Ban(
        id=_identifier(table, "id"),
        device=table.text("device", "the name of a device", required=True),
        start=start or coherence.NEVER,
        end=end or coherence.NEVER,
        reason=table.text("reason", "why", required=True),
        approved_by=table.words("approved_by", "roles or people", required=True),
        clause=table.text("clause", _CLAUSE),
    )


def _grant(kind: GrantKind, table: Table) -> Grant:
    """[[override]], [[exemption]] or [[pass]]: the same keys; only an override may close."""
    start = table.moment("from", _MOMENT, required=True)
    end = table.moment("until", _MOMENT, required=True)
    choices = list(Action) if kind is GrantKind.OVERRIDE else [Action.ALLOW, Action.RESTRICT]
    return Grant(
        kind=kind,
        id=_identifier(table, "id"),
        action=Action(
            table.one_of(
                "action", choices, default="" if kind is GrantKind.OVERRIDE else Action.ALLOW
            )
        ),
        targets=table.read_each("target", Target.parse, _TARGETS, required=True),
        scopes=table.read_each("for", Scope.parse, _SCOPES, required=True),
        start=start or coherence.NEVER,
        end=end or coherence.NEVER,
        reason=table.text("reason", "why", required=True),
        approved_by=table.words("approved_by", "roles or people", required=True),
        made=table.moment("made", _MOMENT),
        risk_assessment=table.text("risk_assessment", "its text", longest=20_000),
        clause=table.text("clause", _CLAUSE),
    )
