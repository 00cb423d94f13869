"""A list held against what we know: what it adds to our own catalogue, and what it over-blocks."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.domains import parents
from appliance.lists.entry import Entry, Scope, Unsupported
from appliance.lists.parse import entries
from appliance.policy.decide import Policy
from appliance.policy.model import Action, Target, TargetKind

EXAMPLES = 5


class Why(StrEnum):
    """Why a name must not be refused, the strongest reason first."""

    LIFELINE = "lifeline"
    SCHOOL = "school"  # the school's own domains
    OPENED = "opened"  # the policy opens it by name
    NEEDED = "needed"  # schools need it: see blocklists/shared.toml

    @property
    def wins(self) -> bool:
        """True where the name stays open for everyone, whatever a list says."""
        return self in (Why.LIFELINE, Why.SCHOOL)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a list says."""

    names: int
    unsupported: int  # lines that say something DNS can't do


@dataclass(frozen=True, slots=True)
class OverBlock:
    """A name that ought to be open, and the entry that would refuse it or a part of it."""

    name: str
    why: Why
    entry: str


@dataclass(frozen=True, slots=True)
class Review:
    adds: int
    examples: tuple[str, ...]  # the shortest: people know them best
    over_blocks: tuple[OverBlock, ...]


def count_names(path: Path) -> Counts:
    """How many names a list file holds; ListError where it can't be read."""
    names = unsupported = 0
    for one in entries(path):
        if isinstance(one, Unsupported):
            unsupported += 1
        elif not one.allows:
            names += 1
    return Counts(names, unsupported)


class Yardstick:
    """What lists are measured by: our own catalogue, and the names that ought to be open."""

    def __init__(self, policy: Policy, school_needs: Iterable[str]) -> None:
        services = policy.catalogue.services.values()
        domains = {name for service in services for name in service.domains}
        self._hosts = frozenset(name for service in services for name in service.hosts)
        self._open: dict[str, Why] = {}
        for why, names in _open_names(policy, school_needs):
            for name in names:
                self._open.setdefault(name, why)
        winning = {name for name, why in self._open.items() if why.wins}
        self._held = domains | winning
        self._above: dict[str, list[str]] = {}  # each domain above a name that ought to be open
        for name in self._open:
            for domain in parents(name):
                self._above.setdefault(domain, []).append(name)

    def review(self, path: Path) -> Review:
        """All that a list file does; ListError where it can't be read."""
        over_blocks: dict[str, OverBlock] = {}  # the first for each name: a list may hold millions
        adds = _Examples()
        for one in entries(path):
            if isinstance(one, Unsupported) or one.allows:
                continue
            is_held = self.holds(one.name)
            if is_held or one.name in self._above:
                for found in self.over_blocks(one):
                    over_blocks.setdefault(found.name, found)
            if not is_held and one.name not in self._hosts:
                adds.take(one.name)
        return Review(
            adds=adds.count,
            examples=adds.shortest(),
            over_blocks=tuple(sorted(over_blocks.values(), key=_by_weight)),
        )

    def holds(self, entry: str) -> bool:
        """True where our own catalogue, a lifeline or the school has the last word on a name.

        Asked a million times a list: with `parents` it would take twice as long.
        """
        start = 0
        while entry[start:] not in self._held:
            start = entry.find(".", start) + 1
            if not start:
                return False
        return True

    def over_blocks(self, entry: Entry) -> Iterator[OverBlock]:
        """The open names that this entry of a list would refuse, wholly or in part."""
        for name in self._above.get(entry.name, ()):
            if entry.scope is not (Scope.BELOW if name == entry.name else Scope.EXACT):
                yield OverBlock(name, self._open[name], entry.name)
        for domain in parents(entry.name):
            why = self._open.get(domain)
            if domain != entry.name and why is not None and why.wins:
                yield OverBlock(domain, why, entry.name)


class _Examples:
    """Counts names and keeps the shortest, without holding them all."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[tuple[int, str]] = []  # a heap with the longest on top

    def take(self, name: str) -> None:
        self.count += 1
        if len(self._kept) < EXAMPLES:
            heapq.heappush(self._kept, (-len(name), name))
        elif len(name) < -self._kept[0][0]:
            heapq.heapreplace(self._kept, (-len(name), name))

    def shortest(self) -> tuple[str, ...]:
        return tuple(sorted((name for _, name in self._kept), key=lambda name: (len(name), name)))


def _open_names(policy: Policy, school_needs: Iterable[str]) -> Iterator[tuple[Why, Iterable[str]]]:
    """Names that ought to be open, the strongest reason first."""
    school = policy.school
    for lifeline in policy.catalogue.lifelines.values():
        yield Why.LIFELINE, lifeline.domains
    yield Why.SCHOOL, [*school.domains, *filter(None, [school.appliance])]
    yield Why.OPENED, [t.name for t in _opened(policy) if t.kind is TargetKind.DOMAIN]
    yield Why.NEEDED, school_needs


def _opened(policy: Policy) -> Iterator[Target]:
    school = policy.school
    for rule in school.rules:
        if rule.action is not Action.BLOCK:
            yield from rule.targets
    for grant in school.grants:
        if grant.opens:
            yield from grant.targets
    yield from (channel.platform for channel in school.official_channels)
    yield from school.pass_list


def _by_weight(found: OverBlock) -> tuple[int, str]:
    return list(Why).index(found.why), found.name
