"""Policy → tables that a reader can answer from without knowing any rule.

Every opinion of the policy is one bit, in the order of precedence. A name's mask has the bits of
the opinions that cover it; a device's mask has the bits of those that speak to it at this instant.
The lowest bit they share is the opinion that decides. Nothing here knows what a rule means: all is
asked of `decide`'s own opinions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.model import EVERYONE, Group, Scope, ScopeKind
from appliance.policy.nametable import key_of
from appliance.policy.opinion import Opinion, When
from appliance.policy.schedule import Days, Moment
from appliance.policy.tags import ANY, Facts

Tables = dict[str, Any]
FORMAT = 1


def compile_policy(
    policy: Policy, now: Instant, list_sets: Sequence[Sequence[str]]
) -> tuple[Tables, dict[bytes, int]]:
    """The tables of a policy from `now` on, and our own names' entries: key → row of "names".

    `list_sets` are the sets of lists on which listed names stand, as the lists' own table numbers
    them from 1.
    """
    days = policy.days(now)
    rows: dict[Facts, int] = {Facts(frozenset({ANY})): 0}  # row 0: a name of which nothing is said
    entries = {
        key_of(domain, exact=exact): rows.setdefault(facts, len(rows))
        for domain, exact, facts in policy.names.entries()
    }
    bits = list(enumerate(policy.opinions))
    row = _Rows(policy.opinions).row
    scoped = [
        scope
        for scope in dict.fromkeys(scope for _, opinion in bits for scope in opinion.scopes)
        if scope.kind in (ScopeKind.DEVICE, ScopeKind.SET)
    ]
    tables: Tables = {
        "format": FORMAT,
        "first": days.first,
        "last": days.last,
        "timezone": policy.school.timezone,
        "appliance": policy.school.appliance,
        "domains": policy.school.domains,
        "reasons": [asdict(opinion.reason) for opinion in policy.opinions],
        "names": [row(facts) for facts in rows],
        "listed": [row(policy.listed(frozenset(names))) for names in ((), *list_sets)],
        "groups": {group.name: _group(bits, group, days) for group in policy.school.groups},
        "scopes": {
            str(scope): _timeline([b for b in bits if scope in b[1].scopes], days)
            for scope in scoped
        },
        "periods": _periods(days),
        "safe_search": {
            engine.name: {"strict": engine.strict, "moderate": engine.moderate}
            for engine in policy.catalogue.safe_search.values()
        },
    }
    return tables, entries


class _Rows:
    """What one half knows of a name, as masks over the opinions."""

    def __init__(self, opinions: Iterable[Opinion]) -> None:
        self._takes: Counter[str] = Counter()  # tag → the bits of the opinions that take it
        self._spares: Counter[str] = Counter()
        for place, opinion in enumerate(opinions):
            self._takes.update(dict.fromkeys(opinion.taking.takes, 1 << place))
            self._spares.update(dict.fromkeys(opinion.taking.spares, 1 << place))

    def row(self, facts: Facts) -> Tables:
        return {
            "takes": _hex(_union(self._takes[tag] for tag in facts.tags)),
            "spares": _hex(_union(self._spares[tag] for tag in facts.tags)),
            "service": facts.service,
            "categories": facts.categories,
            "safe_search": facts.safe_search,
        }


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _group(bits: list[tuple[int, Opinion]], group: Group, days: Days) -> Tables:
    """What a group's devices hear, whichever device it is."""
    mine = {EVERYONE, Scope(ScopeKind.GROUP, group.name)}
    heard = [b for b in bits if not mine.isdisjoint(b[1].scopes) and b[1].may_concern(group.name)]
    silent = sum(1 << place for place, opinion in bits if not opinion.may_concern(group.name))
    return {
        "safe_search": group.safe_search,
        "safe_mode": str(group.safe_mode),
        "refused": str(group.refused),
        "silent": _hex(silent),  # opinions that never concern this group, whoever they speak to
        "timeline": _timeline(heard, days),
    }


def _timeline(bits: list[tuple[int, Opinion]], days: Days) -> Tables:
    """Which opinions speak from which instant on: the states, and the masks they stand for."""
    by_moment: dict[tuple[str, bool], int] = {}
    lasting = [(place, opinion.when) for place, opinion in bits if not opinion.when.is_bounded]
    edges = _edges((place, opinion.when) for place, opinion in bits if opinion.when.is_bounded)
    instants: list[Instant] = []
    states: list[int] = []
    masks: dict[int, int] = {}
    bounded = 0
    for at in sorted({days.first, *days.bells, *edges}):
        bounded ^= edges.get(at, 0)
        if not days.first <= at <= days.last:
            continue
        moment = days.moment(at)
        key = (moment.kind, moment.in_school_day)
        if key not in by_moment:
            by_moment[key] = _speaking(lasting, moment, at)
        mask = by_moment[key] | bounded
        state = masks.setdefault(mask, len(masks))
        if not states or states[-1] != state:
            instants.append(at)
            states.append(state)
    return {"instants": instants, "states": states, "masks": [_hex(mask) for mask in masks]}


def _speaking(bits: Iterable[tuple[int, When]], moment: Moment, at: Instant) -> int:
    return sum(1 << place for place, when in bits if when.holds(moment, at))


def _edges(bits: Iterable[tuple[int, When]]) -> dict[Instant, int]:
    """instant → the bits that turn over at it; what has no start has been on since 1970."""
    edges: dict[Instant, int] = {}
    for place, when in bits:
        start = when.start or 0
        if when.end is not None and when.end <= start:
            continue  # a channel closed on the day it opened: it never spoke
        edges[start] = edges.get(start, 0) ^ (1 << place)
        if when.end is not None:
            edges[when.end] = edges.get(when.end, 0) ^ (1 << place)
    return edges


def _periods(days: Days) -> Tables:
    """The name of the period that begins at each bell, for whoever tells people."""
    instants: list[Instant] = []
    names: list[str] = []
    for at in (days.first, *days.bells):
        name = days.moment(at).period
        if not names or names[-1] != name:
            instants.append(at)
            names.append(name)
    return {"instants": instants, "names": names}


def _hex(mask: int) -> str:
    return f"{mask:x}"
