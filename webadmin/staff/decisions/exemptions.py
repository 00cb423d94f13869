"""Exemptions: a standing permission for some devices, with its approvers and its end."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Redirect

from appliance.policy.model import GrantKind
from webadmin.staff import room
from webadmin.staff.decisions import grantlist
from webadmin.staff.decisions.granting import ExemptionForm, everybody, put
from webadmin.staff.decisions.moments import ends, written
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
    if not put(form, KIND, "The exemption holds from its first minute on."):
        return make_response(_page(form), 409)
    return redirect(url_for(".exemptions"))


@pages.post("/end")
@allow(Permission.OPEN)
def end() -> Redirect:
    grantlist.end_ticked(KIND)
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
