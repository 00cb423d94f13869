"""Do the parts of a policy fit together? Every name that one table uses must stand in another.

`check` notes each mistake at the line of the table that holds it; nothing is decided here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from appliance.domains import parents
from appliance.errors import Mistake
from appliance.policy.clock import MINUTES_OF_DAY, SchoolClock
from appliance.policy.decide import known_lists
from appliance.policy.model import (
    ALWAYS,
    EVERY_GROUP,
    KINDS,
    SCHOOL_DAY,
    WEEKDAYS,
    Action,
    Ban,
    Grant,
    GrantKind,
    Rule,
    School,
    Scope,
    ScopeKind,
    Target,
    TargetKind,
    Timetable,
)
from appliance.policy.services import Catalogue
from appliance.tables import Table, suggestion

MOST_TIMETABLES = 100  # each is compared with each; a school has five

NEVER = datetime.datetime(
    1999, 1, 1, tzinfo=datetime.UTC
)  # stands for a time that could not be read; no document can hold it, see tables.YEARS

Path = tuple[str | int, ...]


def unreadable(fault: OSError) -> list[Mistake]:
    return [Mistake(0, "", fault.strerror.lower() if fault.strerror else "it can't be read")]


def check(school: School, catalogue: Catalogue, root: Table) -> None:
    """Note everything in `root` that does not fit the rest of it or the catalogue."""
    checker = _Checker(school, catalogue, root)
    checker.groups()
    checker.devices()
    checker.lists()
    checker.definition()
    checker.timetables()
    checker.calendar()
    checker.rules()
    checker.channels()
    checker.bans()
    checker.grants()


class _Checker:
    def __init__(self, school: School, catalogue: Catalogue, root: Table) -> None:
        self.school = school
        self.catalogue = catalogue
        self.root = root
        self.clock = SchoolClock(school.timezone)
        self.known_groups = [group.name for group in school.groups]
        self.known_devices = [device.name for device in school.devices]
        self.known_sets = [one.name for one in school.device_sets]
        self.known_lists = known_lists(school, catalogue)

    def wrong(self, path: Path, problem: str) -> None:
        self.root.wrong(path, problem)

    def known(self, path: Path, what: str, name: str, names: Iterable[str]) -> None:
        """Note that no `what` of this name exists."""
        names = list(names)
        if name not in names:
            self.wrong(path, f'no {what} "{name[:60]}"{suggestion(name, names)}')

    def unique(self, path: Path, what: str, names: Sequence[str], key: str = "") -> None:
        first = {name: index for index, name in reversed([*enumerate(names)])}
        for index, name in enumerate(names):
            if name and first[name] < index:
                self.wrong(
                    (*path, index, key) if key else (*path, index),
                    f'{what} "{name}" stands here twice',
                )

    def target(self, path: Path, target: Target) -> None:
        if target.kind is TargetKind.SERVICE:
            self.known(path, "service", target.name, self.catalogue.services)
        elif target.kind is TargetKind.CATEGORY:
            self.known(path, "category", target.name, self.catalogue.categories)
        elif target.kind is TargetKind.LIST:
            self.known(path, "list", target.name, self.known_lists)

    def groups(self) -> None:
        groups = self.school.groups
        if not groups:
            self.wrong(
                ("groups",), "missing: a school has at least one group, such as [groups.pupils]"
            )
        defaults = [group.name for group in groups if group.is_default]
        if len(groups) > 1 and not defaults:
            self.wrong(
                ("groups",),
                "one group needs default = true: where devices belong that nobody has placed",
            )
        for name in defaults[1:]:
            self.wrong(
                ("groups", name, "default"),
                f"{defaults[0]} is the default group already: there is one",
            )
        homes: dict[object, str] = {}
        for group in groups:
            for network in group.networks:
                if homes.setdefault(network, group.name) != group.name:
                    self.wrong(
                        ("groups", group.name, "networks"),
                        f"{network} is a network of {homes[network]} already",
                    )
            for index, name in enumerate(group.lists):
                self.known(("groups", group.name, "lists", index), "list", name, self.known_lists)

    def devices(self) -> None:
        owners: dict[tuple[str, object], str] = {}
        for device in self.school.devices:
            path: Path = ("devices", device.name)
            self.known((*path, "group"), "group", device.group, self.known_groups)
            for key, marks in (
                ("addresses", device.addresses),
                ("macs", device.macs),
                ("client_ids", device.client_ids),
            ):
                for mark in marks:
                    if owners.setdefault((key, mark), device.name) != device.name:
                        owner = owners[key, mark]
                        self.wrong((*path, key), f"{mark} belongs to {owner} already")
        for one in self.school.device_sets:
            for index, name in enumerate(one.devices):
                self.known(
                    ("device_sets", one.name, "devices", index), "device", name, self.known_devices
                )

    def lists(self) -> None:
        written = self.root.content.get(
            "lists", {}
        )  # as it stands: a name misspelt is a name given
        for one in self.school.lists:
            path: Path = ("lists", one.name)
            table = written[one.name] if isinstance(written[one.name], dict) else {}
            given = [key for key in ("names", "source", "file") if table.get(key)]
            if len(given) != 1:
                self.wrong(
                    path, "a list has either names = […], a source of the catalogue or a file"
                )
            if one.source:
                self.known((*path, "source"), "list source", one.source, self.catalogue.sources)
            if one.category:
                self.known((*path, "category"), "category", one.category, self.catalogue.categories)

    def definition(self) -> None:
        definition = self.school.definition
        for index, name in enumerate(definition.categories):
            self.known(
                ("definition", "categories", index), "category", name, self.catalogue.categories
            )
        for key, targets in (("plus", definition.plus), ("except", definition.minus)):
            for target in targets:
                self.target(("definition", key), target)
        for target in set(definition.plus) & set(definition.minus):
            self.wrong(("definition", "except"), f"{target} stands under plus as well")

    def timetables(self) -> None:
        timetables = self.school.timetables
        if len(timetables) > MOST_TIMETABLES:
            self.wrong(("timetable",), f"more than {MOST_TIMETABLES} timetables: some are too many")
            return
        self.unique(("timetable",), "timetable", [one.name for one in timetables], "name")
        for index, one in enumerate(timetables):
            self._periods(("timetable", index, "periods"), one)
            for other in timetables[:index]:
                weeks_meet = one.week == other.week or not one.week or not other.week
                for day in WEEKDAYS:
                    if weeks_meet and day in one.days and day in other.days:
                        self.wrong(
                            ("timetable", index, "days"), f'{day} follows "{other.name}" already'
                        )
        for one, index, other in self._neighbours():
            last = max((p.end_minute for p in one.periods), default=0) - MINUTES_OF_DAY
            first = min((p.start_minute for p in other.periods), default=MINUTES_OF_DAY)
            if last > first:
                self.wrong(
                    ("timetable", index, "periods"),
                    f'begins before the last period of "{one.name}" is over, the night before',
                )

    def _periods(self, path: Path, timetable: Timetable) -> None:
        if not timetable.periods:
            self.wrong(path, "missing: at least one period {name, kind, from, to}")
        in_order = sorted(timetable.periods, key=lambda period: period.start_minute)
        for before, after in zip(in_order, in_order[1:], strict=False):
            if after.start_minute < before.end_minute:
                index = timetable.periods.index(after)
                self.wrong((*path, index), f'"{after.name}" begins before "{before.name}" is over')

    def _neighbours(self) -> Iterable[tuple[Timetable, int, Timetable]]:
        """Timetables that one day and the next may follow."""
        for index, other in enumerate(self.school.timetables):
            mornings = {WEEKDAYS.index(day) for day in other.days}
            for one in self.school.timetables:
                evenings = {(WEEKDAYS.index(day) + 1) % 7 for day in one.days}
                if mornings & evenings:
                    yield one, index, other

    def calendar(self) -> None:
        calendar = self.school.calendar
        names = [one.name for one in self.school.timetables]
        for index, special in enumerate(calendar.special):
            path: Path = ("calendar", "special", index)
            self.known((*path, "timetable"), "timetable", special.timetable, names)
        self.unique(
            ("calendar", "special"), "the date", [str(s.date) for s in calendar.special], "date"
        )
        self.unique(
            ("calendar", "weeks"), "the week of", [str(s.monday) for s in calendar.weeks], "from"
        )
        if any(one.week for one in self.school.timetables) and not calendar.weeks:
            self.wrong(
                ("calendar", "weeks"),
                'missing: say which week is A, as in weeks = [{from = 2026-09-07, week = "A"}]',
            )

    def rules(self) -> None:
        rules = self.school.rules
        self.unique(("rule",), "the id", [rule.id for rule in rules], "id")
        for index, rule in enumerate(rules):
            path: Path = ("rule", index)
            self._group_names((*path, "groups"), rule.groups)
            for target in rule.targets:
                self.target((*path, "target"), target)
            self._when((*path, "when"), rule)
            if rule.action is Action.RESTRICT:
                for target in rule.targets:
                    self._restrictable((*path, "target"), target)

    def _group_names(self, path: Path, names: Sequence[str]) -> None:
        for index, name in enumerate(names):
            if name != EVERY_GROUP:
                self.known((*path, index), "group", name, self.known_groups)

    def _when(self, path: Path, rule: Rule) -> None:
        if ALWAYS in rule.when and len(rule.when) > 1:
            self.wrong(path, '"always" stands alone: it means every other word as well')
        kinds = {period.kind for one in self.school.timetables for period in one.periods}
        for word in rule.when:
            self.known(path, "kind of period", word, [ALWAYS, SCHOOL_DAY, *KINDS, *sorted(kinds)])

    def _restrictable(self, path: Path, target: Target) -> None:
        """A service without a safe mode can't be restricted; within a wider target some can."""
        if target.kind is not TargetKind.SERVICE or target.name not in self.catalogue.services:
            return
        service = self.catalogue.services[target.name]
        safe = {name for engine in self.catalogue.safe_search.values() for name in engine.names}
        own = service.domains | service.hosts
        if own.isdisjoint(domain for name in safe for domain in parents(name)):
            self.wrong(path, f"{service.title} has no safe mode to hold it to: allow or block it")

    def channels(self) -> None:
        for index, channel in enumerate(self.school.official_channels):
            path: Path = ("official_channel", index)
            self.target((*path, "platform"), channel.platform)
            self._group_names((*path, "groups"), channel.groups)
            for place, name in enumerate(channel.devices):
                self.known((*path, "devices", place), "device", name, self.known_devices)
            if not channel.groups and not channel.devices:
                self.wrong(
                    (*path, "groups"), 'missing: the groups or devices it is open to, or ["*"]'
                )

    def bans(self) -> None:
        self.unique(("ban",), "the id", [ban.id for ban in self.school.bans], "id")
        for index, ban in enumerate(self.school.bans):
            self.known(("ban", index, "device"), "device", ban.device, self.known_devices)
            self._ends_after_start(("ban", index, "until"), ban)

    def _ends_after_start(self, path: Path, one: Ban | Grant) -> None:
        if NEVER not in (one.start, one.end):
            if self.clock.instant(one.end) <= self.clock.instant(one.start):
                self.wrong(path, f"{one.end} is not after it begins, {one.start}")

    def grants(self) -> None:
        for kind in GrantKind:
            grants = [grant for grant in self.school.grants if grant.kind is kind]
            self.unique((str(kind),), "the id", [grant.id for grant in grants], "id")
            for index, grant in enumerate(grants):
                self._grant((str(kind), index), grant)
        for index, target in enumerate(self.school.pass_list):
            self.target(("passes", "allowed", index), target)

    def _grant(self, path: Path, grant: Grant) -> None:
        for target in grant.targets:
            self.target((*path, "target"), target)
            if grant.kind is GrantKind.PASS and target not in self.school.pass_list:
                self.wrong((*path, "target"), f"{target} is not on the pass list, [passes] allowed")
        for scope in grant.scopes:
            self._scope((*path, "for"), scope)
        self._ends_after_start((*path, "until"), grant)
        if grant.kind is GrantKind.EXEMPTION:
            terms = self.school.exemption_terms
            if len(set(grant.approved_by)) < terms.approvals:
                self.wrong(
                    (*path, "approved_by"),
                    f"an exemption needs {terms.approvals} people who approve it",
                )
            if terms.risk_assessment and not grant.risk_assessment.strip():
                self.wrong(
                    (*path, "risk_assessment"),
                    "missing: an exemption needs its risk assessment's text",
                )

    def _scope(self, path: Path, scope: Scope) -> None:
        known = {
            ScopeKind.GROUP: ("group", self.known_groups),
            ScopeKind.SET: ("device set", self.known_sets),
            ScopeKind.DEVICE: ("device", self.known_devices),
        }
        if scope.kind in known:
            what, names = known[scope.kind]
            self.known(path, what, scope.name, names)
