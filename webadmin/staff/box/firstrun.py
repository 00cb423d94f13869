"""The first run: a link that works once leads to the first account, and on into the wizard."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    url_for,
)
from werkzeug.wrappers import Response as Redirect
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from appliance.errors import PeopleError
from appliance.store.office import invitations
from appliance.store.office.invitations import Kind
from webadmin.frame.failures import failure
from webadmin.frame.fields import Form, refuse, secret, text
from webadmin.staff import room
from webadmin.staff.box import draft, wizard
from webadmin.staff.door.keyring import hasher
from webadmin.staff.door.wordings import PASSWORD_HELP
from webadmin.staff.noting import note_arrival
from webadmin.staff.permissions import open_to_all
from webadmin.staff.session import current_session, sign_in

pages = Blueprint("firstrun", __name__)
Answer = str | Response | Redirect


class AccountForm(Form):
    name = StringField("Your name", [DataRequired("Type your name."), Length(max=100)])
    login = StringField(
        "Login",
        [DataRequired("Type a login."), Length(max=100)],
        description="Your school e-mail address, or a short name such as north.",
    )
    password = PasswordField(
        "Password",
        [DataRequired("Type a password."), Length(max=1_000)],
        description=PASSWORD_HELP,
    )
    again = PasswordField(
        "The same again",
        [
            DataRequired("Type it again."),
            EqualTo("password", "The two are not the same: type both again."),
        ],
    )


@pages.get("/first-run/<token>")
@open_to_all
def begin(token: str) -> Answer:
    """Only looked at: nothing is spent until somebody has chosen a password."""
    try:
        _look(token)
    except PeopleError as fault:
        return _dead(fault)
    return _account_page(AccountForm())


@pages.post("/first-run/<token>")
@open_to_all
def take(token: str) -> Answer:
    form = AccountForm()
    try:
        _look(token)
    except PeopleError as fault:
        return _dead(fault)
    if not form.validate():
        return make_response(_account_page(form), 400)
    try:
        person = invitations.begin_box(
            room.office(),
            hasher(),
            token,
            login=text(form.login),
            name=text(form.name),
            password=secret(form.password),
            school="Bellgate",
            at_ms=room.now_ms(),
        )
    except PeopleError as fault:
        refuse(form.password, str(fault))
        return make_response(_account_page(form), 400)
    draft.begin()
    sign_in(current_session(), person)
    note_arrival("made the first account by a link", person.login)
    return redirect(url_for("secondstep.set_up"))


def _look(token: str) -> None:
    """InvitationError where this link opens nothing, or is for another page."""
    found = invitations.look(room.office(), token, room.now_ms())
    if found.kind is not Kind.FIRST_RUN:
        raise PeopleError("this link is for another page: open it as it was given to you")


def _dead(fault: PeopleError) -> Response:
    return failure(410, "This link opens nothing", str(fault))


def _account_page(form: AccountForm) -> str:
    return wizard.page("wizard_account.html", 1, form=form)
