"""The e-safety team decides on requests; what enough of them approve is open at once."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError, RequestError
from appliance.policy.decisions import grants, years
from appliance.policy.decisions.grants import Wish
from appliance.policy.decisions.opening import Proposal, proposal
from appliance.policy.model import GrantKind, Scope, Target
from appliance.store.office import asking, deciding, requests
from appliance.store.office.requests import Kind, Request, State
from webadmin.frame.numbers import whole
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.asking import facts
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow
from webadmin.staff.slots import scope_titles

pages = Blueprint("deciding", __name__, url_prefix="/requests")
PAST_SHOWN = 50


@pages.get("")
@allow(Permission.DECIDE)
def requests_list() -> str:
    asking.lapse(room.office(), room.now())
    waiting = requests.waiting(room.office())
    return render_template(
        "staff/deciding.html",
        waiting=waiting,
        unopened=requests.unopened(room.office()),
        past=[
            one
            for one in requests.history(room.office(), limit=PAST_SHOWN)
            if one.state is not State.WAITING
        ],
        scope_titles=scope_titles,
    )


@pages.get("/<int:id>")
@allow(Permission.DECIDE)
def one(id: int) -> str:
    asking.lapse(room.office(), room.now())
    found = _one(id)
    return render_template(
        "staff/deciding_one.html",
        request=found,
        found=_proposal(found),
        scope_titles=scope_titles,
        may_decide=found.may_be_decided_by(room.me().id),
        is_mine=found.asked_by == room.me().id,
    )


@pages.post("/<int:id>/approve")
@allow(Permission.DECIDE)
def approve(id: int) -> Redirect:
    try:
        found = deciding.approve(
            room.office(),
            id,
            room.me(),
            edition=whole(request.form.get("edition", "")),
            at_ms=room.now_ms(),
            words=request.form.get("words", ""),
        )
    except RequestError as fault:
        return _back(id, str(fault), "danger")
    note("approved", f"request {id}", after=facts(found))
    if found.state is State.APPROVED:
        return _open(found)
    return _back(id, f"Noted. It needs {found.missing} more.", "success")


@pages.post("/<int:id>/refuse")
@allow(Permission.DECIDE)
def refuse(id: int) -> Redirect:
    try:
        found = deciding.refuse(
            room.office(),
            id,
            room.me(),
            at_ms=room.now_ms(),
            words=request.form.get("words", ""),
        )
    except RequestError as fault:
        return _back(id, str(fault), "danger")
    note("refused", f"request {id}", after=facts(found))
    flash(f"{found.asked_name} has your answer.", "success")
    return redirect(url_for(".requests_list"))


@pages.post("/<int:id>/open")
@allow(Permission.DECIDE)
def open_it(id: int) -> Redirect:
    """What was approved and is not open: the power went in between."""
    found = _one(id)
    if found.state is not State.APPROVED or found.grant_id:
        return _back(id, "There is nothing left to open here.", "danger")
    return _open(found)


def _one(id: int) -> Request:
    try:
        return requests.one(room.office(), id)
    except RequestError:
        abort(404)


def _open(found: Request) -> Redirect:
    """Into the policy, or back to those who decide."""
    name = f"request-{found.id}"
    try:
        put_in_force(
            lambda policy: grants.grant(policy, _wish(found, name), room.now()),
            "opened",
            f"request {found.id}",
            after=facts(found) | {"grant": name},
        )
    except ApplianceError as fault:
        deciding.taken_back(room.office(), found.id, room.me())
        return _back(found.id, f"It could not be opened, and waits again. {fault}", "danger")
    deciding.opened(room.office(), found.id, name)
    flash(f"{found.typed[:60]} is approved; {found.asked_name} sees it at once.", "success")
    return redirect(url_for(".requests_list"))


def _wish(found: Request, name: str) -> Wish:
    policy = room.policy()
    scopes = tuple(Scope.parse(one) for one in found.scopes)
    approved_by = tuple(one.name for one in found.approvals)
    if found.kind is not Kind.LESSON:
        approved_by = (
            found.asked_name,
            *approved_by,
        )  # one of the team asked: the first of the two
    return Wish(
        targets=tuple(Target.parse(one) for one in found.targets),
        scopes=scopes,
        start=found.start,
        end=found.end,
        reason=found.aim,
        approved_by=approved_by,
        kind=GrantKind.EXEMPTION if found.kind is Kind.EXEMPTION else GrantKind.OVERRIDE,
        risk_assessment=found.risk_assessment,
        id=name,
        youngest_age=years.youngest(policy, scopes, found.room),
    )


def _proposal(found: Request) -> Proposal:
    """What the policy says of it today."""
    policy = room.policy()
    scopes = [Scope.parse(one) for one in found.scopes]
    return proposal(
        policy,
        found.typed,
        scopes,
        max(found.start, room.now()),
        youngest_age=years.youngest(policy, scopes, found.room),
        lists_of=room.context().live.lists_of,
    )


def _back(id: int, sentence: str, kind: str) -> Redirect:
    flash(sentence, kind)
    return redirect(url_for(".one", id=id))
