"""Topic notices: what a class looks into in a lesson, so that nobody is alarmed by it later."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired

from appliance.errors import DecisionError, RequestError
from appliance.store.office import notices
from appliance.store.office.notices import TOPIC_LENGTH, Notice
from webadmin.frame.fields import Form, refuse, text
from webadmin.staff import room
from webadmin.staff.acting import told
from webadmin.staff.lessons.slots import scope_choices, scope_titles, slot, slot_choices, usual_slot
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("notices", __name__, url_prefix="/notices")


class NoticeForm(Form):
    topic = StringField(
        "Topic",
        [DataRequired("Write what the class looks into.")],
        description="Such as drugs education, or extremism in the 1930s.",
        render_kw={"maxlength": TOPIC_LENGTH},
    )
    scope = SelectField("Class or room", [DataRequired("Choose a class or room.")])
    slot = SelectField("Lesson", [DataRequired("Choose a lesson.")])


@pages.get("")
@allow(Permission.ASK)
def notices_page() -> str:
    return _page(_prepared(NoticeForm()))


@pages.post("")
@allow(Permission.ASK)
def give() -> Response | Redirect:
    form = _prepared(NoticeForm())
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        when = slot(room.policy(), text(form.slot))
        with room.office().transaction():
            made = notices.give(
                room.office(),
                room.me(),
                text(form.topic),
                [text(form.scope)],
                when.lesson.start,
                when.lesson.end,
                at_ms=room.now_ms(),
                lesson=when.lesson.name,
            )
            note("gave a notice", f"notice {made.id}", after=_facts(made))
    except (DecisionError, RequestError) as fault:
        refuse(form.topic, str(fault))
        return make_response(_page(form), 400)
    flash("Noted. Whoever reads the log of that lesson sees it beside each line.", "success")
    return redirect(url_for(".notices_page"))


@pages.post("/<int:id>/withdraw")
@allow(Permission.ASK)
def withdraw(id: int) -> Redirect:
    with told("The notice is withdrawn."), room.office().transaction():
        gone = notices.withdraw(room.office(), id, room.me(), at_ms=room.now_ms())
        note("withdrew a notice", f"notice {id}", before=_facts(gone))
    return redirect(url_for(".notices_page"))


def _facts(one: Notice) -> dict[str, object]:
    return {"topic": one.topic, "for": one.scopes, "lesson": one.lesson, "start": one.start}


def _prepared(form: NoticeForm) -> NoticeForm:
    policy = room.policy()
    form.scope.choices = scope_choices(policy)
    form.slot.data = form.slot.data or usual_slot(policy, room.now())
    form.slot.choices = slot_choices(policy, room.now(), text(form.slot))
    return form


def _page(form: NoticeForm) -> str:
    return render_template(
        "staff/notices.html",
        form=form,
        notices=notices.of_person(room.office(), room.me().id),
        scope_titles=scope_titles,
    )
