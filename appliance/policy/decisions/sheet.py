"""A sheet of devices, as a school's office keeps it, on its way into the roll: looked at first.

Columns: name, group, sets, address, mac, client_id, in any order; a column that is left out, or a
cell that is empty, leaves what is known as it is. Nothing of a sheet is run, opened or believed.
"""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from appliance.domains import shorten
from appliance.endpoint import Address
from appliance.errors import DecisionError, Mistake
from appliance.policy.decide import Policy
from appliance.policy.decisions import roll
from appliance.policy.decisions.roll import Entry, slug
from appliance.policy.marks import read_client_id, read_mac
from appliance.policy.model import Device, School
from appliance.policy.words import listed
from appliance.tables import suggestion

LARGEST = 1 << 20  # characters
MOST_ROWS = 5_000  # devices; the largest schools have 3,000
MOST_TOLD = 50  # mistakes: who has more has chosen another file
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run; no device is called so
COLUMNS = {
    "name": ("name", "device", "devicename", "hostname", "computer"),
    "group": ("group", "groups"),
    "sets": ("sets", "set", "deviceset", "devicesets", "trolley", "room"),
    "address": ("address", "addresses", "ip", "ips", "ipaddress", "ipaddresses", "ipv4"),
    "mac": ("mac", "macs", "macaddress", "macaddresses", "hardwareaddress", "wifimac"),
    "client_id": ("clientid", "clientids"),
}
Item = TypeVar("Item")


class ChangeKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class RollChange:
    """What one row would do."""

    line: int
    kind: ChangeKind
    entry: Entry
    says: str  # "ipad-07 moves from guests to pupils"


@dataclass(frozen=True, slots=True)
class RollPreview:
    """What a whole sheet would do; nothing while it has mistakes."""

    changes: tuple[RollChange, ...]
    mistakes: tuple[Mistake, ...]
    unchanged: int  # rows that say what is known already


def read_roll(text: str, school: School) -> RollPreview:
    """What a sheet would change. Never raises: what is wrong with it are its mistakes."""
    reading = _Reading(school)
    try:
        for line, cells in _rows(text, reading):
            reading.row(line, cells)
    except csv.Error as fault:
        reading.wrong(0, "", f"not a sheet we can read: {fault}")
    return reading.preview()


def apply(policy: Policy, preview: RollPreview) -> School:
    """The school with all that the sheet says, or DecisionError while it has mistakes."""
    if preview.mistakes:
        raise DecisionError(f"The sheet has mistakes, so nothing changes: {preview.mistakes[0]}.")
    return roll.put(policy.school, [change.entry for change in preview.changes])


class _Reading:
    """One sheet, row by row, held against the school."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.groups = {slug(group.name): group.name for group in school.groups}
        self.devices = {device.name: device for device in school.devices}
        self.sets: dict[str, list[str]] = {}
        for one in school.device_sets:
            for name in one.devices:
                self.sets.setdefault(name, []).append(one.name)
        self.changes: list[RollChange] = []
        self.mistakes: list[Mistake] = []
        self.lines: dict[str, int] = {}
        self.unchanged = 0
        self.owners: dict[tuple[str, object], str] = {
            (key, mark): device.name
            for device in school.devices
            for key, marks in _marks(device)
            for mark in marks
        }

    def wrong(self, line: int, key: str, problem: str) -> None:
        if len(self.mistakes) < MOST_TOLD:
            self.mistakes.append(Mistake(line, key, problem))

    def preview(self) -> RollPreview:
        self._check_marks()
        return RollPreview(tuple(self.changes), tuple(sorted(set(self.mistakes))), self.unchanged)

    def row(self, line: int, cells: Mapping[str, str]) -> None:
        """One device, unless its row has mistakes."""
        before = len(self.mistakes)
        name = self._name(line, cells["name"])
        known = self.devices.get(name)
        group = self._group(line, cells.get("group", ""), known)
        entry = Entry(
            Device(
                name,
                group,
                self._each(line, cells, "address", _address, _of(known, "addresses")),
                self._each(line, cells, "mac", read_mac, _of(known, "macs")),
                self._each(line, cells, "client_id", read_client_id, _of(known, "client_ids")),
            ),
            self._sets(line, cells, name),
        )
        if len(self.mistakes) == before:
            self._take(line, entry, known)

    def _take(self, line: int, entry: Entry, known: Device | None) -> None:
        had = Entry(known, tuple(self.sets.get(known.name, ()))) if known else None
        if had and had.device == entry.device and set(had.sets) == set(entry.sets):
            self.unchanged += 1
            return
        kind = ChangeKind.CHANGED if had else ChangeKind.NEW
        self.changes.append(RollChange(line, kind, entry, _said(had, entry)))

    def _name(self, line: int, cell: str) -> str:
        name = slug(cell)
        if cell.startswith(FORMULA):
            self.wrong(line, "name", f"“{shorten(cell)}” begins as a formula does: a plain name")
        elif not name:
            said = f"“{shorten(cell)}” has no letter or digit" if cell else "missing"
            self.wrong(line, "name", f"{said}: a name such as ipad-07")
        elif name in self.lines:
            self.wrong(line, "name", f"{name} stands in line {self.lines[name]} already")
        self.lines.setdefault(name, line)
        return name

    def _group(self, line: int, cell: str, known: Device | None) -> str:
        group = self.groups.get(slug(cell), "") if cell else ""
        if cell and not group:
            would_do = suggestion(slug(cell), self.groups) or f": {listed([*self.groups])}"
            self.wrong(line, "group", f"no group “{shorten(cell)}”{would_do}")
        if cell:
            return group
        return known.group if known else self.school.default_group.name

    def _sets(self, line: int, cells: Mapping[str, str], name: str) -> tuple[str, ...]:
        words = _words(cells.get("sets", ""))
        for word in words:
            if not slug(word) or word.startswith(FORMULA):
                self.wrong(line, "sets", f"“{shorten(word)}” can't be the name of a set")
        if not words:
            return tuple(self.sets.get(name, ()))
        return tuple(dict.fromkeys(slug(word) for word in words))

    def _each(
        self,
        line: int,
        cells: Mapping[str, str],
        key: str,
        read: Callable[[str], Item],
        before: tuple[Item, ...],
    ) -> tuple[Item, ...]:
        found: dict[Item, None] = {}
        words = _words(cells.get(key, ""))
        for word in words:
            try:
                found[read(word)] = None
            except ValueError as fault:
                self.wrong(line, key, shorten(str(fault), 200))
        return tuple(found) if words else before

    def _check_marks(self) -> None:
        """Two devices can't share an address: the sheet's own rows, and those it leaves alone."""
        changed = {change.entry.device.name for change in self.changes}
        owners = {mark: owner for mark, owner in self.owners.items() if owner not in changed}
        for change in self.changes:
            device = change.entry.device
            for key, marks in _marks(device):
                for mark in marks:
                    owner = owners.setdefault((key, mark), device.name)
                    if owner != device.name:
                        self.wrong(change.line, key, f"{mark} belongs to {owner} already")


def _rows(text: str, reading: _Reading) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that says something, with its line and its cells by column."""
    if len(text) > LARGEST:
        reading.wrong(0, "", "the sheet is larger than 1 MB: no school has so many devices")
        return
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    skipped = 1 if lines[0].lower().startswith("sep=") else 0  # Excel's own first line
    rows = csv.reader(
        (line + "\n" for line in lines[skipped:]),
        delimiter=_delimiter(lines[skipped:]),
        strict=True,
    )
    columns = _columns(next(rows, []), reading)
    if "name" not in columns.values():
        return
    for count, row in enumerate((row for row in rows if any(map(str.strip, row))), start=1):
        if count > MOST_ROWS:
            reading.wrong(0, "", f"more than {MOST_ROWS:,} rows: no school has so many devices")
            return
        cells = {columns[place]: cell.strip() for place, cell in enumerate(row) if place in columns}
        yield rows.line_num + skipped, {"name": ""} | cells


def _delimiter(lines: Iterable[str]) -> str:
    """What stands between the columns: Excel writes what the computer's own language has."""
    head = next(iter(lines), "")
    return max(",;\t", key=head.count)


def _columns(head: Iterable[str], reading: _Reading) -> dict[int, str]:
    """Which place holds which column."""
    names = {alias: column for column, aliases in COLUMNS.items() for alias in aliases}
    found: dict[int, str] = {}
    for place, cell in enumerate(head):
        column = names.get(re.sub(r"[\W_]", "", cell.casefold()), "")
        if column and column in found.values():
            reading.wrong(1, column, "two columns of this name")
        elif column:
            found[place] = column
        elif cell.strip():
            reading.wrong(1, "", f"unknown column “{shorten(cell.strip())}”: {', '.join(COLUMNS)}")
    if "name" not in found.values():
        reading.wrong(1, "", f"the first line names the columns: {', '.join(COLUMNS)}")
    return found


def _words(cell: str) -> list[str]:
    return [word.strip() for word in re.split(r"[;,|\n]", cell) if word.strip()]


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as fault:
        raise ValueError(f"“{shorten(text)}” is not an address such as 10.20.3.7") from fault


def _of(known: Device | None, key: str) -> tuple[Item, ...]:
    return getattr(known, key) if known else ()


def _marks(device: Device) -> tuple[tuple[str, tuple[object, ...]], ...]:
    return (
        ("address", device.addresses),
        ("mac", device.macs),
        ("client_id", device.client_ids),
    )


def _said(had: Entry | None, entry: Entry) -> str:
    """What a row does, in a sentence without an end."""
    new = entry.device
    sets = f", in {listed(entry.sets)}" if entry.sets else ""
    if had is None:
        return f"{new.name} is new, in {new.group}{sets}"
    parts = []
    if had.device.group != new.group:
        parts.append(f"moves from {had.device.group} to {new.group}")
    if set(had.sets) != set(entry.sets):
        parts.append(f"is in {listed(entry.sets)}")
    if _marks(had.device) != _marks(replace(new, group=had.device.group)):
        marks = [str(mark) for _, some in _marks(new) for mark in some]
        parts.append(f"is known by {listed(marks)}")
    return f"{new.name} {listed(parts)}"
