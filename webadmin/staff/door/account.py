"""One's own account: how one signs in, and where one is signed in now."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    url_for,
)
from werkzeug.wrappers import Response as Redirect
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from appliance.errors import PeopleError
from appliance.store.office import passwords, secondfactor, sessions
from webadmin.frame.fields import Form, refuse, secret
from webadmin.staff import room
from webadmin.staff.door import confirming
from webadmin.staff.door.arriving import turn_away
from webadmin.staff.door.keyring import hasher
from webadmin.staff.door.wordings import PASSWORD_HELP
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow
from webadmin.staff.session import current_session

pages = Blueprint("account", __name__, url_prefix="/account")


class PasswordForm(Form):
    old = PasswordField("Your password now", [DataRequired("Type it."), Length(max=1_000)])
    new = PasswordField(
        "New password",
        [DataRequired("Type a new one."), Length(max=1_000)],
        description=PASSWORD_HELP,
    )
    again = PasswordField(
        "The new one again", [EqualTo("new", "The two are not the same: type both again.")]
    )


@pages.get("")
@allow(Permission.SECURE)
def account() -> str:
    return _page(PasswordForm())


@pages.post("/password")
@allow(Permission.SECURE)
def change_password() -> Response | Redirect:
    form, me = PasswordForm(), room.me()
    if not form.validate():
        return make_response(_page(form), 400)
    refused = confirming.refused(form.old)
    if refused:
        return turn_away(refused, _page(form))
    try:
        passwords.choose(
            room.office(),
            hasher(),
            me.id,
            secret(form.new),
            school=room.school_name(),
            at_ms=room.now_ms(),
            but=_here(),
        )
    except PeopleError as fault:
        refuse(form.new, str(fault))
        return make_response(_page(form), 400)
    note("changed the password", me.holder)
    flash("Your password is changed, and every other browser of yours is signed out.", "success")
    return redirect(url_for(".account"))


@pages.post("/sessions/<int:id>/end")
@allow(Permission.SECURE)
def end_session(id: int) -> Redirect:
    if sessions.end(room.office(), id, room.me().id):
        note("ended a session", room.me().holder)
        flash("That browser is signed out.", "success")
    return redirect(url_for(".account"))


@pages.post("/sessions/end-others")
@allow(Permission.SECURE)
def end_others() -> Redirect:
    sessions.end_all(room.office(), room.me().id, but=_here())
    note("ended all other sessions", room.me().holder)
    flash("Every other browser of yours is signed out.", "success")
    return redirect(url_for(".account"))


def _here() -> int:
    stored = current_session().stored
    assert stored is not None  # only who is signed in gets here
    return stored.id


def _page(form: PasswordForm) -> str:
    me = room.me()
    return render_template(
        "staff/account.html",
        form=form,
        here=_here(),
        sessions=sessions.of_person(room.office(), me.id, room.now_ms()),
        must=secondfactor.required_for(me.roles),
        left=secondfactor.codes_left(room.office(), me.id),
    )
