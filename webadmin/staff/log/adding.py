"""From a row of the log to a case: somebody keeps it there, and says why."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.errors import CaseError
from appliance.store import cases, holding
from appliance.store.rows import Row
from webadmin.staff import room
from webadmin.staff.log.entries import entries
from webadmin.staff.log.refused import LARGEST_ID
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("adding", __name__)


@pages.get("/refused/<int:id>/case")
@allow(Permission.HANDLE_CASES)
def add(id: int) -> str:
    """Which case, and why."""
    return _show(_row(id))


@pages.post("/refused/<int:id>/case")
@allow(Permission.HANDLE_CASES)
def keep(id: int) -> Response | tuple[str, int]:
    """The row stays as long as its case."""
    row = _row(id)
    record, who, at_ms = room.changing(), room.me().login, room.now_ms()
    why = request.form.get("why", "")
    number = request.form.get("case", 0, type=int)
    try:
        if number and 0 < number < LARGEST_ID:
            case = holding.hold(record, number, [row.id], why, who=who, at_ms=at_ms)
        else:
            case = holding.open_with(record, [row.id], why, who=who, at_ms=at_ms)
    except CaseError as fault:
        return _show(row, wrong=str(fault), why=why), 409
    flash(f"The row is kept with case {case.id}.", "success")
    return redirect(url_for("cases.case", id=case.id))


def _row(id: int) -> Row:
    if not 0 < id < LARGEST_ID:
        abort(404)
    try:
        return holding.row(room.record(), id)
    except CaseError:
        abort(404)


def _show(row: Row, *, wrong: str = "", why: str = "") -> str:
    return render_template(
        "staff/adding.html",
        entry=entries([row])[0],
        case=cases.open_case(room.record(), row.device),
        others=[
            one
            for one in cases.find(room.record(), device=row.device, limit=10)
            if one.status is not cases.Status.OPEN
        ],
        wrong=wrong,
        why=why,
    )
