"""The page of one case: all that is known, on both sides, and what can be done about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from flask import abort, render_template, request
from wtforms import FileField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from appliance.errors import CaseError, StoreError
from appliance.policy.model import Scope, Who
from appliance.recording import casewords
from appliance.store import cases as store
from appliance.store import handling
from appliance.store.attachments import LARGEST, TAKEN
from appliance.store.cases import Outcome, Whole
from appliance.store.handling import LESSON_LENGTH, NOTE_LENGTH
from appliance.store.office import notices, people
from appliance.store.office.notices import Notice
from appliance.store.rows import Row
from appliance.store.similar import similar
from webadmin.frame import numbers
from webadmin.frame.fields import Form, choices
from webadmin.staff import room
from webadmin.staff.cases.timeline import timeline
from webadmin.staff.permissions import Permission, allow

SHOWN: Final = 100  # signs, and rows, at a time: a page that a phone can load
REASON_LENGTH: Final = 500
log = logging.getLogger(__name__)
Thing = TypeVar("Thing")


class NoteForm(Form):
    text = TextAreaField(
        "Note",
        [DataRequired("Write something down first."), Length(max=NOTE_LENGTH)],
        description="What was said and done, and when. It can't be changed or taken back.",
    )


class ReviewForm(Form):
    outcome = RadioField(
        "What came of it",
        [DataRequired("Choose what came of it.")],
        choices=choices((str(one), casewords.OUTCOMES[one]) for one in Outcome),
    )
    lesson = TextAreaField(
        "What the school learns from it",
        [DataRequired("Write what is learnt from it."), Length(max=LESSON_LENGTH)],
        description="A setting to change, a rule to explain, somebody to listen to.",
    )


class AttachForm(Form):
    file = FileField(
        "File",
        [DataRequired("Choose a file first.")],
        description=f"{TAKEN}, up to {LARGEST // 1_000_000} MB. Only ever handed out as a "
        "download, never opened here.",
    )


class EvidenceForm(Form):
    reason = StringField(
        "Why it is taken out",
        [DataRequired("Write why it is taken out."), Length(max=REASON_LENGTH)],
        description="It stands in the audit trail, with your name.",
    )


@dataclass(frozen=True, slots=True)
class DeviceThen:
    """What the box knew of the device while it asked."""

    name: str
    address: str
    mac: str
    group: str
    sets: tuple[str, ...]
    sureness: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class InClass:
    """A topic notice for this device's class, and how many of its signs fell into that time."""

    notice: Notice
    signs: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some of many."""

    things: Sequence[object]
    number: int
    count: int
    total: int


@allow(Permission.SEE_CASES)
def case(id: int) -> str:
    return show(id)


def show(
    id: int,
    *,
    note: NoteForm | None = None,
    review: ReviewForm | None = None,
    attach: AttachForm | None = None,
    evidence: EvidenceForm | None = None,
) -> str:
    """The page, with the form that was sent and needs another look; 404 where there is no such
    case. To see it is a look at a device's record, and is audited as one."""
    record = room.record()
    try:
        whole = store.show(record, id)
    except CaseError:
        abort(404)
    _note_look(id)
    found, scopes = whole.case, _scopes(whole)
    return render_template(
        "staff/case.html",
        case=found,
        whole=whole,
        words=casewords,
        devices=devices(whole.rows),
        is_known=any(one.name == found.device for one in room.policy().school.devices),
        timeline=timeline(whole, room.policy().clock),
        signs=_part(whole.signs, "signs"),
        rows=_part(whole.rows, "rows"),
        similar=similar(record, id),
        earlier=[one for one in store.find(record, device=found.device) if one.id != id],
        in_class=in_class(whole, scopes),
        names={one.login: one.name for one in people.everybody(room.office())},
        note_form=note or NoteForm(None),
        review_form=review or ReviewForm(None),
        attach_form=attach or AttachForm(None),
        evidence_form=evidence or EvidenceForm(None),
        wrong=next((one for one in (note, review, attach, evidence) if one), None),
    )


def devices(rows: Sequence[Row]) -> list[DeviceThen]:
    """It may have had several addresses, groups and sets in that time."""
    seen: dict[tuple[str, str, str, str, tuple[str, ...], str], list[Row]] = {}
    for row in rows:
        asker = row.asker
        sets = tuple(sorted(asker.who.sets))
        key = (row.device, str(asker.address), asker.mac, asker.who.group, sets, row.sureness)
        seen.setdefault(key, []).append(row)
    return [
        DeviceThen(*key, min(row.first_ms for row in of), max(row.last_ms for row in of))
        for key, of in seen.items()
    ]


def in_class(whole: Whole, scopes: frozenset[Scope]) -> list[InClass]:
    """Those notices that fit at least one sign: then it may have been the lesson."""
    moments = [one.first_ms // 1000 for one in whole.signs]
    if not moments:
        return []
    given = notices.between(room.office(), min(moments), max(moments) + 1, scopes)
    found = [InClass(one, sum(one.covers(at, scopes) for at in moments)) for one in given]
    return [one for one in found if one.signs]


def _scopes(whole: Whole) -> frozenset[Scope]:
    """Whom a notice may have been for: as the device was then, not as it is now."""
    then = [row.asker.who for row in whole.rows] or [Who(whole.case.group, whole.case.device)]
    return frozenset().union(*(who.scopes() for who in then))


def _part(things: Sequence[object], name: str) -> Part:
    """A hundred of them, by the number in the address."""
    count = max(1, -(-len(things) // SHOWN))
    number = min(max(numbers.whole(request.args.get(name, "")), 1), count)
    return Part(things[(number - 1) * SHOWN : number * SHOWN], number, count, len(things))


def _note_look(id: int) -> None:
    """A full disk must not hide a case from those who need it."""
    try:
        handling.looked(room.changing(), id, who=room.me().login, at_ms=room.now_ms())
    except StoreError as fault:
        log.warning("a look at case %d by %s: not noted: %s", id, room.me().login, fault)
