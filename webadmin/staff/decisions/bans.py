"""Bans: a device gets nothing but help lines until a date."""

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
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from appliance.errors import ApplianceError
from appliance.policy.decide import Policy
from appliance.policy.decisions import bans, standing
from appliance.policy.decisions.bans import BanWish
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import School
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.decisions.moments import ends, read_moment
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("bans", __name__, url_prefix="/bans")
OVER_SHOWN = 30


class BanForm(Form):
    device = SelectField("Device", [DataRequired("Choose a device.")])
    until = StringField("Until", [DataRequired("Say when it ends.")])
    reason = TextAreaField("Why", [DataRequired("Write why."), Length(max=500)])
    clause = StringField("Clause of the policy", [Length(max=50)], description="Such as 7.2.")


@pages.get("")
@allow(Permission.BAN)
def bans_list() -> str:
    policy, now = room.policy(), room.now()
    return render_template(
        "staff/bans.html",
        in_force=standing.bans(policy, Standing.IN_FORCE, now)
        + standing.bans(policy, Standing.FUTURE, now),
        over=standing.bans(policy, Standing.OVER, now)[::-1][:OVER_SHOWN],
        instant=policy.clock.instant,
    )


@pages.get("/new")
@allow(Permission.BAN)
def new() -> str:
    return _page(BanForm(None, device=request.args.get("device", "")))


@pages.post("/new")
@allow(Permission.BAN)
def add() -> Response | Redirect:
    form = _prepared(BanForm())
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        wish = BanWish(
            device=text(form.device),
            until=read_moment(room.policy(), text(form.until), "when it ends"),
            reason=text(form.reason),
            approved_by=(room.me().name,),
            clause=text(form.clause),
        )
        put_in_force(
            lambda policy: bans.ban(policy, wish, room.now()),
            "banned",
            f"device {wish.device}",
            after={"until": wish.until, "reason": wish.reason, "clause": wish.clause},
        )
    except ApplianceError as fault:
        refuse(form.until, str(fault))
        return make_response(_page(form), 409)
    flash(f"{wish.device} gets help lines only from now on.", "success")
    return redirect(url_for(".bans_list"))


@pages.post("/<id>/end")
@allow(Permission.BAN)
def end(id: str) -> Redirect:
    def alter(policy: Policy) -> School:
        return bans.end(policy, [id], room.now())

    found = next((one for one in room.policy().school.bans if one.id == id), None)
    whose = f"device {found.device}" if found else f"ban {id}"
    before = {"until": found.end.isoformat()} if found else None
    with told("The ban is over."):
        put_in_force(alter, "ended a ban", whose, before=before)
    return redirect(url_for(".bans_list"))


def _prepared(form: BanForm) -> BanForm:
    names = sorted(one.name for one in room.policy().school.devices)
    form.device.choices = choices([("", "Choose"), *((name, name) for name in names)])
    return form


def _page(form: BanForm) -> str:
    return render_template(
        "staff/ban_new.html", form=_prepared(form), ends=ends(room.policy(), room.now())
    )
