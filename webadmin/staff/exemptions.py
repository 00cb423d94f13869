"""Exemptions: a standing permission for some devices, with its approvers and its end."""

from __future__ import annotations

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
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError, DecisionError
from appliance.policy.model import GrantKind
from webadmin.frame.fields import refuse
from webadmin.staff import grantlist, room
from webadmin.staff.granting import ExemptionForm, carry_out, everybody
from webadmin.staff.moments import ends, written
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("exemptions", __name__, url_prefix="/exemptions")
KIND = GrantKind.EXEMPTION


@pages.get("")
@allow(Permission.OPEN)
def exemptions() -> str:
    return render_template(
        "staff/exemptions.html",
        lists=grantlist.lists(KIND),
        terms=room.policy().school.exemption_terms,
    )


@pages.get("/new")
@allow(Permission.OPEN)
def new() -> str:
    policy, now = room.policy(), room.now()
    return _page(
        ExemptionForm(
            None,
            what=request.args.get("site", "")[:300],
            scopes=request.args.getlist("scope"),
            start=written(policy, now),
            end=ends(policy, now)[-1][0],
        )
    )


@pages.post("/new")
@allow(Permission.OPEN)
def add() -> Response | Redirect:
    form = _prepared(ExemptionForm())
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        outcome = carry_out(form, KIND)
    except ApplianceError as fault:
        refuse(form.what, str(fault))
        return make_response(_page(form), 409)
    if outcome.request:
        flash(
            f"This takes another person. {outcome.request.needed_why} A colleague finds it under "
            "Requests.",
            "warning",
        )
    else:
        flash("The exemption holds from its first minute on.", "success")
    return redirect(url_for(".exemptions"))


@pages.post("/end")
@allow(Permission.OPEN)
def end() -> Redirect:
    ids = request.form.getlist("id")
    if not ids:
        flash("Tick the ones that are to end.", "warning")
        return redirect(url_for(".exemptions"))
    try:
        count = grantlist.end(KIND, ids)
    except DecisionError as fault:
        flash(str(fault), "danger")
        return redirect(url_for(".exemptions"))
    flash("It is ended." if count == 1 else f"{count} are ended.", "success")
    return redirect(url_for(".exemptions"))


def _prepared(form: ExemptionForm) -> ExemptionForm:
    form.scopes.choices = everybody(room.policy())
    return form


def _page(form: ExemptionForm) -> str:
    policy = room.policy()
    return render_template(
        "staff/exemption_new.html",
        form=_prepared(form),
        ends=ends(policy, room.now()),
        terms=policy.school.exemption_terms,
    )
