"""The list of cases: the gravest first, and what devices do by themselves behind a link."""

from __future__ import annotations

import datetime
from typing import Final

from flask import Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from appliance.recording import casewords
from appliance.store import cases as store
from appliance.store.cases import GRADES, Status
from appliance.store.database import Record
from webadmin.frame.fields import Form, choices, text
from webadmin.staff import room
from webadmin.staff.noting import note_look
from webadmin.staff.permissions import Permission, allow

SHOWN: Final = 100
NOISE: Final = GRADES[0]
_STATUSES: Final = {
    "waiting": ("Not reviewed", (Status.OPEN, Status.QUIET)),
    "open": ("Open", (Status.OPEN,)),
    "quiet": ("Quiet for a week", (Status.QUIET,)),
    "reviewed": ("Reviewed", (Status.REVIEWED,)),
    "all": ("All", ()),
}
_GRADES: Final = {
    "people": ("For people to look at", GRADES[1:]),
    **{grade: (casewords.GRADES[grade], (grade,)) for grade in reversed(GRADES)},
    "all": ("All", ()),
}
_USUAL: Final = {"status": "waiting", "grade": "people"}


class FilterForm(Form):
    status = SelectField("State", choices=choices((one, t) for one, (t, _) in _STATUSES.items()))
    grade = SelectField("What it is", choices=choices((one, t) for one, (t, _) in _GRADES.items()))
    group = SelectField("Group")
    device = StringField("Device", [Length(max=255)])
    since = DateField("With signs since", [Optional()])


@allow(Permission.SEE_CASES)
def cases() -> Response:
    """Who has a case is seen here, not what they asked for; one device's are a look at it."""
    form = FilterForm(MultiDict({**_USUAL, **request.args.to_dict()}), meta={"csrf": False})
    form.group.choices = choices(
        [("", "All"), *((one.name, one.name) for one in room.policy().school.groups)]
    )
    form.group.data = form.group.data or ""
    is_good = form.validate()
    record = room.record()
    found = _found(record, form) if is_good else []
    if text(form.device) and is_good:
        note_look(text(form.device), "its cases")
    page = render_template(
        "staff/cases.html",
        form=form,
        cases=found[:SHOWN],
        has_more=len(found) > SHOWN,
        is_narrowed=bool(request.args),
        is_noise=text(form.grade) == NOISE,
        noise=_noise(record),
        words=casewords,
        shown=SHOWN,
    )
    return make_response(page, 200 if is_good else 400)


def _found(record: Record, form: FilterForm) -> list[store.CaseFile]:
    return store.find(
        record,
        statuses=_STATUSES[text(form.status)][1],
        grades=_GRADES[text(form.grade)][1],
        device=text(form.device),
        group=text(form.group),
        since_ms=_since_ms(form.since.data),
        limit=SHOWN + 1,
    )


def _since_ms(day: datetime.date | None) -> int | None:
    if day is None:
        return None
    return room.policy().clock.instant(datetime.datetime.combine(day, datetime.time())) * 1000


def _noise(record: Record) -> int:
    """How many there are that nobody need look at."""
    return sum(
        count
        for (status, grade), count in store.count(record).items()
        if grade == NOISE and status is not Status.REVIEWED
    )
