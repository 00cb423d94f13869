"""Every change and every look at a device's record leaves a note: who, what, before and after."""

from __future__ import annotations

import logging
from typing import Any

from appliance.errors import StoreError
from appliance.store import audit
from webadmin.staff import room

log = logging.getLogger(__name__)


def note(
    what: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """In a transaction of its own; StoreError where it can't be written, and then nothing may be
    done either."""
    record = room.changing()
    with record.transaction():
        audit.note(record, room.now_ms(), room.me().login, what, subject, before, after)


def note_look(device: str, why: str = "") -> None:
    """Somebody looks at what one device did."""
    note("looked", f"device {device}", after={"reason": why} if why else None)


def note_arrival(what: str, login: str, **facts: Any) -> None:
    """Somebody comes in or is turned away. A broken record must not shut out whoever mends it."""
    try:
        record = room.changing()
        with record.transaction():
            audit.note(record, room.now_ms(), login, what, f"account {login}", after=facts)
    except StoreError as fault:
        log.warning("%s %s: not noted: %s", login, what, fault)
