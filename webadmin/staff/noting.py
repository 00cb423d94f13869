"""Every change and every look at a device's record leaves a note: who, what, before and after."""

from __future__ import annotations

from typing import Any

from appliance.store import audit
from webadmin.staff import room


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
