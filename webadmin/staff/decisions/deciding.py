"""The e-safety team decides on requests; what enough of them approve is open at once."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError, RequestError
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, years
from appliance.policy.decisions.grants import Wish
from appliance.policy.decisions.needs import Needed, approvals_needed
from appliance.policy.decisions.opening import Proposal, proposals
from appliance.policy.model import GrantKind, School, Scope, Target
from appliance.store.office import asking, deciding, requests
from appliance.store.office.requests import Kind, Request, State
from webadmin.frame.numbers import whole
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.lessons.asking import facts
from webadmin.staff.lessons.slots import scope_titles
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

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
        past=requests.history(room.office(), limit=PAST_SHOWN),
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
        opens=_opens(found),
        scope_titles=scope_titles,
        may_decide=found.may_be_decided_by(room.me().id),
        is_mine=found.asked_by == room.me().id,
    )


@pages.post("/<int:id>/approve")
@allow(Permission.DECIDE)
def approve(id: int) -> Redirect:
    needed = _needed(_one(id))
    try:
        with room.office().transaction():
            found = deciding.approve(
                room.office(),
                id,
                room.me(),
                edition=whole(request.form.get("edition", "")),
                at_ms=room.now_ms(),
                words=request.form.get("words", ""),
                needed=needed.count,
                needed_why=" ".join(needed.reasons),
            )
            note("approved", f"request {id}", after=facts(found))
    except RequestError as fault:
        return _back(id, str(fault), "danger")
    if found.state is State.APPROVED:
        return _open(found)
    more = "one more person" if found.missing == 1 else f"{found.missing} more people"
    return _back(id, f"Noted. It opens once {more} approved it too.", "success")


@pages.post("/<int:id>/refuse")
@allow(Permission.DECIDE)
def refuse(id: int) -> Redirect:
    try:
        with room.office().transaction():
            found = deciding.refuse(
                room.office(),
                id,
                room.me(),
                at_ms=room.now_ms(),
                words=request.form.get("words", ""),
            )
            note("refused", f"request {id}", after=facts(found))
    except RequestError as fault:
        return _back(id, str(fault), "danger")
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

    def alter(policy: Policy) -> School:
        if grants.find(policy.school, _kind(found), name):
            return (
                policy.school
            )  # the power went, or a colleague came, before that was written down
        return grants.grant(policy, _wish(policy, found, name), room.now())

    try:
        put_in_force(alter, "opened", f"request {found.id}", after=facts(found) | {"grant": name})
    except ApplianceError as fault:
        return _back(found.id, f"{_not_opened(found)} {fault}", "danger")
    deciding.opened(room.office(), found.id, name)
    flash(f"{found.typed[:60]} is approved; {found.asked_name} sees it at once.", "success")
    return redirect(url_for(".requests_list"))


def _not_opened(found: Request) -> str:
    """An approval that opened nothing is as if it had not been given."""
    if room.me().id not in {one.who for one in found.approvals}:
        return "It could not be opened."
    deciding.taken_back(room.office(), found.id, room.me())
    return "It could not be opened, and waits again."


def _wish(policy: Policy, found: Request, name: str) -> Wish:
    approvers = [one.name for one in found.approvals]
    if found.kind is not Kind.LESSON:
        approvers.insert(0, found.asked_name)  # one of the team asked: the first of the two
    return Wish(
        targets=_targets(found),
        scopes=_scopes(found),
        start=max(found.start, room.now()),
        end=found.end,
        reason=found.aim,
        approved_by=tuple(approvers),
        kind=_kind(found),
        risk_assessment=found.risk_assessment,
        id=name,
        youngest_age=years.youngest(policy, _scopes(found), found.room),
    )


def _needed(found: Request) -> Needed:
    """How many of others than the asker the policy asks for today."""
    policy, scopes = room.policy(), _scopes(found)
    age = years.youngest(policy, scopes, found.room)
    needed = approvals_needed(policy, _targets(found), scopes, _kind(found), age)
    return needed if found.kind is Kind.LESSON else replace(needed, count=needed.count - 1)


def _opens(found: Request) -> tuple[Proposal, ...]:
    """What the policy says today of each that would open."""
    return proposals(
        room.policy(),
        _targets(found),
        _scopes(found),
        max(found.start, room.now()),
        lists_of=room.context().live.lists_of,
    )


def _kind(found: Request) -> GrantKind:
    return GrantKind.EXEMPTION if found.kind is Kind.EXEMPTION else GrantKind.OVERRIDE


def _targets(found: Request) -> tuple[Target, ...]:
    return tuple(Target.parse(one) for one in found.targets)


def _scopes(found: Request) -> tuple[Scope, ...]:
    return tuple(Scope.parse(one) for one in found.scopes)


def _back(id: int, sentence: str, kind: str) -> Redirect:
    flash(sentence, kind)
    return redirect(url_for(".one", id=id))
