"""The page behind a link that works once: a first password, a new one, or a lost phone."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from appliance.errors import PeopleError
from appliance.store.office import invitations
from appliance.store.office.invitations import Invitation, Kind
from webadmin.frame.failures import failure
from webadmin.frame.fields import Form, refuse, secret
from webadmin.staff import room
from webadmin.staff.door.keyring import hasher
from webadmin.staff.door.wordings import PASSWORD_HELP
from webadmin.staff.noting import note_arrival
from webadmin.staff.permissions import open_to_all

pages = Blueprint("welcome", __name__, url_prefix="/welcome")


class ChooseForm(Form):
    password = PasswordField(
        "New password",
        [DataRequired("Type a password."), Length(max=1_000)],
        description=PASSWORD_HELP,
    )
    again = PasswordField(
        "The same again", [EqualTo("password", "The two are not the same: type both again.")]
    )


@pages.get("/<token>")
@open_to_all
def welcome(token: str) -> str | Response | Redirect:
    """Only looked at: mail programs follow links before their readers do."""
    try:
        invitation = invitations.look(room.office(), token, room.now_ms())
    except PeopleError as fault:
        return _dead(fault)
    if invitation.kind is Kind.FIRST_RUN:
        return redirect(url_for("firstrun.begin", token=token))
    return _page(invitation, ChooseForm())


@pages.post("/<token>")
@open_to_all
def take(token: str) -> Response | Redirect:
    form = ChooseForm()
    try:
        invitation = invitations.look(room.office(), token, room.now_ms())
        if invitation.kind is Kind.SECOND_FACTOR:
            person = invitations.take_off_second_factor(room.office(), token, room.now_ms())
            note_arrival("took off the second step by a link", person.login)
            flash(
                "The second step is off. Sign in with your password, and set it up again.",
                "success",
            )
            return redirect(url_for("signin.sign_in"))
    except PeopleError as fault:
        return _dead(fault)
    if not form.validate():
        return make_response(_page(invitation, form), 400)
    try:
        person = invitations.take_password(
            room.office(),
            hasher(),
            token,
            secret(form.password),
            school=room.school_name(),
            at_ms=room.now_ms(),
        )
    except PeopleError as fault:
        refuse(form.password, str(fault))
        return make_response(_page(invitation, form), 400)
    note_arrival("chose a password by a link", person.login)
    flash("Your password is set. Sign in with it.", "success")
    return redirect(url_for("signin.sign_in"))


def _page(invitation: Invitation, form: ChooseForm) -> str:
    return render_template("staff/welcome.html", invitation=invitation, Kind=Kind, form=form)


def _dead(fault: PeopleError) -> Response:
    return failure(410, "This link opens nothing", str(fault))
