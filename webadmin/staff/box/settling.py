"""Whom this box asks: the choice that stands in appliance.toml, and changing it safely.

The resolvers read their settings when they start. So what is written here holds from the next start
of Bellgate on, and the page says so.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from appliance import settings
from appliance.config import Config, Upstream, Upstreams
from appliance.disk import faults_as, replace_file
from appliance.errors import ConfigError, DecisionError, StoreError
from appliance.upstreams import ReadyMade, ready_made, servers_of
from webadmin.staff import room
from webadmin.staff.noting import note

SYSTEM: Final = "system"
OWN: Final = "own"
BEFORE: Final = ".before"  # what a comment said stays there


@dataclass(frozen=True, slots=True)
class Choice:
    """How the upstream stands."""

    in_force: tuple[Upstream, ...]
    title: str  # of the ready-made one in force, where it is one
    written: Upstreams  # what the file says for the next start
    waits: bool  # for that start

    @property
    def chosen(self) -> str:
        """As the form has it."""
        return self.written.profile or (OWN if self.written.servers else SYSTEM)


def choice() -> Choice:
    """ConfigError where the file can't be read."""
    running, written = room.context().config.upstream, _read().upstream
    in_force = servers_of(running)
    wanted = servers_of(written)
    entry = next((one for one in ready_made().values() if _is(one, in_force)), None)
    waits = bool(wanted) and set(wanted) != set(in_force) or written.locked != running.locked
    return Choice(in_force, entry.title if entry else "", written, waits)


def wish(chosen: str, servers: list[str], *, locked: bool) -> Upstreams:
    """What the form asks for; DecisionError says what is wrong."""
    if chosen == SYSTEM:
        if locked:
            raise DecisionError("There is nothing to lock: choose an upstream first.")
        return Upstreams()
    if chosen != OWN and chosen not in ready_made():
        raise DecisionError("Choose one of these.")
    asked = chosen == OWN or not ready_made()[chosen].addresses
    try:
        found = tuple(Upstream.parse(one) for one in servers) if asked else ()
    except ValueError as fault:
        raise DecisionError(f"{fault}.") from fault
    if asked and not found:
        raise DecisionError("Write the addresses that your provider gave you, such as 192.0.2.53.")
    return Upstreams(found, "" if chosen == OWN else chosen, locked)


def settle(upstreams: Upstreams) -> None:
    """Write it for the next start: noted first, and the file as it was is kept beside it."""
    before, place = _read(), _place()
    note(
        "changed the upstream",
        "settings",
        before=_facts(before.upstream),
        after=_facts(upstreams),
    )
    text = settings.write(replace(before, upstream=upstreams))
    try:
        settings.read(text.encode())
    except ConfigError as fault:
        raise DecisionError(f"{fault}.") from fault
    with faults_as(StoreError, place):
        if place.exists():
            shutil.copy2(place, place.with_name(place.name + BEFORE))
        replace_file(place, text.encode())


def _place() -> Path:
    return room.context().folder / settings.FILE


def _read() -> Config:
    place = _place()
    return settings.read_file(place) if place.exists() else Config()


def _is(one: ReadyMade, servers: tuple[Upstream, ...]) -> bool:
    return bool(one.servers) and set(one.servers) == set(servers)


def _facts(upstreams: Upstreams) -> dict[str, object]:
    return {
        "upstream": upstreams.profile or [str(one) for one in upstreams.servers] or "the system's",
        "locked": upstreams.locked,
    }
