"""What leaves the box: a case's attachments, and its evidence, each with a note of who took it."""

from __future__ import annotations

from flask import Response, abort, make_response

from appliance.errors import CaseError, EvidenceError
from appliance.recording.evidence.elsewhere import take_out
from appliance.store import cases
from appliance.store.attachments import Keeper
from appliance.store.cases import holder_of
from webadmin.frame.fields import refuse, text
from webadmin.staff import room
from webadmin.staff.cases.page import EvidenceForm, show
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow
from webadmin.staff.sending import download


@allow(Permission.SEE_CASES)
def attachment(id: int, number: int) -> Response:
    """One file, to whoever may see this case; through another case it can't be had."""
    try:
        found = cases.attachment(room.record(), number)
    except CaseError:
        abort(404)
    if found.case_id != id:
        abort(404)
    data = Keeper(room.context().folder).read(found.sha256)
    note("downloaded", holder_of(id), after={"attachment": found.id, "sha256": found.sha256})
    return download(data, found.name, found.type)


@allow(Permission.HANDLE_CASES)
def evidence(id: int) -> Response:
    """The same ZIP that `bellgate export evidence` makes."""
    form = EvidenceForm()
    if not form.validate():
        return make_response(show(id, evidence=form), 400)
    try:
        taken = take_out(room.context().folder, id, room.now())
    except EvidenceError as fault:
        refuse(form.reason, str(fault))
        return make_response(show(id, evidence=form), 409)
    note(
        "took out evidence",
        holder_of(id),
        after={
            "reason": text(form.reason),
            "rows": taken.rows,
            "sha256": taken.sha256,
            "left_out": taken.left_out,
        },
    )
    return download(taken.file, f"case-{id}.zip", "application/zip")
