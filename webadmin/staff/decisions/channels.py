"""The register of official channels: platform, account, master administrator, approved users,
opened, closed. An open entry opens its platform for its groups and devices.
"""

from __future__ import annotations

import datetime
import io

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
from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from appliance.errors import ApplianceError, DecisionError
from appliance.policy.decide import Policy
from appliance.policy.decisions import channels
from appliance.policy.model import OfficialChannel, School
from appliance.policy.words import describe
from appliance.spreadsheet import Sheet
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.decisions.granting import targets_of
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("channels", __name__, url_prefix="/channels")
COLUMNS = ("platform", "account", "master administrator", "approved users", "opened", "closed")


class ChannelForm(Form):
    platform = StringField(
        "Platform",
        [DataRequired("Type the platform."), Length(max=100)],
        description="Such as Facebook.",
    )
    account = StringField("Account", [DataRequired("Type the account's name."), Length(max=200)])
    master_role = StringField(
        "Master administrator",
        [DataRequired("Type a role."), Length(max=200)],
        description="A role such as school business manager, not a person.",
    )
    approved = StringField(
        "Approved users",
        [DataRequired("Say who may use it."), Length(max=300)],
        description="Such as office and class teachers.",
    )
    groups = SelectMultipleField(
        "Open for these groups",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    devices = SelectMultipleField(
        "… and these devices",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    opened = DateField("Opened", [DataRequired("Give the date on which it was opened.")])
    closed = DateField("Closed", [Optional()])
    clause = StringField("Clause of the policy", [Length(max=50)])


@pages.get("")
@allow(Permission.OPEN)
def register() -> str:
    policy = room.policy()
    today = policy.clock.date(room.now())
    return render_template(
        "staff/channels.html",
        lines=[
            (
                channels.key_of(one),
                one,
                describe(one.platform, policy),
                channels.is_open(one, today),
            )
            for one in policy.school.official_channels
        ],
    )


@pages.get("/register.csv")
@allow(Permission.OPEN)
def spreadsheet() -> Response:
    """Exactly the register's columns."""
    policy = room.policy()
    file = io.StringIO()
    sheet = Sheet(file, COLUMNS)
    for one in policy.school.official_channels:
        sheet.add(
            (
                describe(one.platform, policy),
                one.account,
                one.master_role,
                one.approved,
                _said(one.opened),
                _said(one.closed),
            )
        )
    answer = make_response(file.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=official-channels.csv"
    return answer


@pages.get("/new")
@allow(Permission.OPEN)
def new() -> str:
    return _page(ChannelForm(None, opened=room.policy().clock.date(room.now())))


@pages.post("/new")
@allow(Permission.OPEN)
def add() -> Response | Redirect:
    return _take("")


@pages.get("/<key>")
@allow(Permission.OPEN)
def one(key: str) -> str:
    policy = room.policy()
    try:
        found = channels.find(policy.school, key)
    except DecisionError:
        abort(404)
    form = ChannelForm(
        None,
        platform=describe(found.platform, policy),
        account=found.account,
        master_role=found.master_role,
        approved=found.approved,
        groups=list(found.groups),
        devices=list(found.devices),
        opened=found.opened,
        closed=found.closed,
        clause=found.clause,
    )
    return _page(form, key)


@pages.post("/<key>")
@allow(Permission.OPEN)
def change(key: str) -> Response | Redirect:
    return _take(key)


@pages.post("/<key>/close")
@allow(Permission.OPEN)
def close(key: str) -> Redirect:
    """It opens nothing from today on, and stays in the register."""

    def alter(policy: Policy) -> School:
        return channels.close(policy, key, policy.clock.date(room.now()))

    with told("It is closed, and stays in the register."):
        before = channels.find(room.policy().school, key)
        put_in_force(alter, "closed a channel", _name(before), before=_facts(before))
    return redirect(url_for(".register"))


def _take(key: str) -> Response | Redirect:
    form = _prepared(ChannelForm())
    if not form.validate():
        return make_response(_page(form, key), 400)
    try:
        entry = _entry(form)
        before = channels.find(room.policy().school, key) if key else None

        def alter(policy: Policy) -> School:
            return channels.edit(policy, key, entry) if key else channels.add(policy, entry)

        put_in_force(
            alter,
            "changed a channel" if key else "opened a channel",
            _name(entry),
            before=_facts(before) if before else None,
            after=_facts(entry),
        )
    except ApplianceError as fault:
        refuse(form.platform, str(fault))
        return make_response(_page(form, key), 409)
    flash("The register is changed.", "success")
    return redirect(url_for(".register"))


def _entry(form: ChannelForm) -> OfficialChannel:
    platforms = targets_of(room.policy(), text(form.platform))
    if len(platforms) != 1:
        raise DecisionError("One entry is about one platform: make another one for the next.")
    return OfficialChannel(
        platform=platforms[0],
        account=text(form.account),
        master_role=text(form.master_role),
        approved=text(form.approved),
        groups=tuple(form.groups.data or ()),
        devices=tuple(form.devices.data or ()),
        opened=form.opened.data,
        closed=form.closed.data,
        clause=text(form.clause),
    )


def _name(one: OfficialChannel) -> str:
    return f"channel {one.platform} {one.account}"


def _facts(one: OfficialChannel) -> dict[str, object]:
    return {
        "master administrator": one.master_role,
        "approved users": one.approved,
        "groups": list(one.groups),
        "devices": list(one.devices),
        "opened": _said(one.opened),
        "closed": _said(one.closed),
    }


def _said(date: datetime.date | None) -> str:
    return date.isoformat() if date else ""


def _prepared(form: ChannelForm) -> ChannelForm:
    school = room.policy().school
    form.groups.choices = choices((one.name, one.name) for one in school.groups)
    form.devices.choices = choices((one.name, one.name) for one in school.devices)
    return form


def _page(form: ChannelForm, key: str = "") -> str:
    return render_template("staff/channel.html", form=_prepared(form), key=key)
