"""Signing in and out: login and password, and the code of a second factor where there is one."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from appliance.store.office import signing_in
from appliance.store.office.signing_in import NeedsSecondFactor, Refused
from webadmin.frame.fields import Form, secret, text
from webadmin.staff import room
from webadmin.staff.door.arriving import come_half_way, come_in, turn_away, who_is_half_way
from webadmin.staff.door.keyring import hasher
from webadmin.staff.door.paths import next_path
from webadmin.staff.noting import note_arrival
from webadmin.staff.permissions import Permission, allow, open_to_all
from webadmin.staff.session import current_session
from webadmin.staff.session import sign_out as end_session

pages = Blueprint("signin", __name__)
LONGEST: Final = 1_000  # characters; a longer password is nobody's, and hashing it costs


class SignInForm(Form):
    login = StringField(
        "Login",
        [DataRequired("Type your login."), Length(max=LONGEST)],
        description="Your school e-mail address, or the short name you were given.",
    )
    password = PasswordField("Password", [DataRequired("Type your password."), Length(max=LONGEST)])


class CodeForm(Form):
    code = StringField(
        "Code",
        [DataRequired("Type the code."), Length(max=100)],
        description="The six digits that the app on your phone shows now, or a recovery code.",
    )


@pages.get("/sign-in")
@open_to_all
def sign_in() -> str | Redirect:
    if g.person is not None:
        return redirect(next_path())
    return _sign_in_page(SignInForm())


@pages.post("/sign-in")
@open_to_all
def take_password() -> Response | Redirect:
    form = SignInForm()
    if not form.validate():
        return make_response(_sign_in_page(form), 400)
    outcome = signing_in.sign_in(
        room.office(),
        hasher(),
        text(form.login),
        secret(form.password),
        address=request.remote_addr or "",
        at_ms=room.now_ms(),
    )
    if isinstance(outcome, Refused):
        return turn_away(outcome, _sign_in_page(form, outcome.sentence))
    if isinstance(outcome, NeedsSecondFactor):
        come_half_way(outcome.person)
        return redirect(url_for(".code", next=next_path()))
    return come_in(outcome.person, "password")


@pages.get("/sign-in/code")
@open_to_all
def code() -> str | Redirect:
    if who_is_half_way() is None:
        return redirect(url_for(".sign_in", next=next_path()))
    return _code_page(CodeForm())


@pages.post("/sign-in/code")
@open_to_all
def take_code() -> Response | Redirect:
    person_id, form = who_is_half_way(), CodeForm()
    if person_id is None:
        return redirect(url_for(".sign_in", next=next_path()))
    if not form.validate():
        return make_response(_code_page(form), 400)
    outcome = signing_in.second_step(
        room.office(),
        person_id,
        text(form.code),
        address=request.remote_addr or "",
        at_ms=room.now_ms(),
        phone_ms=room.phones_ms(),
    )
    if isinstance(outcome, Refused):
        return turn_away(outcome, _code_page(form, outcome.sentence))
    return come_in(outcome.person, f"password and {outcome.factor}")


@pages.post("/sign-out")
@allow(Permission.SECURE)
def sign_out() -> Redirect:
    note_arrival("signed out", room.me().login)
    end_session(current_session())
    return redirect(url_for(".sign_in"))


def _sign_in_page(form: SignInForm, refused: str = "") -> str:
    return render_template("staff/sign_in.html", form=form, refused=refused, wanted=next_path())


def _code_page(form: CodeForm, refused: str = "") -> str:
    return render_template(
        "staff/sign_in_code.html", form=form, refused=refused, wanted=next_path()
    )
