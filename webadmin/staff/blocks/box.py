"""For the network manager: how the box does, who has no place yet, and what was changed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from appliance.recording import health
from appliance.store import audit, met
from appliance.store.audit import Audited
from appliance.store.met import Met
from appliance.store.office import people, secondfactor
from appliance.store.office.people import Person
from webadmin.staff import room

SHOWN: Final = 8
WEEK: Final = datetime.timedelta(days=7)
LOOKED_AT: Final = 100  # of the audit trail, for those that changed anything
_NO_CHANGE: Final = ("looked", "explained", "exported", "signed in", "signed out")


@dataclass(frozen=True, slots=True)
class Health:
    """Sentences on what is wrong; none: all that says how it does says it is well."""

    problems: tuple[str, ...]
    is_known: bool  # False: recording never ran here


@dataclass(frozen=True, slots=True)
class Strangers:
    """Devices that nobody has placed, refused anything this week."""

    count: int
    first: tuple[Met, ...]
    is_more: bool


def how_it_does() -> Health:
    found = health.read(room.context().folder)
    return Health(found.problems if found else (), found is not None)


def strangers() -> Strangers:
    today = room.policy().clock.date(room.now())
    found = met.met(
        room.record(), (today - WEEK).toordinal(), today.toordinal(), only_strangers=True
    )
    return Strangers(len(found), tuple(found[:SHOWN]), len(found) == met.SHOWN)


def without_second_factor() -> tuple[Person, ...]:
    """Who should have one, and may come in without."""
    everybody = people.everybody(room.office())
    return tuple(one for one in everybody if one.is_active and secondfactor.is_missing(one))


def changes() -> tuple[Audited, ...]:
    found = audit.look(room.record(), limit=LOOKED_AT)
    return tuple(one for one in found if one.what not in _NO_CHANGE)[:SHOWN]
