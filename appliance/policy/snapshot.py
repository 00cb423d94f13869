"""A published policy as readers see it: mapped, checked, and switched between two questions.

A snapshot is a folder of files that nothing changes any more; its manifest has the digest of each,
and the folder's name is the digest of the manifest. `current` is a link to the one in force. A
reader that finds a broken one stays with the one it has.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from appliance.errors import SnapshotError
from appliance.policy.addresses import Addresses
from appliance.policy.clock import Instant
from appliance.policy.model import Action, RefusedAnswer, SafeMode, Who
from appliance.policy.nametable import WANTED_END, NameTable
from appliance.policy.tags import Facts
from appliance.policy.verdict import NO_REASON, DecidedBy, Reason, Verdict

SNAPSHOTS = "snapshots"
ADDRESSES = "addresses.json"
CURRENT = "current"
MANIFEST = "manifest.json"
TABLES = "tables.json"
POLICY = "policy.toml"
NAMES = "names"
LISTED = "listed"
LIST_SETS = "listed.json"
PAIRS_KEPT = 65_536  # of rows that names have on both sides; seldom a thousand are met
MASKS_KEPT = 10_000  # of one asker; a school has some hundred


@dataclass(frozen=True, slots=True)
class Row:
    """One half of what is known of a name: opinions that cover it, and those it is kept from."""

    takes: int
    spares: int
    facts: Facts


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Both halves together: the opinions that cover a name, as bits, and what it is.

    A snapshot has one for each pair of halves, so that readers may keep what follows from it under
    the thing itself: to compare the contents would cost more than to look the name up.
    """

    mask: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which opinions speak from which instant on."""

    instants: Sequence[Instant]
    masks: Sequence[int]

    def at(self, at: Instant) -> int:
        """The mask in force; before the first instant the first one holds."""
        return self.masks[max(bisect_right(self.instants, at) - 1, 0)]

    def joined(self, others: Iterable[Timeline], silent: int) -> Timeline:
        """This timeline and others at once, without the opinions that are silent here."""
        together = (self, *others)
        instants = sorted({instant for one in together for instant in one.instants})
        masks = []
        for instant in instants:
            mask = 0
            for one in together:
                mask |= one.at(instant)
            masks.append(mask & ~silent)
        return Timeline(instants, masks)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """What a group's devices are told, besides yes and no."""

    name: str
    safe_search: bool
    safe_mode: SafeMode
    refused: RefusedAnswer


class Column:
    """What one kind of asker hears: a group's devices, or one device with grants of its own."""

    def __init__(self, timeline: Timeline, reasons: Sequence[Reason], group: GroupSettings) -> None:
        self.timeline = timeline
        self.reasons = reasons
        self.group = group
        self._told = lru_cache(maxsize=4096)(self._tell)
        self._untils: dict[int, tuple[Instant, Instant | None]] = {}

    def verdict(self, known: Known, at: Instant) -> Verdict:
        """The verdict on a name."""
        return self._told(_lowest(known.mask & self.timeline.at(at)), known.facts)

    def strictest(self, known: Known) -> Verdict:
        """The verdict while nobody knows what time it is: refused, if ever it is refused."""
        places = {_lowest(known.mask & mask) for mask in set(self.timeline.masks)}
        verdicts = [self._told(place, known.facts) for place in sorted(places)]
        return next((verdict for verdict in verdicts if not verdict.allowed), verdicts[0])

    def _tell(self, place: int, facts: Facts) -> Verdict:
        reason = self.reasons[place] if place >= 0 else NO_REASON
        return reason.verdict(facts, safe_search=self.group.safe_search)

    def until(self, known: Known, at: Instant) -> Instant | None:
        """The first instant after `at` at which another opinion decides; None: none in sight."""
        since, until = self._untils.get(known.mask, (at + 1, None))
        if since <= at and (until is None or at < until):
            return until  # names are many, masks few: a walk through 400 days costs 0.5 ms
        until = self._until(known.mask, at)
        if len(self._untils) < MASKS_KEPT:
            self._untils[known.mask] = (at, until)
        return until

    def _until(self, mask: int, at: Instant) -> Instant | None:
        line = self.timeline
        now = _lowest(mask & line.at(at))
        for place in range(bisect_right(line.instants, at), len(line.instants)):
            if _lowest(mask & line.masks[place]) != now:
                return line.instants[place]
        return None

    def next_bell(self, at: Instant) -> Instant | None:
        """The first instant after `at` at which anything at all may change for this asker."""
        place = bisect_right(self.timeline.instants, at)
        return self.timeline.instants[place] if place < len(self.timeline.instants) else None


class Snapshot:
    """One published policy. Opening it checks every file against its digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.version = self.folder.name
        self.manifest = verify(self.folder)
        tables = json.loads((self.folder / TABLES).read_bytes())
        self.names = NameTable(self.folder / NAMES)
        self.listed = NameTable(self.folder / LISTED)
        sets = json.loads((self.folder / LIST_SETS).read_bytes())
        self._list_sets: list[frozenset[str]] = [frozenset(), *map(frozenset, sets)]
        self._name_rows = [_row(row) for row in tables["names"]]
        self._listed_rows = [_row(row) for row in tables["listed"]]
        self._reasons = [_reason(reason) for reason in tables["reasons"]]
        self._groups: dict[str, dict[str, Any]] = tables["groups"]
        self._scopes = {name: _timeline(line) for name, line in tables["scopes"].items()}
        self._periods = tables["periods"]
        self._columns: dict[tuple[str, frozenset[str]], Column] = {}
        self._own_matches, self._listed_matches = self.names.matches, self.listed.matches
        self._known: dict[tuple[int, int], Known] = {}
        self._unknown = self._join(0, 0)
        self.made: Instant = self.manifest["made"]
        self.last: Instant = tables["last"]
        self.timezone: str = tables["timezone"]
        self.appliance: str = tables["appliance"]
        self.domains: Sequence[str] = tables["domains"]
        self.safe_search: dict[str, dict[str, str]] = tables["safe_search"]

    def lookup(self, name: str) -> Known:
        """What is known of a name. `name` is normalised."""
        return self.known(name[::-1].encode() + WANTED_END)

    def known(self, key: bytes) -> Known:
        """What is known of a name, spelled backwards with WANTED_END behind it."""
        own, listed = self._own_matches(key), self._listed_matches(key)
        if listed:
            rows = self.names.number(own) if own else 0, self.listed.number(listed)
        elif own:
            rows = self.names.number(own), 0
        else:
            return self._unknown
        return self._known.get(rows) or self._join(*rows)

    def lists_of(self, name: str) -> frozenset[str]:
        """The lists that a name stands on."""
        listed = self._listed_matches(name[::-1].encode() + WANTED_END)
        return self._list_sets[self.listed.number(listed) if listed else 0]

    def _join(self, own: int, listed: int) -> Known:
        mine, theirs = self._name_rows[own], self._listed_rows[listed]
        takes, spares = mine.takes | theirs.takes, mine.spares | theirs.spares
        known = Known(takes & ~spares, mine.facts.joined(theirs.facts))
        if len(self._known) < PAIRS_KEPT:
            self._known[own, listed] = known
        return known

    @property
    def groups(self) -> Collection[str]:
        return self._groups.keys()

    def column(self, who: Who) -> Column:
        """What this asker hears; askers without anything of their own share their group's."""
        own = frozenset(map(str, who.scopes())).intersection(self._scopes)
        column = self._columns.get((who.group, own))
        if column is None:
            group = self._groups[who.group]
            timeline = _timeline(group["timeline"]).joined(
                (self._scopes[name] for name in sorted(own)), int(group["silent"], 16)
            )
            settings = GroupSettings(
                who.group,
                group["safe_search"],
                SafeMode(group["safe_mode"]),
                RefusedAnswer(group["refused"]),
            )
            column = Column(timeline, self._reasons, settings)
            self._columns[who.group, own] = column
        return column

    def verdict(self, who: Who, name: str, at: Instant) -> Verdict:
        return self.column(who).verdict(self.lookup(name), at)

    def until(self, who: Who, name: str, at: Instant) -> Instant | None:
        return self.column(who).until(self.lookup(name), at)

    def period(self, at: Instant) -> str:
        place = max(bisect_right(self._periods["instants"], at) - 1, 0)
        return str(self._periods["names"][place])


class Reader:
    """The snapshot in force of a folder, for a process that goes on answering meanwhile."""

    def __init__(self, snapshots: Path) -> None:
        self.snapshots = snapshots
        self.snapshot = Snapshot(current(snapshots))
        self.refused = ""  # why a newer snapshot is not in use; empty when all is well

    def refresh(self) -> bool:
        """Take up a newer snapshot; True when there was one. Cheap when there is none."""
        newer = self.newer()
        if newer:
            self.snapshot = newer
        return newer is not None

    def sees_another(self) -> bool:
        """Whether another snapshot is said to be in force, or none: a glance at a link."""
        try:
            return current(self.snapshots).name != self.snapshot.version
        except SnapshotError:
            return True

    def newer(self) -> Snapshot | None:
        """A newer snapshot, opened and checked but not yet taken up; None where there is none that
        can be used, and `refused` says why not."""
        try:
            folder = current(self.snapshots)
            newer = None if folder.name == self.snapshot.version else Snapshot(folder)
        except SnapshotError as fault:
            self.refused = str(fault)
            return None
        self.refused = ""
        return newer


def digest_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def manifest_of(folder: Path) -> dict[str, Any]:
    """A snapshot's manifest; the folder's name vouches for it."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except OSError as fault:
        raise SnapshotError(f"snapshot {folder.name}: {MANIFEST}: {fault.strerror}") from fault
    if digest_of(data) != folder.name:
        raise SnapshotError(f"snapshot {folder.name}: its manifest was altered or cut short")
    manifest: dict[str, Any] = json.loads(data)
    return manifest


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a snapshot whose every file is as it was written; else SnapshotError."""
    manifest = manifest_of(folder)
    for name, digest in manifest["files"].items():
        try:
            is_whole = digest_of_file(folder / name) == digest
        except OSError as fault:
            raise SnapshotError(f"snapshot {folder.name}: {name}: {fault.strerror}") from fault
        if not is_whole:
            raise SnapshotError(f"snapshot {folder.name}: {name} was altered or cut short")
    return manifest


def read_addresses(folder: Path) -> Addresses:
    """Who asks from which address, as last published in `folder`."""
    try:
        digest, _, data = (folder / ADDRESSES).read_bytes().partition(b"\n")
    except OSError as fault:
        raise SnapshotError(f"{fault.filename}: {fault.strerror}") from fault
    if digest != digest_of(data).encode():
        raise SnapshotError(f"{folder / ADDRESSES} was altered or cut short")
    return Addresses.load(data)


def current(snapshots: Path) -> Path:
    try:
        return snapshots / (snapshots / CURRENT).readlink()
    except OSError as fault:
        raise SnapshotError(f"no policy has been published in {snapshots}") from fault


def _lowest(mask: int) -> int:
    """The place of the lowest bit; -1 where there is none."""
    return (mask & -mask).bit_length() - 1


def _row(row: dict[str, Any]) -> Row:
    facts = Facts(frozenset(), row["service"], tuple(row["categories"]), row["safe_search"])
    return Row(int(row["takes"], 16), int(row["spares"], 16), facts)


def _timeline(line: dict[str, Any]) -> Timeline:
    masks = [int(mask, 16) for mask in line["masks"]]
    return Timeline(line["instants"], [masks[state] for state in line["states"]])


def _reason(reason: dict[str, Any]) -> Reason:
    return Reason(
        decided_by=DecidedBy(reason["decided_by"]),
        action=Action(reason["action"]),
        target=reason["target"],
        rule=reason["rule"],
        clause=reason["clause"],
        says=reason["says"],
        category=reason["category"],
        prefers=tuple(reason["prefers"]),
    )
