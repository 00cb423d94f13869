"""Schools that hypothesis invents: any policy that a document can hold, over the cast's catalogue.

Times lie on a few days around the two clock changes of 2026, so that bells, grants and changes of
the clock meet often. What draws is made once: hypothesis checks each anew that it is handed.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
from typing import Any

from hypothesis import strategies as st

from appliance.policy.model import (
    EVERYONE,
    KINDS,
    WEEKDAYS,
    Action,
    Ban,
    Calendar,
    Circumvention,
    DateRange,
    Definition,
    Device,
    DeviceSet,
    Grant,
    GrantKind,
    Group,
    OfficialChannel,
    Period,
    Rule,
    School,
    SchoolList,
    Scope,
    ScopeKind,
    SpecialDay,
    Target,
    TargetKind,
    Timetable,
    WeekStart,
    Wording,
)
from tests.school import CATALOGUE

GROUPS = ("pupils", "staff", "guests")
DEVICES = ("tablet", "laptop", "phone")
SETS = ("trolley", "room-4")
LISTS = ("never", "local", "adult", "bypass")
PERIOD_KINDS = tuple(kind for kind in KINDS if kind != "closed") + ("assembly",)
DOMAINS = (
    "tiktok.com",
    "www.tiktok.com",
    "youtube.com",
    "music.youtube.com",
    "youtubei.googleapis.com",
    "accounts.google.com",
    "x.com",
    "nordvpn.com",
    "www.google.com",
    "report.tiktok.com",
    "childline.org.uk",
    "xn--mnchen-3ya.de",
    "bad.example",
    "uk",
)
NAMES = (
    *DOMAINS,
    "netflix.com",
    "a.b.c.bad.example",
    "img.youtube.com",
    "www.youtube.com",
    "youtu.be",
    "x.youtubei.googleapis.com",
    "other.googleapis.com",
    "dns.example",
    "bellgate.sch.uk",
    "localhost",
    "",
    "x" * 63 + ".com",
)
DAYS = tuple(
    datetime.date(2026, month, day)
    for month, first, last in ((3, 27, 31), (10, 23, 27))
    for day in range(first, last + 1)
)

text = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
).filter(lambda value: value.isprintable() and value.strip() != "")
words = text | st.just("")
client_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{7,59}", fullmatch=True)
MOSTLY = st.sampled_from([True, True, True, False])  # else most invented schools are never open
days = st.sampled_from(DAYS)
minutes = st.one_of(
    st.sampled_from([0, 60, 61, 89, 90, 119, 120, 525, 540, 630, 1439]), st.integers(0, 1439)
)
local_times = st.builds(
    lambda day, minute: datetime.datetime.combine(day, datetime.time(minute // 60, minute % 60)),
    days,
    minutes,
)
moments = local_times | st.builds(
    lambda when, hours: when.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=hours))),
    local_times,
    st.integers(-12, 14),
)


@functools.cache
def _some(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, min_size=least).map(tuple)


@functools.cache
def _targets() -> st.SearchStrategy[Target]:
    return st.one_of(
        st.sampled_from([Target(TargetKind.SOCIAL_MEDIA), Target(TargetKind.EVERYTHING)]),
        st.sampled_from(DOMAINS).map(lambda name: Target(TargetKind.DOMAIN, name)),
        st.sampled_from(sorted(CATALOGUE.services)).map(lambda n: Target(TargetKind.SERVICE, n)),
        st.sampled_from(sorted(CATALOGUE.categories)).map(lambda n: Target(TargetKind.CATEGORY, n)),
        st.sampled_from(LISTS).map(lambda name: Target(TargetKind.LIST, name)),
    )


@functools.cache
def _scopes() -> st.SearchStrategy[Scope]:
    return st.one_of(
        st.just(EVERYONE),
        st.sampled_from(GROUPS).map(lambda name: Scope(ScopeKind.GROUP, name)),
        st.sampled_from(SETS).map(lambda name: Scope(ScopeKind.SET, name)),
        st.sampled_from(DEVICES).map(lambda name: Scope(ScopeKind.DEVICE, name)),
    )


@functools.cache
@st.composite
def periods(draw: st.DrawFn, overnight: bool) -> tuple[Period, ...]:
    """Periods that do not overlap; the last may run on into the night."""
    edges = draw(st.lists(minutes, min_size=4, max_size=12, unique=True).map(sorted))
    found = [
        Period(draw(text), draw(st.sampled_from(PERIOD_KINDS)), start, end)
        for start, end in zip(edges, edges[1:], strict=False)
        if draw(MOSTLY)
    ]
    if overnight and edges[0] > 0:
        end = draw(st.integers(1440, 1440 + edges[0]))
        found.append(Period("Night", "after", edges[-1], end))
    return tuple(found) or (Period("Day", "lesson", 540, 630),)


@functools.cache
@st.composite
def timetables(draw: st.DrawFn) -> tuple[tuple[Timetable, ...], Calendar]:
    """Weekday plans (one of them perhaps of week A and B), and one that special days follow."""
    alternates = draw(st.booleans())
    weekday = WEEKDAYS[: draw(st.sampled_from([7, 7, 5, 1]))]
    plans = [Timetable("a", draw(periods(False)), weekday, "A" if alternates else "")]
    if alternates:
        plans.append(Timetable("b", draw(periods(False)), weekday, "B"))
    plans.append(Timetable("special", draw(periods(True)), ()))
    ranges = st.builds(
        lambda name, one, other: DateRange(name, min(one, other), max(one, other)),
        text,
        days,
        days,
    )
    special = draw(st.lists(days, unique=True, max_size=3))
    calendar = Calendar(
        terms=() if draw(MOSTLY) else tuple(draw(st.lists(ranges, max_size=2))),
        closed=() if draw(MOSTLY) else (draw(ranges),),
        special=tuple(SpecialDay(day, "special") for day in special),
        weeks=(WeekStart(datetime.date(2026, 3, 2), "A"),) if alternates else (),
    )
    return tuple(plans), calendar


@functools.cache
def _rules() -> st.SearchStrategy[list[Rule]]:
    kinds = st.sampled_from([*KINDS, "school-day"])
    when = st.just(("always",)) | st.lists(kinds, min_size=1, unique=True).map(tuple)
    rule = st.builds(
        Rule,
        id=st.just(""),
        groups=st.just(("*",)) | _some(GROUPS, 1),
        targets=st.lists(_targets(), min_size=1, max_size=3, unique=True).map(tuple),
        when=when,
        action=st.sampled_from([Action.ALLOW, Action.BLOCK]),
        clause=words,
        says=words,
    )
    return st.lists(rule, max_size=6)


@functools.cache
@st.composite
def _spans(draw: st.DrawFn) -> tuple[datetime.datetime, datetime.datetime]:
    """Two moments of which the second is later, whatever their offsets."""
    start = draw(moments)
    length = datetime.timedelta(hours=draw(st.integers(27, 99)), minutes=draw(st.integers(0, 59)))
    return start, start + length


@st.composite
def _grants(draw: st.DrawFn, kind: GrantKind, pass_list: tuple[Target, ...]) -> Grant:
    start, end = draw(_spans())
    targets = st.sampled_from(pass_list) if kind is GrantKind.PASS else _targets()
    may_close = kind is GrantKind.OVERRIDE
    return Grant(
        kind=kind,
        id="",
        action=draw(st.sampled_from([Action.ALLOW, Action.BLOCK] if may_close else [Action.ALLOW])),
        targets=tuple(draw(st.lists(targets, min_size=1, max_size=2, unique=True))),
        scopes=tuple(draw(st.lists(_scopes(), min_size=1, max_size=2, unique=True))),
        start=start,
        end=end,
        reason=draw(text),
        approved_by=draw(_some(("head", "dsl", "governor"), 1)),
        made=draw(st.none() | moments),
        risk_assessment=draw(words),
        clause=draw(words),
    )


def _numbered(items: list[Any], prefix: str) -> tuple[Any, ...]:
    """The items with an id each that no other has."""
    for number, item in enumerate(items, start=1):
        object.__setattr__(item, "id", f"{prefix}-{number}")
    return tuple(items)


@st.composite
def schools(draw: st.DrawFn) -> School:
    """Any school that a document can describe."""
    plans, calendar = draw(timetables())
    pass_list = tuple(draw(st.lists(_targets(), max_size=2, unique=True)))
    grants: list[Grant] = []
    for kind in GrantKind:
        if kind is not GrantKind.PASS or pass_list:
            grants += draw(st.lists(_grants(kind, pass_list), max_size=3))
    bans = [
        Ban("", draw(st.sampled_from(DEVICES)), *draw(_spans()), draw(text), ("head",), draw(words))
        for _ in range(draw(st.integers(0, 1)))
    ]
    channels = st.builds(
        OfficialChannel,
        platform=_targets(),
        account=text,
        master_role=text,
        approved=text,
        groups=_some(GROUPS, 1),
        devices=_some(DEVICES),
        opened=st.none() | st.just(DAYS[1]),
        closed=st.none() | st.sampled_from(DAYS[2:]),
        clause=words,
    )
    plus, minus = draw(_definition_parts())
    return School(
        name=draw(text),
        domains=("bellgate.sch.uk",),
        contact=draw(words),
        definition=Definition(
            clause=draw(words),
            categories=draw(_some(("media-sharing", "social-networks", "adult", "vpn"))),
            plus=plus,
            minus=minus,
        ),
        groups=tuple(_group(draw, name) for name in GROUPS),
        devices=tuple(
            Device(
                name,
                draw(st.sampled_from(GROUPS)),
                (ipaddress.ip_address(f"10.9.0.{n}"),),
                macs=(f"02:00:5e:10:00:0{n}",) if draw(MOSTLY) else (),
                client_ids=tuple(
                    f"{word}-{n}" for word in draw(st.lists(client_ids, unique=True, max_size=2))
                ),
            )
            for n, name in enumerate(DEVICES, start=1)
        ),
        device_sets=tuple(DeviceSet(name, draw(_some(DEVICES, 1))) for name in SETS),
        timetables=plans,
        calendar=calendar,
        lists=(
            SchoolList("never", names=("bad.example",), is_floor=True, says=draw(words)),
            SchoolList("local", names=("x.com", "img.youtube.com"), category="adult"),
        ),
        circumvention=Wording(draw(words), draw(words)),
        rules=_numbered(draw(_rules()), "rule"),
        official_channels=tuple(draw(st.lists(channels, max_size=2))),
        pass_list=pass_list,
        bans=_numbered(bans, "ban"),
        grants=tuple(
            grant
            for kind in GrantKind
            for grant in _numbered([g for g in grants if g.kind is kind], str(kind))
        ),
    )


@functools.cache
def _definition_parts() -> st.SearchStrategy[tuple[tuple[Target, ...], tuple[Target, ...]]]:
    """`plus` and `except`, with nothing in both."""
    kinds = (TargetKind.DOMAIN, TargetKind.SERVICE)
    some = st.lists(_targets().filter(lambda t: t.kind in kinds), max_size=4, unique=True)
    return some.map(lambda targets: (tuple(targets[::2]), tuple(targets[1::2])))


def _group(draw: st.DrawFn, name: str) -> Group:
    return Group(
        name=name,
        networks=(ipaddress.ip_network(f"10.{GROUPS.index(name)}.0.0/16"),),
        is_default=name == "guests",
        adults=draw(st.booleans()),
        safe_search=draw(st.booleans()),
        circumvention=draw(st.sampled_from(list(Circumvention))),
        lists=draw(_some(LISTS)),
    )
