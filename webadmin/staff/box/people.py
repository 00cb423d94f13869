"""The people who may sign in: let in by a link that works once, given roles, and let go."""

from __future__ import annotations

from typing import Final

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
from wtforms import SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from appliance.errors import PeopleError
from appliance.store.office import invitations, people, secondfactor, sessions, views
from appliance.store.office.invitations import Kind
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.staff import room
from webadmin.staff.called import whole_address
from webadmin.staff.naming import MAY, ROLES
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("people", __name__, url_prefix="/people")

_LINKS: Final = {
    Kind.WELCOME: "choose a first password",
    Kind.PASSWORD: "choose a new password",
    Kind.SECOND_FACTOR: "take off the second step",
}


class PersonForm(Form):
    name = StringField(
        "Name", [DataRequired("Type a name."), Length(max=100)], description="As colleagues say it."
    )
    login = StringField(
        "Login",
        [DataRequired("Type a login."), Length(max=100)],
        description="Their school e-mail address, or a short name such as clark.",
    )
    roles = SelectMultipleField(
        "Roles",
        [DataRequired("Choose at least one role.")],
        choices=choices((str(role), f"{title}: {MAY[role]}") for role, title in ROLES.items()),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def chosen(self) -> frozenset[Role]:
        return frozenset(Role(one) for one in self.roles.data or [])


@pages.get("")
@allow(Permission.KEEP_PEOPLE)
def people_list() -> str:
    return render_template(
        "staff/people.html",
        people=people.everybody(room.office()),
        waiting=[one for one in invitations.waiting(room.office(), room.now_ms()) if one.person],
        links=_LINKS,
        is_missing=secondfactor.is_missing,
    )


@pages.get("/new")
@allow(Permission.KEEP_PEOPLE)
def new() -> str:
    return _form_page(PersonForm())


@pages.post("/new")
@allow(Permission.KEEP_PEOPLE)
def add() -> Response:
    form = PersonForm()
    if not form.validate():
        return make_response(_form_page(form), 400)
    try:
        with room.office().transaction():
            person = people.add(
                room.office(),
                login=text(form.login),
                name=text(form.name),
                roles=form.chosen(),
                at_ms=room.now_ms(),
            )
            note("let in", person.holder, after=_facts(person))
    except PeopleError as fault:
        refuse(form.login, str(fault))
        return make_response(_form_page(form), 400)
    return _link_page(person, Kind.WELCOME)


@pages.get("/<int:id>")
@allow(Permission.KEEP_PEOPLE)
def person(id: int) -> str:
    one = people.person(room.office(), id)
    return _form_page(PersonForm(data=_facts(one)), one)


@pages.post("/<int:id>")
@allow(Permission.KEEP_PEOPLE)
def change(id: int) -> Response | Redirect:
    before, form = people.person(room.office(), id), PersonForm()
    if not form.validate():
        return make_response(_form_page(form, before), 400)
    try:
        with room.office().transaction():
            after = people.change(
                room.office(),
                id,
                name=text(form.name),
                login=text(form.login),
                roles=form.chosen(),
            )
            note("changed", after.holder, before=_facts(before), after=_facts(after))
    except PeopleError as fault:
        refuse(form.roles, str(fault))
        return make_response(_form_page(form, before), 409)
    flash(f"{after.name}'s account is changed.", "success")
    return redirect(url_for(".people_list"))


@pages.post("/<int:id>/link")
@allow(Permission.KEEP_PEOPLE)
def link(id: int) -> Response:
    """A link for somebody who forgot the password, or lost the phone."""
    kind = Kind.SECOND_FACTOR if request.form.get("kind") == Kind.SECOND_FACTOR else Kind.PASSWORD
    return _link_page(people.person(room.office(), id), kind)


@pages.post("/<int:id>/let-go")
@allow(Permission.KEEP_PEOPLE)
def let_go(id: int) -> Redirect:
    before = people.person(room.office(), id)
    try:
        people.deactivate(room.office(), id)
    except PeopleError as fault:
        flash(str(fault), "danger")
        return redirect(url_for(".person", id=id))
    views.forget_person(room.office(), id)
    note("closed the account", before.holder, before={"active": True}, after={"active": False})
    flash(f"{before.name} is signed out everywhere and can't come back in.", "success")
    return redirect(url_for(".people_list"))


@pages.post("/<int:id>/take-back")
@allow(Permission.KEEP_PEOPLE)
def take_back(id: int) -> Redirect:
    with room.office().transaction():
        one = people.activate(room.office(), id)
        note(
            "opened the account again",
            one.holder,
            before={"active": False},
            after={"active": True},
        )
    flash(f"{one.name} may sign in again, with the password from before.", "success")
    return redirect(url_for(".people_list"))


@pages.post("/<int:id>/sign-out")
@allow(Permission.KEEP_PEOPLE)
def sign_out(id: int) -> Redirect:
    one = people.person(room.office(), id)
    count = sessions.end_all(room.office(), id)
    note("signed out everywhere", one.holder, after={"sessions": count})
    flash(f"{one.name} is signed out everywhere.", "success")
    return redirect(url_for(".person", id=id))


@pages.post("/links/<int:id>/withdraw")
@allow(Permission.KEEP_PEOPLE)
def withdraw(id: int) -> Redirect:
    found = [one for one in invitations.waiting(room.office(), room.now_ms()) if one.id == id]
    with room.office().transaction():
        invitations.withdraw(room.office(), id)
        for one in found:
            whose = one.person.holder if one.person else "the first run"
            note("withdrew a link", whose, before={"for": str(one.kind)})
    flash("That link opens nothing any more.", "success")
    return redirect(url_for(".people_list"))


def _facts(one: Person) -> dict[str, object]:
    return {"name": one.name, "login": one.login, "roles": sorted(one.roles)}


def _form_page(form: PersonForm, one: Person | None = None) -> str:
    return render_template("staff/person.html", form=form, person=one, Kind=Kind)


def _link_page(one: Person, kind: Kind) -> Response:
    """Shown this once: the office keeps only what it is compared with."""
    with room.office().transaction():
        token = invitations.invite(
            room.office(), one.id, kind, made_by=room.me().login, at_ms=room.now_ms()
        )
        note("made a link", one.holder, after={"for": str(kind)})
    address = whole_address(url_for("welcome.welcome", token=token))
    return make_response(
        render_template("staff/person_link.html", person=one, purpose=_LINKS[kind], address=address)
    )
