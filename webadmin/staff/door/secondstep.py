"""The second factor: set up by its owner, with an app on their phone."""

from __future__ import annotations

import segno
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
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from appliance.errors import PeopleError
from appliance.store.office import secondfactor
from appliance.store.office.secondfactor import Begun
from webadmin.frame.fields import Form, refuse, text
from webadmin.staff import room
from webadmin.staff.door import confirming
from webadmin.staff.door.arriving import turn_away
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow
from webadmin.staff.session import current_session

pages = Blueprint("secondstep", __name__, url_prefix="/account/second-step")


class ConfirmForm(Form):
    code = StringField(
        "Code",
        [DataRequired("Type the six digits that the app shows."), Length(max=100)],
        description="The six digits that the app shows now.",
    )


class PasswordForm(Form):
    password = PasswordField(
        "Your password",
        [DataRequired("Type your password."), Length(max=1_000)],
        description="So that nobody does this on a computer you left for a moment.",
    )


@pages.get("")
@allow(Permission.SECURE)
def set_up() -> str:
    """The secret as a picture for the phone, and as text for whoever can't scan it."""
    if room.me().has_second_factor:
        return _off_page(PasswordForm())
    return _page(ConfirmForm(), _begun())


@pages.post("")
@allow(Permission.SECURE)
def confirm() -> Response:
    form, mine = ConfirmForm(), current_session().stored
    assert mine is not None
    if not form.validate():
        return make_response(_page(form, _begun()), 400)
    try:
        codes = secondfactor.confirm(
            room.office(), room.me().id, text(form.code), room.phones_ms(), but=mine.id
        )
    except PeopleError as fault:
        refuse(form.code, str(fault))
        return make_response(_page(form, _begun()), 400)
    note("set up the second step", room.me().holder)
    return _codes_page(codes)


@pages.post("/codes")
@allow(Permission.SECURE)
def new_codes() -> Response:
    """Ten more, and the old ones open nothing."""
    form = PasswordForm()
    refused = _refused(form)
    if refused:
        return refused
    codes = secondfactor.new_codes(room.office(), room.me().id)
    note("drew new recovery codes", room.me().holder)
    return _codes_page(codes)


@pages.post("/off")
@allow(Permission.SECURE)
def off() -> Response | Redirect:
    form = PasswordForm()
    refused = _refused(form)
    if refused:
        return refused
    secondfactor.disable(room.office(), room.me().id)
    note("took off the second step", room.me().holder)
    flash("Your second step is off. Set it up again whenever you like.", "success")
    return redirect(url_for("account.account"))


def _begun() -> Begun:
    school = room.school_name()
    found = secondfactor.begun(room.office(), room.me().id, school=school)
    return found or secondfactor.begin(
        room.office(), room.me().id, school=school, at_ms=room.now_ms()
    )


def _refused(form: PasswordForm) -> Response | None:
    if not form.validate():
        return make_response(_off_page(form), 400)
    refused = confirming.refused(form.password)
    return turn_away(refused, _off_page(form)) if refused else None


def _page(form: ConfirmForm, begun: Begun) -> str:
    picture = segno.make(begun.uri, error="m").svg_data_uri(scale=5, border=3, light="#fff")
    return render_template(
        "staff/second_step.html",
        form=form,
        secret=" ".join(begun.secret[at : at + 4] for at in range(0, len(begun.secret), 4)),
        picture=picture,
        must=secondfactor.required_for(room.me().roles),
    )


def _off_page(form: PasswordForm) -> str:
    return render_template(
        "staff/second_step_on.html",
        form=form,
        left=secondfactor.codes_left(room.office(), room.me().id),
        must=secondfactor.required_for(room.me().roles),
    )


def _codes_page(codes: tuple[str, ...]) -> Response:
    return make_response(render_template("staff/recovery_codes.html", codes=codes))
