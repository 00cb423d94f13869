"""Overrides: the e-safety team opens or closes something until a time."""

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

from appliance.errors import ApplianceError
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, years
from appliance.policy.model import Grant, GrantKind, School
from appliance.store.office import requests
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.decisions import grantlist
from webadmin.staff.decisions.granting import OverrideForm, everybody, put
from webadmin.staff.decisions.moments import ends, read_moment, written
from webadmin.staff.lessons.granted import facts
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("overrides", __name__, url_prefix="/overrides")
KIND = GrantKind.OVERRIDE


@pages.get("")
@allow(Permission.OPEN)
def overrides() -> str:
    return render_template("staff/overrides.html", lists=grantlist.lists(KIND))


@pages.get("/new")
@allow(Permission.OPEN)
def new() -> str:
    """The form; a line of the log or a report fills in what it is about, and for whom."""
    wanted, policy, now = request.args, room.policy(), room.now()
    usual = ends(policy, now)
    return _page(
        OverrideForm(
            None,
            what=wanted.get("site", "")[:300],
            scopes=wanted.getlist("scope"),
            action=wanted.get("action", "allow"),
            start=written(policy, now),
            end=usual[0][0],
        )
    )


@pages.post("/new")
@allow(Permission.OPEN)
def add() -> Response | Redirect:
    form = _prepared(OverrideForm())
    if not form.validate():
        return make_response(_page(form), 400)
    if not put(form, KIND, "It is in force."):
        return make_response(_page(form), 409)
    return redirect(url_for(".overrides"))


@pages.post("/end")
@allow(Permission.OPEN)
def end() -> Redirect:
    """One or many, at once."""
    grantlist.end_ticked(KIND)
    return redirect(url_for(".overrides"))


@pages.get("/<id>")
@allow(Permission.OPEN)
def one(id: str) -> Response:
    """Longer, or shorter."""
    policy = room.policy()
    line = next((line for line in _all() if line.grant.id == id), None)
    page = render_template("staff/override.html", line=line, ends=ends(policy, room.now()))
    return make_response(page, 200 if line else 404)


@pages.post("/<id>/until")
@allow(Permission.OPEN)
def until(id: str) -> Redirect:
    before = grants.find(room.policy().school, KIND, id)

    def alter(policy: Policy) -> School:
        moment = read_moment(policy, request.form.get("until", ""), "until when")
        said = requests.of_grant(room.office(), id)
        scopes = before.scopes if before else ()
        age = years.youngest(policy, scopes, said.room if said else "")
        return grants.extend(policy, KIND, id, moment, [room.me().name], room.now(), age)

    try:
        put_in_force(
            alter,
            "changed the end of",
            f"override {id}",
            before=_said(before),
            after={"until": request.form.get("until", "")[:40]},
        )
    except ApplianceError as fault:
        flash(str(fault), "danger")
        return redirect(url_for(".one", id=id))
    flash("Its end is changed.", "success")
    return redirect(url_for(".overrides"))


def _said(one: Grant | None) -> dict[str, object]:
    return facts(one) if one else {}


def _all() -> list[grantlist.Line]:
    found = grantlist.lists(KIND)
    return [*found.in_force, *found.future, *found.over]


def _prepared(form: OverrideForm) -> OverrideForm:
    form.scopes.choices = everybody(room.policy())
    return form


def _page(form: OverrideForm) -> str:
    policy = room.policy()
    return render_template(
        "staff/override_new.html", form=_prepared(form), ends=ends(policy, room.now())
    )
