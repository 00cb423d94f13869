"""The roll as a spreadsheet: out as it is, and in after everybody has seen what it would change."""

from __future__ import annotations

import contextlib
import io
import unicodedata
from typing import Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError, DecisionError
from appliance.policy.decide import Policy
from appliance.policy.decisions import sheet
from appliance.policy.decisions.roll import sets_of
from appliance.policy.model import School
from appliance.spreadsheet import Sheet
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.box import devicelist
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("devicesheet", __name__, url_prefix="/device-sheet")
COLUMNS: Final = ("name", "group", "sets", "address", "mac", "client_id")
LARGEST: Final = 900_000  # bytes: it travels in a form of at most a megabyte
SHOWN: Final = 200
NOTED: Final = 50  # devices, of which the audit trail tells one by one
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@pages.get("")
@allow(Permission.KEEP_DEVICES)
def form() -> str:
    return _page()


@pages.post("")
@allow(Permission.KEEP_DEVICES)
def look() -> Response:
    """What it would change; nothing has changed yet."""
    try:
        text = _sent()
    except DecisionError as fault:
        return make_response(_page(wrong=str(fault)), 400)
    return make_response(_page(text))


@pages.post("/apply")
@allow(Permission.KEEP_DEVICES)
def apply() -> Response | Redirect:
    """The same text is read again: what is done is what was shown, or it is shown again."""
    text = request.form.get("text", "")
    if request.form.get("seen", "") != room.context().live.version:
        wrong = "The roll has changed since you looked. This is what the sheet would change now."
        return make_response(_page(text, wrong), 409)

    def alter(policy: Policy) -> School:
        return sheet.apply(policy, sheet.read_roll(text, policy.school))

    preview = sheet.read_roll(text, room.policy().school)
    names = [one.entry.device.name for one in preview.changes]
    try:
        before = devicelist.facts(room.policy().school, names[:NOTED])
        after = devicelist.facts(alter(room.policy()), names[:NOTED])
        put_in_force(alter, "read in a sheet", f"{len(names)} devices", before=before, after=after)
    except ApplianceError as fault:
        return make_response(_page(text, str(fault)), 409)
    flash(f"The sheet is in force: {len(names):,} devices.", "success")
    return redirect(url_for("devices.devices"))


@pages.get("/devices.csv")
@allow(Permission.KEEP_DEVICES)
def export() -> Response:
    school = room.policy().school
    out = io.StringIO()
    table = Sheet(out, COLUMNS)
    for one in school.devices:
        cells = (
            sets_of(school, one.name),
            tuple(map(str, one.addresses)),
            one.macs,
            one.client_ids,
        )
        table.add((one.name, one.group, *(";".join(some) for some in cells)))
    note("exported", "devices", after={"devices": len(school.devices)})
    answer = make_response("\ufeff" + out.getvalue())  # Excel reads it as UTF-8 by that
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=devices.csv"
    return answer


def _sent() -> str:
    """What was pasted, or the file; DecisionError where it is no text."""
    data = b""
    with contextlib.closing(request.files.get("file") or FileStorage()) as file:
        if file.filename:  # which is never believed, nor used
            data = file.stream.read(LARGEST + 1)
    text = _decoded(data) if data else request.form.get("text", "")
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise DecisionError("The sheet is larger than 0.9 MB: no school has so many devices.")
    if not text.strip():
        raise DecisionError("Paste a sheet, or choose a file.")
    if any(unicodedata.category(one) == "Cc" and one not in "\t\r\n" for one in text):
        raise DecisionError(_NO_TEXT)
    return text


_NO_TEXT: Final = "This is not a text file: save the sheet as CSV, and choose that."


def _decoded(data: bytes) -> str:
    """Excel writes what the computer is set to."""
    encodings = ("utf-16",) if data.startswith(_UTF16) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one
    raise DecisionError(_NO_TEXT)


def _page(text: str = "", wrong: str = "") -> str:
    live, school = room.context().live, room.policy().school
    preview = sheet.read_roll(text, school) if text else None
    return render_template(
        "staff/devicesheet.html",
        text=text,
        wrong=wrong,
        preview=preview,
        shown=SHOWN,
        seen=live.version,
        columns=COLUMNS,
        groups=[one.name for one in school.groups],
    )
