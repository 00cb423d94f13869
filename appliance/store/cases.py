"""Cases as people see them: how one stands, what speaks for and against, and everything behind it.

Nothing here changes anything: findings.py joins what detection finds, handling.py does what people
do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.errors import CaseError
from appliance.store.database import Record, told
from appliance.store.rows import Reader, Row

GRADES: Final = ("noise", "watch", "deliberate")  # in their order; detection's words
SHOWN: Final = 200
ROWS_SHOWN: Final = 2_000  # no case holds more


class Status(StrEnum):
    OPEN = "open"  # attempts join it
    QUIET = "quiet"  # a week without one; nobody has looked at it yet
    REVIEWED = "reviewed"


class Outcome(StrEnum):
    """What came of it. What speaks for the child stands first."""

    UNFOUNDED = "unfounded"  # nobody meant anything by it
    FIXED = "fixed"  # a setting or a program was the cause, and was put right
    SPOKEN = "spoken-to"
    SANCTIONED = "sanctioned"  # by the school's behaviour policy
    REFERRED = "referred"  # to safeguarding, or to the police


class Happened(StrEnum):
    OPENED = "opened"
    GRADED = "graded"
    QUIET = "quiet"
    NOTED = "noted"
    HELD = "held"  # somebody put rows to it by hand
    ATTACHED = "attached"
    REVIEWED = "reviewed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """How a case stands."""

    id: int
    device: str
    group: str
    opened_ms: int
    last_ms: int
    closed_ms: int | None
    status: Status
    grade: str
    score: float
    kinds: tuple[str, ...]
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    events: int
    outcome: Outcome | None
    lesson: str
    reviewer: str
    reviewed_ms: int | None

    @property
    def holder(self) -> str:
        """As `hold` and the audit name it."""
        return holder_of(self.id)


@dataclass(frozen=True, slots=True)
class SignSeen:
    """The same sign within a minute."""

    first_ms: int
    last_ms: int
    count: int
    kind: str
    title: str
    name: str
    action: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a case, or that somebody wrote."""

    id: int
    at_ms: int
    who: str
    what: Happened
    text: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """Its content is in a file of that hash. It is somebody else's: never run it, never show it as
    part of a page; hand it out as a download, with this type."""

    id: int
    case_id: int
    at_ms: int
    who: str
    name: str
    type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A case with everything behind it."""

    case: CaseFile
    signs: tuple[SignSeen, ...]
    rows: tuple[Row, ...]  # refusals as they were recorded
    entries: tuple[Entry, ...]
    attachments: tuple[Attachment, ...]


COLUMNS: Final = (
    "id, device, grp, opened, last, closed, status, grade, score, kinds, speaks_for, "
    "speaks_against, events, outcome, lesson, reviewer, reviewed"
)


def holder_of(id: int) -> str:
    return f"case {id}"


def find(
    record: Record,
    *,
    statuses: Sequence[Status] = (),
    grades: Sequence[str] = (),
    device: str = "",
    group: str = "",
    since_ms: int | None = None,
    limit: int = SHOWN,
) -> list[CaseFile]:
    """The gravest first, and of these the newest; what is left empty does not matter."""
    where, values = ["last >= ?"], [since_ms or 0]
    sought = (("status", statuses), ("grade", grades), ("device", [device]), ("grp", [group]))
    for column, wanted in sought:
        if any(wanted):
            where.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(wanted)))  # type: ignore[arg-type]
    order = " ".join(f"WHEN '{grade}' THEN {rank}" for rank, grade in enumerate(GRADES))
    with told(record.path):
        rows = record.conn.execute(
            f"SELECT {COLUMNS} FROM cases WHERE {' AND '.join(where)} "
            f"ORDER BY CASE grade {order} END DESC, last DESC, id DESC LIMIT ?",
            (*values, limit),
        ).fetchall()
    return [_case(row) for row in rows]


def changed(record: Record, since_ms: int, limit: int = SHOWN) -> list[CaseFile]:
    """Those with a new sign or with anything that somebody did since then, the newest first."""
    with told(record.path):
        rows = record.conn.execute(
            f"SELECT {COLUMNS} FROM cases WHERE last >= :since OR id IN "
            "(SELECT case_id FROM case_entry WHERE at >= :since) "
            "ORDER BY last DESC, id DESC LIMIT :limit",
            {"since": since_ms, "limit": limit},
        ).fetchall()
    return [_case(row) for row in rows]


def count(record: Record) -> dict[tuple[Status, str], int]:
    """How many there are of each status and grade."""
    with told(record.path):
        rows = record.conn.execute(
            "SELECT status, grade, count(*) FROM cases GROUP BY 1, 2"
        ).fetchall()
    return {(Status(status), grade): number for status, grade, number in rows}


def case(record: Record, id: int) -> CaseFile:
    """CaseError where there is none of this number."""
    with told(record.path):
        row = record.conn.execute(f"SELECT {COLUMNS} FROM cases WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise CaseError(f"there is no case {id}: it never was, or its time was over")
    return _case(row)


def open_case(record: Record, device: str) -> CaseFile | None:
    """The one that this device's attempts join."""
    row = record.conn.execute(
        f"SELECT {COLUMNS} FROM cases WHERE device = ? AND status = 'open'", (device,)
    ).fetchone()
    return _case(row) if row else None


def show(record: Record, id: int) -> Whole:
    """CaseError where there is none of this number."""
    found = case(record, id)
    with told(record.path):
        execute = record.conn.execute
        signs = execute(
            "SELECT first, last, count, kind, title, name, action FROM case_sign "
            "WHERE case_id = ? ORDER BY first, id",
            (id,),
        ).fetchall()
        entries = execute(
            "SELECT id, at, who, what, text, facts FROM case_entry WHERE case_id = ? ORDER BY id",
            (id,),
        ).fetchall()
        return Whole(
            case=found,
            signs=tuple(SignSeen(*row) for row in signs),
            rows=_rows(record, found),
            entries=tuple(
                Entry(number, at_ms, who, Happened(what), text, json.loads(facts))
                for number, at_ms, who, what, text, facts in entries
            ),
            attachments=tuple(attachments(record, id)),
        )


def attachments(record: Record, case_id: int) -> list[Attachment]:
    rows = record.conn.execute(
        "SELECT id, case_id, at, who, name, type, bytes, sha256 FROM attachment "
        "WHERE case_id = ? ORDER BY id",
        (case_id,),
    )
    return [Attachment(*row) for row in rows]


def attachment(record: Record, id: int) -> Attachment:
    """CaseError where there is none of this number."""
    with told(record.path):
        row = record.conn.execute(
            "SELECT id, case_id, at, who, name, type, bytes, sha256 FROM attachment WHERE id = ?",
            (id,),
        ).fetchone()
    if row is None:
        raise CaseError(f"there is no attachment {id}")
    return Attachment(*row)


def _rows(record: Record, found: CaseFile) -> tuple[Row, ...]:
    reader = Reader(record)
    held = record.conn.execute(
        "SELECT event FROM hold WHERE holder = ? ORDER BY event LIMIT ?", (found.holder, ROWS_SHOWN)
    ).fetchall()
    return tuple(row for (id,) in held for row in reader.rows(id, id))


def _case(row: Sequence[Any]) -> CaseFile:
    id, device, group, opened, last, closed, status, grade, score = row[:9]
    kinds, speaks_for, speaks_against, events, outcome, lesson, reviewer, reviewed = row[9:]
    return CaseFile(
        id=id,
        device=device,
        group=group,
        opened_ms=opened,
        last_ms=last,
        closed_ms=closed or None,
        status=Status(status),
        grade=grade,
        score=score,
        kinds=tuple(json.loads(kinds)),
        speaks_for=tuple(json.loads(speaks_for)),
        speaks_against=tuple(json.loads(speaks_against)),
        events=events,
        outcome=Outcome(outcome) if outcome else None,
        lesson=lesson,
        reviewer=reviewer,
        reviewed_ms=reviewed or None,
    )
