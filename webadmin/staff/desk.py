"""The first page after signing in: what waits for this person, and what today looks like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from appliance.errors import StoreError
from appliance.recording import casewords
from webadmin.staff.blocks import box, inbox, school, teaching
from webadmin.staff.permissions import Permission, allow, may

pages = Blueprint("desk", __name__)

P = Permission
# Whoever sees the log has today's picture, and needs no governor's one.
_BLOCKS: Final[dict[str, tuple[Permission, Callable[[], Any]]]] = {
    "teaching": (P.ASK, teaching.teaching),
    "asked": (P.DECIDE, inbox.asked),
    "reported": (P.TRIAGE, inbox.reported),
    "cases": (P.SEE_CASES, inbox.open_cases),
    "today": (P.SEE_LOG, school.today),
    "fresh": (P.SEE_LOG, school.fresh),
    "ending": (P.OPEN, inbox.ending),
    "health": (P.SEE_HEALTH, box.how_it_does),
    "strangers": (P.KEEP_DEVICES, box.strangers),
    "unsafe": (P.KEEP_PEOPLE, box.without_second_factor),
    "changes": (P.SEE_AUDIT, box.changes),
    "week": (P.SEE_NUMBERS, school.week),
}


@pages.get("/")
@allow(Permission.ENTER)
def desk() -> str:
    """Each block for whoever may see it; one that can't be read leaves the others as they are."""
    blocks: dict[str, Any] = dict.fromkeys(_BLOCKS)
    unread = False
    for name, (permission, read) in _BLOCKS.items():
        if not may(permission) or (name == "week" and may(P.SEE_LOG)):
            continue
        try:
            blocks[name] = read()
        except StoreError:
            unread = True
    return render_template("staff/desk.html", unread=unread, words=casewords, **blocks)


@pages.post("/seen")
@allow(Permission.SEE_LOG)
def have_seen() -> Response:
    """From now on "new" begins here."""
    school.have_seen()
    return redirect(url_for("desk.desk"))
