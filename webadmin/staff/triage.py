"""Reports of bad sites: looked at, blocked in one step, answered with thanks, or passed on."""

from __future__ import annotations

import datetime
from typing import Final

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    url_for,
)
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError, CaseError, DecisionError, ReportError
from appliance.policy.clock import Instant
from appliance.store import audit, cases, handling
from appliance.store.audit import Audited
from appliance.store.counter import reports as store
from appliance.store.counter import triage
from appliance.store.counter.counter import pictures
from appliance.store.counter.reports import Report, State
from appliance.store.office import people
from webadmin.frame.fields import choices, refuse, text
from webadmin.staff import blocking, reported, room
from webadmin.staff.blocking import Block
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow
from webadmin.staff.sending import download
from webadmin.staff.triageforms import BlockForm, DismissForm, EscalateForm

pages = Blueprint("triage", __name__, url_prefix="/reports")
PAST_SHOWN: Final = 50
WAITING_SHOWN: Final = 100  # the oldest; with a thousand the page would be a megabyte


@pages.get("")
@allow(Permission.TRIAGE)
def reports() -> str:
    book = room.counter()
    past, waiting = store.history(book, limit=PAST_SHOWN), store.waiting(book)
    return render_template(
        "staff/triage.html",
        waiting=waiting[:WAITING_SHOWN],
        more=len(waiting[WAITING_SHOWN:]),
        unblocked=[one for one in past if one.state is State.BLOCKED and not one.grant_id],
        escalated=[one for one in past if one.state is State.ESCALATED],
        past=past,
        read_as=lambda one: reported.title(room.policy(), one),
        told=lambda one: len(store.of_site(book, one.read_as)) - 1 if one.read_as else 0,
    )


@pages.get("/<int:id>")
@allow(Permission.TRIAGE)
def report(id: int) -> str:
    return _page(_one(id))


@pages.get("/<int:id>/screenshot")
@allow(Permission.TRIAGE)
def screenshot(id: int) -> Response:
    kept = _one(id).screenshot
    if kept is None:
        abort(404)
    data = pictures(room.context().folder).read(kept.sha256)
    note("downloaded the screenshot", f"report {id}", after={"sha256": kept.sha256})
    return download(data, kept.name, kept.type)


@pages.post("/<int:id>/look")
@allow(Permission.TRIAGE)
def look(id: int) -> Redirect:
    """Others see that somebody does, and may decide all the same."""
    try:
        with room.counter().transaction():
            triage.look_into(room.counter(), id, who=room.me().name, at_ms=room.now_ms())
            note("took up", f"report {id}")
    except ReportError as fault:
        return _back(id, fault)
    return redirect(url_for(".report", id=id))


@pages.post("/<int:id>/block")
@allow(Permission.TRIAGE)
def block(id: int) -> Response | Redirect:
    found, form = _one(id), _with_groups(BlockForm())
    if not form.validate():
        return make_response(_page(found, block=form), 400)
    try:
        wanted = Block(
            reported.read_names(text(form.names)), tuple(form.groups.data or ()), _until(form)
        )
    except DecisionError as fault:
        refuse(form.names, str(fault))
        return make_response(_page(found, block=form), 400)
    me, at_ms = room.me().name, room.now_ms()
    try:
        triage.block(room.counter(), id, who=me, at_ms=at_ms, answer=text(form.answer))
    except ReportError as fault:
        return _back(id, fault)
    try:
        name = blocking.put(found, wanted)
    except ApplianceError as fault:
        triage.reopen(room.counter(), id, who=me, at_ms=at_ms)
        refuse(form.names, str(fault))
        return make_response(_page(_one(id), block=form), 409)
    triage.point(room.counter(), id, grant_id=name)
    flash(f"{wanted.names[0]} is refused from this moment on.", "success")
    return redirect(url_for(".reports"))


@pages.post("/<int:id>/dismiss")
@allow(Permission.TRIAGE)
def dismiss(id: int) -> Response | Redirect:
    form = DismissForm()
    if not form.validate():
        return make_response(_page(_one(id), dismiss=form), 400)
    who, thanks = room.me().name, text(form.thanks)
    try:
        with room.counter().transaction():
            triage.dismiss(room.counter(), id, who=who, at_ms=room.now_ms(), answer=thanks)
            note("dismissed", f"report {id}", after={"answer": thanks})
    except ReportError as fault:
        return _back(id, fault)
    flash("Dismissed. Whoever reported it finds your words under the reference.", "success")
    return redirect(url_for(".reports"))


@pages.post("/<int:id>/escalate")
@allow(Permission.TRIAGE)
def escalate(id: int) -> Response | Redirect:
    found, form = _one(id), EscalateForm()
    if not form.validate():
        return make_response(_page(found, escalate=form), 400)
    case = form.case.data or 0
    try:
        if case:
            cases.case(room.record(), case)
    except CaseError as fault:
        refuse(form.case, str(fault))
        return make_response(_page(found, escalate=form), 400)
    me, at_ms, words = room.me(), room.now_ms(), text(form.words)
    try:
        with room.counter().transaction():
            triage.escalate(room.counter(), id, who=me.name, at_ms=at_ms, case_id=case)
            note("escalated", f"report {id}", after={"words": words, "case": case or None})
            if case:
                said = f"Report {found.reference}: {words}"
                handling.note(room.changing(), case, said, who=me.login, at_ms=at_ms)
    except ReportError as fault:
        return _back(id, fault)
    flash("Passed on.", "success")
    return redirect(url_for(".reports"))


@pages.post("/<int:id>/reopen")
@allow(Permission.TRIAGE)
def reopen(id: int) -> Redirect:
    """Decided by mistake, or before all was known; what was blocked for it is lifted."""
    found = _one(id)
    try:
        lifted = found.grant_id and blocking.lift(found, *_blocked(id))
        triage.reopen(room.counter(), id, who=room.me().name, at_ms=room.now_ms())
    except (DecisionError, ReportError) as fault:
        return _back(id, fault)
    note("reopened", f"report {id}", before={"state": found.state}, after={"state": State.LOOKING})
    flash("It waits again." + (" The block is lifted." if lifted else ""), "success")
    return redirect(url_for(".report", id=id))


def _one(id: int) -> Report:
    try:
        return store.one(room.counter(), id)
    except ReportError:
        abort(404)


def _with_groups(form: BlockForm) -> BlockForm:
    form.groups.choices = choices((one.name, one.name) for one in room.policy().school.groups)
    return form


def _until(form: BlockForm) -> Instant | None:
    """The last moment of that day; None: for good."""
    if text(form.how_long) == "good":
        return None
    day = form.until.data
    if day is None:
        raise DecisionError("Choose the last day, or “For good”.")
    try:
        midnight = datetime.datetime.combine(day + datetime.timedelta(1), datetime.time())
        return room.policy().clock.instant(midnight)
    except OverflowError as fault:
        raise DecisionError("That day is too far away: choose “For good”.") from fault


def _history(id: int) -> list[Audited]:
    return audit.look(room.record(), subject=f"report {id}")


def _blocked(id: int) -> tuple[list[str], list[str]]:
    """The names and groups of the newest block, as they were noted."""
    for one in _history(id):
        if one.what == "blocked":
            return one.after["names"], one.after["groups"]
    return [], []


def _page(
    found: Report,
    *,
    block: BlockForm | None = None,
    dismiss: DismissForm | None = None,
    escalate: EscalateForm | None = None,
) -> str:
    policy = room.policy()
    sites = reported.names(policy, found)
    usual = {
        "names": "\n".join(sites),
        "groups": [one.name for one in policy.school.groups if not one.adults],
        "how_long": "good",
        "answer": triage.BLOCKED,
    }
    return render_template(
        "staff/triage_one.html",
        report=found,
        title=reported.title(policy, found),
        sites=sites,
        standings=reported.standings(policy, sites, room.context().live.lists_of, room.now()),
        whose=reported.whose(policy, found),
        others=reported.others(found, store.of_site(room.counter(), found.read_as)),
        history=_history(found.id),
        names={one.login: one.name for one in people.everybody(room.office())},
        block_form=block or _with_groups(BlockForm(None, data=usual)),
        dismiss_form=dismiss or DismissForm(None, data={"thanks": triage.THANKS}),
        escalate_form=escalate or EscalateForm(None),
        wrong=next((one for one in (block, dismiss, escalate) if one), None),
    )


def _back(id: int, fault: Exception) -> Redirect:
    flash(str(fault), "danger")
    return redirect(url_for(".report", id=id))
