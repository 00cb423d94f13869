"""What people do with a case: write, judge, open again, add files. All of it is audited."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from appliance.errors import CaseError
from appliance.store import audit
from appliance.store.attachments import Keeper
from appliance.store.cases import (
    Attachment,
    CaseFile,
    Entry,
    Happened,
    Outcome,
    Status,
    attachment,
    case,
    open_case,
)
from appliance.store.database import Record
from appliance.store.findings import happened
from appliance.store.plain import written

NOTE_LENGTH: Final = 10_000
LESSON_LENGTH: Final = 2_000
WHO_LENGTH: Final = 100
ATTACHMENTS: Final = 100  # of one case


def note(record: Record, id: int, text: str, *, who: str, at_ms: int) -> Entry:
    """Write something down; CaseError where there is nothing to write."""
    text, who = _text(text, "the note", NOTE_LENGTH), _who(who)
    with record.transaction():
        found = case(record, id)
        entry = happened(record, id, at_ms, who, Happened.NOTED, text)
        audit.note(record, at_ms, who, "noted", found.holder, after={"entry": entry})
    return Entry(entry, at_ms, who, Happened.NOTED, text, {})


def review(
    record: Record, id: int, outcome: Outcome, lesson: str, *, who: str, at_ms: int
) -> CaseFile:
    """Say what came of it and what is learnt from it; attempts from now on are another case."""
    lesson, who = _text(lesson, "the lesson", LESSON_LENGTH), _who(who)
    with record.transaction():
        before = case(record, id)
        record.conn.execute(
            "UPDATE cases SET status = ?, closed = ?, outcome = ?, lesson = ?, reviewer = ?, "
            "reviewed = ? WHERE id = ?",
            (Status.REVIEWED, at_ms, outcome, lesson, who, at_ms, id),
        )
        happened(record, id, at_ms, who, Happened.REVIEWED, lesson, {"outcome": outcome})
        _audit(record, at_ms, who, "reviewed", before, case(record, id))
    return case(record, id)


def reopen(record: Record, id: int, *, who: str, at_ms: int) -> CaseFile:
    """Look at it again; attempts join it from now on. What was said of it stays in its history."""
    who = _who(who)
    with record.transaction():
        before = case(record, id)
        if before.status is Status.OPEN:
            raise CaseError(f"case {id} is open already")
        other = open_case(record, before.device)
        if other:
            raise CaseError(
                f"{before.device} has an open case already, number {other.id}: write there what "
                f"belongs to it, or review it first"
            )
        record.conn.execute(
            "UPDATE cases SET status = ?, closed = 0, last = max(last, ?), outcome = '', "
            "lesson = '', reviewer = '', reviewed = 0 WHERE id = ?",
            (Status.OPEN, at_ms, id),  # or it would go quiet again at once
        )
        happened(record, id, at_ms, who, Happened.REOPENED)
        _audit(record, at_ms, who, "reopened", before, case(record, id))
    return case(record, id)


def attach(
    record: Record,
    keeper: Keeper,
    id: int,
    file: Path | bytes,
    *,
    who: str,
    at_ms: int,
    name: str = "",
) -> Attachment:
    """Add a file, or what came as one; CaseError where it is none of the kinds that are taken, or
    too large."""
    who = _who(who)
    found = case(record, id)  # before anything is copied
    if record.number("SELECT count(*) FROM attachment WHERE case_id = ?", (id,)) >= ATTACHMENTS:
        raise CaseError(f"case {id} has {ATTACHMENTS} attachments already: that is the most")
    if isinstance(file, Path):
        keeping = keeper.keep(file, name or file.name)
    else:
        keeping = keeper.keep_bytes(file, name)
    with keeping as kept, record.transaction():
        case(record, id)  # it may have been forgotten meanwhile
        cursor = record.conn.execute(
            "INSERT INTO attachment (case_id, at, who, name, type, bytes, sha256) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id, at_ms, who, kept.name, kept.type, kept.bytes, kept.sha256),
        )
        number = int(cursor.lastrowid or 0)
        facts = {"attachment": number, "sha256": kept.sha256, "bytes": kept.bytes}
        happened(record, id, at_ms, who, Happened.ATTACHED, kept.name, facts)
        audit.note(record, at_ms, who, "attached", found.holder, after=facts)
    return attachment(record, number)


def looked(record: Record, id: int, *, who: str, at_ms: int) -> None:
    """Somebody has seen this device's record: that is audited too."""
    with record.transaction():
        audit.note(record, at_ms, _who(who), "looked", case(record, id).holder)


def _audit(
    record: Record, at_ms: int, who: str, what: str, before: CaseFile, after: CaseFile
) -> None:
    """The history has the words; these outlive the case and so name nobody but who acted."""

    def said(one: CaseFile) -> dict[str, str]:
        return {"status": one.status, "outcome": one.outcome or "", "reviewer": one.reviewer}

    audit.note(record, at_ms, who, what, before.holder, said(before), said(after))


def _who(who: str) -> str:
    return _text(who, "the name of who does it", WHO_LENGTH)


def _text(text: str, what: str, longest: int) -> str:
    return written(text, what, longest, CaseError)
