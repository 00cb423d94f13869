"""A look at one device's record: why comes first, and what was said holds for half an hour."""

from __future__ import annotations

from typing import Final

from flask import session

from appliance.errors import CaseError
from appliance.store.plain import written
from webadmin.staff import room
from webadmin.staff.noting import note_look

LOOKS_FOR: Final = 30 * 60  # seconds: a talk with a class teacher, and not the rest of the day
DEVICES: Final = 20  # at once, of one person
WHY_LENGTH: Final = 500
_KEY: Final = "looks"


def may_look(device: str) -> bool:
    """Whether this person has said, a while ago at most, why they look at this device."""
    until: dict[str, int] = session.get(_KEY, {})
    return until.get(device, 0) > room.now()


def look(device: str, why: str) -> None:
    """Write down who looks at what, and why; then they may. CaseError where nothing is said."""
    note_look(device, written(why, "the reason", WHY_LENGTH, CaseError))
    now = room.now()
    kept = {name: until for name, until in session.get(_KEY, {}).items() if until > now}
    newest = dict(sorted(kept.items(), key=lambda one: one[1])[-(DEVICES - 1) :])
    session[_KEY] = {**newest, device: now + LOOKS_FOR}
