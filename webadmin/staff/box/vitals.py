"""How the box is: every matter looked at once, with how bad it is and what to do about it."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from appliance import __version__, backup
from appliance.checkup.certificate import about_certificate
from appliance.checkup.clock import about_clock, is_synchronised
from appliance.checkup.disk import about_disk
from appliance.checkup.finding import Finding
from appliance.checkup.policy import about_lists, about_policy
from appliance.checkup.programs import (
    about_page_program,
    about_recording,
    about_resolver_programs,
)
from appliance.checkup.record import about_record, days_of
from appliance.checkup.upstreams import about_upstreams, ask_all
from appliance.errors import SnapshotError, StoreError
from appliance.lists import catalogue
from appliance.processes import running
from appliance.recording import health
from appliance.running import clock_offset
from appliance.store.standing import standing
from appliance.upstreams import servers_of
from webadmin.staff import room

BACKUP_DAYS: Final = 7
DAY: Final = 86_400
# What can wait for tomorrow; the others can't.
_SOON: Final = ("list", "review", "lost", "backup", "bells", "catalogue")
_TITLES: Final = {
    "dns": "Resolvers",
    "staff": "Staff pages",
    "public": "Public pages",
    "lost": "Lost events",
}
_OLD_CATALOGUE_DAYS: Final = 365


class Level(StrEnum):
    """What the eye looks for; the words say the same."""

    GOOD = "good"
    SOON = "wait"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Matter:
    """One line."""

    name: str
    says: str
    do: str
    level: Level


@dataclass(frozen=True, slots=True)
class Part:
    """Matters that belong together."""

    title: str
    matters: tuple[Matter, ...]

    @property
    def well(self) -> list[Matter]:
        return [one for one in self.matters if one.level is Level.GOOD]


def parts(*, ask: bool) -> list[Part]:
    """All of it. Upstreams are asked only where somebody wants that: a dead one takes seconds."""
    found = [
        _part("Programs", _programs()),
        _part("Policy and lists", _policy()),
        _part("Record", _record()),
        _part("This box", _box()),
    ]
    if ask:
        config = room.context().config
        asked = about_upstreams(config, servers_of(config.upstream), ask_all)
        found.insert(1, _part("Upstreams", asked))
    return found


def worst(found: Iterable[Part]) -> Level:
    levels = {one.level for part in found for one in part.matters}
    return next((one for one in (Level.BAD, Level.SOON) if one in levels), Level.GOOD)


def _part(title: str, findings: Iterable[Finding]) -> Part:
    return Part(title, tuple(_matter(one) for one in findings))


def _matter(one: Finding) -> Matter:
    level = Level.SOON if one.matter in _SOON else Level.BAD
    name = _TITLES.get(one.matter) or one.matter[:1].upper() + one.matter[1:]
    return Matter(name, one.says, one.do, Level.GOOD if one.is_well else level)


def _programs() -> Iterator[Finding]:
    folder = room.context().folder
    programs = running(folder)
    yield from about_resolver_programs(programs)
    # what recording says of itself is dated by the system's clock, whatever a trial's is
    now = room.now() - clock_offset(folder)
    yield from about_recording(folder, programs, health.read(folder), now)
    for name in ("staff", "public"):
        yield about_page_program(name, programs)


def _policy() -> Iterator[Finding]:
    folder, live, now = room.context().folder, room.context().live, room.now()
    try:
        policy, snapshot = live.policy(), live.snapshot()
    except SnapshotError as fault:
        yield Finding("policy", str(fault), "set the school up: the page School does that")
        return
    yield from about_policy(policy, snapshot, now)
    yield from about_lists(policy, folder, now)


def _record() -> Iterator[Finding]:
    try:
        found = standing(room.record())
    except StoreError as fault:
        yield Finding("record", str(fault), "look whether recording runs, and at its log")
        return
    yield from about_record(found, days_of(found))
    yield _backup()


def _backup() -> Finding:
    made = backup.last_backup(room.context().folder)
    do = "bellgate backup FILE, onto another disk, and keep it where you keep your keys"
    if made is None:
        return Finding("backup", "none has been made on this box yet", do)
    days = int((room.now() - made) // DAY)
    said = "made today" if days < 1 else f"the last was made {days} days ago"
    return Finding("backup", said, do if days > BACKUP_DAYS else "")


def _box() -> Iterator[Finding]:
    config, now = room.context().config, room.now()
    edition = catalogue.edition()
    yield about_disk(room.context().folder)
    yield about_clock(now, edition, in_sync=is_synchronised())
    moment = datetime.fromtimestamp(now, UTC)
    for title, files, name in (
        ("certificate", config.encrypted, config.encrypted.name),
        ("certificate of the pages", config.web, ""),
    ):
        found = about_certificate(title, files, name, moment)
        if found:
            yield found
    yield Finding(
        "versions",
        f"Bellgate {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}",
    )
    age = (moment.date() - edition).days
    do = "bellgate catalogue import brings a newer one" if age > _OLD_CATALOGUE_DAYS else ""
    yield Finding("catalogue", f"services as of {edition.day} {edition:%B %Y}", do)
