"""What people do with a case: write, judge, open again, add files. The store audits all of it."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, url_for
from werkzeug.wrappers import Response as Redirect

from appliance.errors import CaseError
from appliance.store import handling
from appliance.store.attachments import LARGEST, Keeper
from appliance.store.cases import Outcome
from webadmin.frame.fields import refuse, text
from webadmin.staff import room
from webadmin.staff.cases.page import AttachForm, NoteForm, ReviewForm, show
from webadmin.staff.permissions import Permission, allow


@allow(Permission.HANDLE_CASES)
def note(id: int) -> Response | Redirect:
    form = NoteForm()
    if not form.validate():
        return make_response(show(id, note=form), 400)
    try:
        handling.note(
            room.changing(), id, text(form.text), who=room.me().login, at_ms=room.now_ms()
        )
    except CaseError as fault:
        refuse(form.text, str(fault))
        return make_response(show(id, note=form), 409)
    return _back(id, "Written down.", "notes")


@allow(Permission.HANDLE_CASES)
def review(id: int) -> Response | Redirect:
    form = ReviewForm()
    if not form.validate():
        return make_response(show(id, review=form), 400)
    try:
        handling.review(
            room.changing(),
            id,
            Outcome(text(form.outcome)),
            text(form.lesson),
            who=room.me().login,
            at_ms=room.now_ms(),
        )
    except CaseError as fault:
        refuse(form.lesson, str(fault))
        return make_response(show(id, review=form), 409)
    return _back(id, f"Case {id} is reviewed. What comes from now on is a case of its own.")


@allow(Permission.HANDLE_CASES)
def reopen(id: int) -> Redirect:
    try:
        handling.reopen(room.changing(), id, who=room.me().login, at_ms=room.now_ms())
    except CaseError as fault:
        flash(str(fault), "danger")
        return redirect(url_for("cases.case", id=id))
    return _back(id, f"Case {id} is open again. What was said of it stays in its history.")


@allow(Permission.HANDLE_CASES)
def attach(id: int) -> Response | Redirect:
    form = AttachForm()
    if not form.validate():
        return make_response(show(id, attach=form), 400)
    sent = form.file.data
    try:
        kept = handling.attach(
            room.changing(),
            Keeper(room.context().folder),
            id,
            sent.stream.read(LARGEST + 1),
            who=room.me().login,
            at_ms=room.now_ms(),
            name=sent.filename,
        )
    except CaseError as fault:
        refuse(form.file, str(fault))
        return make_response(show(id, attach=form), 400)
    return _back(id, f"{kept.name} is with the case.", "attachments")


def _back(id: int, said: str, place: str = "") -> Redirect:
    flash(said, "success")
    return redirect(url_for("cases.case", id=id, _anchor=place or None))
