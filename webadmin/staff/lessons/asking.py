"""A teacher asks for a site for a lesson: types it, sees what would open, and sends it.

The first step is a question (GET): nothing is kept until the second one.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Redirect
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from appliance.errors import DecisionError, RequestError
from appliance.policy.decisions import years
from appliance.policy.decisions.opening import Proposal, State, proposal
from appliance.policy.decisions.typeahead import typeahead
from appliance.policy.model import Scope
from appliance.store.counter import asks
from appliance.store.office import asking, requests
from appliance.store.office.requests import Kind, Request
from appliance.store.office.wishes import AIM_LENGTH, PLACE_LENGTH, TYPED_LENGTH, Wish
from webadmin.frame.fields import Form, refuse, text
from webadmin.frame.numbers import whole
from webadmin.staff import room
from webadmin.staff.lessons.slots import (
    Slot,
    scope_choices,
    scope_titles,
    slot,
    slot_choices,
    usual_slot,
)
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("asking", __name__)
IDEAS_MS = 7 * 86_400_000  # what pupils asked for within the last week


class LookForm(Form):
    """What, for whom, and when."""

    site = StringField(
        "Site or app",
        [DataRequired("Type the site or app, or paste its address."), Length(max=TYPED_LENGTH)],
        description="As you would say it, such as YouTube or padlet.com; a pasted address will do.",
    )
    scope = SelectField("Class or room", [DataRequired("Choose who needs it.")])
    room = StringField(
        "Year or class",
        [Length(max=PLACE_LENGTH)],
        description="Such as Year 6 or 8C: some sites have an age limit.",
    )
    slot = SelectField("Lesson", [DataRequired("Choose a lesson.")])


class AskForm(LookForm):
    """The same, and why."""

    aim = TextAreaField(
        "What is it for?",
        [DataRequired("Write what the class is to learn."), Length(max=AIM_LENGTH)],
        description="A sentence is enough. Whoever decides reads it.",
    )
    change = HiddenField()  # the number of the request that this is instead of


@pages.get("/ask")
@allow(Permission.ASK)
def ask() -> str | Response:
    wanted = request.args
    form = _prepared(LookForm(wanted, meta={"csrf": False}))
    if not wanted.get("site"):
        return _page(form)
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        found = _proposal(form, _slot(form))
    except DecisionError as fault:
        refuse(form.slot, str(fault))
        return make_response(_page(form), 400)
    return _page(
        form, found, _prepared(AskForm(None, data=form.data | _more(wanted.get("change"))))
    )


@pages.post("/ask")
@allow(Permission.ASK)
def send() -> Response | Redirect:
    form = _prepared(AskForm())
    if not form.validate():
        return _again(form)
    try:
        when = _slot(form)
        found = _proposal(form, when)
        if found.state not in (State.OPENABLE, State.CIRCUMVENTS):
            refuse(form.site, found.says)
            return _again(form)
        with room.office().transaction():
            made = _kept(form, found, when)
    except (DecisionError, RequestError) as fault:
        refuse(form.aim, str(fault))
        return _again(form)
    flash("Sent. The answer appears on this page.", "success")
    return redirect(url_for(".own", id=made.id))


@pages.get("/ask/suggestions")
@allow(Permission.ASK)
def suggestions() -> Response:
    """While somebody types: for the script; without it the page itself suggests."""
    found = typeahead(room.policy(), request.args.get("q", ""))
    return jsonify([{"title": one.title, "about": one.about} for one in found])


@pages.get("/requests/mine")
@allow(Permission.ASK)
def mine() -> str:
    asking.lapse(room.office(), room.now())
    return render_template(
        "staff/asking_mine.html",
        requests=requests.of_person(room.office(), room.me().id),
        scope_titles=scope_titles,
    )


@pages.get("/requests/mine/<int:id>")
@allow(Permission.ASK)
def own(id: int) -> str:
    asking.lapse(room.office(), room.now())
    return render_template("staff/asking_own.html", request=_own(id), scope_titles=scope_titles)


@pages.post("/requests/mine/<int:id>/withdraw")
@allow(Permission.ASK)
def withdraw(id: int) -> Redirect:
    one = _own(id)
    try:
        with room.office().transaction():
            after = asking.withdraw(room.office(), id, room.me(), at_ms=room.now_ms())
            note("withdrew", f"request {id}", before=facts(one), after=facts(after))
    except RequestError as fault:
        flash(str(fault), "danger")
        return redirect(url_for(".own", id=id))
    flash("Withdrawn. Nothing was opened.", "success")
    return redirect(url_for(".mine"))


@pages.get("/requests/mine/<int:id>/change")
@allow(Permission.ASK)
def change(id: int) -> Redirect:
    """The form, filled in with what was asked."""
    one = _own_lesson(id)
    return redirect(_form_for(one, one, change=str(id)))


@pages.get("/requests/mine/<int:id>/repeat")
@allow(Permission.ASK)
def repeat(id: int) -> Redirect:
    """The form, filled in for the same lesson a week later."""
    one = _own_lesson(id)
    return redirect(_form_for(one, asking.repeat(one, room.policy().clock)))


def _prepared(form: LookForm) -> LookForm:
    """With what this school has to choose from."""
    policy = room.policy()
    form.scope.choices = scope_choices(policy)
    form.slot.data = form.slot.data or usual_slot(policy, room.now())
    form.slot.choices = slot_choices(policy, room.now(), text(form.slot))
    return form


def _slot(form: LookForm) -> Slot:
    found = slot(room.policy(), text(form.slot))
    if found.lesson.end <= room.now():
        raise DecisionError(f"{found.lesson.name} is over: choose another lesson.")
    return found


def _proposal(form: LookForm, when: Slot) -> Proposal:
    policy = room.policy()
    scopes = [Scope.parse(text(form.scope))]
    return proposal(
        policy,
        text(form.site),
        scopes,
        max(when.lesson.start, room.now()),
        youngest_age=years.youngest(policy, scopes, text(form.room)),
        lists_of=room.context().live.lists_of,
    )


def _kept(form: AskForm, found: Proposal, when: Slot) -> Request:
    """In the office, new or instead of what it was before."""
    wish = Wish(
        typed=text(form.site),
        targets=tuple(str(one) for one in found.targets),
        scopes=(text(form.scope),),
        start=max(when.lesson.start, room.now()),
        end=when.lesson.end,
        aim=text(form.aim),
        room=text(form.room),
        lesson=when.lesson.name,
    )
    needed = found.needed.count, " ".join(found.needed.reasons)
    book, me, at_ms = room.office(), room.me(), room.now_ms()
    if id := whole(text(form.change)):
        before = _own_lesson(id)
        made = asking.change(
            book, id, wish, me, at_ms=at_ms, needed=needed[0], needed_why=needed[1]
        )
        note("changed", f"request {id}", before=facts(before), after=facts(made))
        return made
    made = asking.ask(
        book, Kind.LESSON, wish, me, at_ms=at_ms, needed=needed[0], needed_why=needed[1]
    )
    note("asked", f"request {made.id}", after=facts(made))
    return made


def facts(one: Request) -> dict[str, object]:
    """What a note says of a request."""
    return {
        "targets": one.targets,
        "scopes": one.scopes,
        "start": one.start,
        "end": one.end,
        "state": one.state,
    }


def _own(id: int) -> Request:
    try:
        return requests.own(room.office(), id, room.me())
    except RequestError:
        abort(404)  # another teacher's: not even that it is there


def _own_lesson(id: int) -> Request:
    """What the team asks a colleague for has another form, and no lesson."""
    found = _own(id)
    if found.kind is not Kind.LESSON:
        abort(404)
    return found


def _form_for(one: Request, wish: Wish, change: str = "") -> str:
    """The address of the form, filled in."""
    date = room.policy().clock.date(wish.start)
    return url_for(
        ".ask",
        site=one.typed,
        scope=one.scopes[0],
        room=one.room,
        slot=f"{date.isoformat()}|{one.lesson}",
        aim=one.aim,
        change=change or None,
    )


def _more(changed: str | None) -> dict[str, str]:
    """What comes with the address besides the question: the aim of a request that is repeated."""
    return {"aim": request.args.get("aim", "")[:AIM_LENGTH], "change": changed or ""}


def _again(form: AskForm) -> Response:
    try:
        found = _proposal(form, _slot(form)) if text(form.site) and text(form.scope) else None
    except (DecisionError, ValueError):
        found = None
    return make_response(_page(form, found, form), 400)


def _page(form: LookForm, found: Proposal | None = None, send: AskForm | None = None) -> str:
    return render_template(
        "staff/asking.html",
        form=form,
        found=found,
        send=send,
        State=State,
        pass_list=room.policy().school.pass_list,
        ideas=asks.by_site(room.counter(), since_ms=room.now_ms() - IDEAS_MS)[:5],
    )
