"""Putting rows to a case by hand: what somebody has seen in the log, and wants kept with it.

Detection puts rows to its cases by itself. Here a person does, and says why; what they put there
stays as long as the case, whatever detection thinks of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from appliance.errors import CaseError
from appliance.store import audit
from appliance.store.cases import (
    ROWS_SHOWN,
    CaseFile,
    Happened,
    Status,
    case,
    holder_of,
    open_case,
)
from appliance.store.database import Record
from appliance.store.findings import happened
from appliance.store.plain import written
from appliance.store.rows import Reader, Row

WHY_LENGTH: Final = 2_000
AT_ONCE: Final = 200  # rows; whoever wants a whole day asks for evidence of the device
FIRST_GRADE: Final = "watch"  # of a case that a person opens: detection may say more, or less


def row(record: Record, id: int) -> Row:
    """One refusal; CaseError where it is not there any more."""
    found = next(Reader(record).rows(id, id), None)
    if found is None:
        raise CaseError("this row is not in the record any more: its time was over")
    return found


def hold(
    record: Record, id: int, rows: Sequence[int], why: str, *, who: str, at_ms: int
) -> CaseFile:
    """Keep these rows with a case; CaseError where one of them is gone, or nothing is said."""
    why = _why(why)
    with record.transaction():
        found = case(record, id)
        _hold(record, found, rows, why, who, at_ms)
    return found


def open_with(record: Record, rows: Sequence[int], why: str, *, who: str, at_ms: int) -> CaseFile:
    """Open a case for the device of these rows, and keep them with it; attempts join it."""
    why = _why(why)
    with record.transaction():
        newest = max((row(record, id) for id in rows), key=lambda one: one.last_ms, default=None)
        if newest is None:
            raise CaseError("no row is chosen: choose one")
        other = open_case(record, newest.device)
        if other:
            raise CaseError(
                f"{newest.device} has an open case already, number {other.id}: add it there"
            )
        found = _open(record, newest, who, at_ms)
        _hold(record, found, rows, why, who, at_ms)
    return case(record, found.id)


def _open(record: Record, first: Row, who: str, at_ms: int) -> CaseFile:
    cursor = record.conn.execute(
        "INSERT INTO cases (device, grp, opened, last, closed, status, grade, score, kinds, "
        "speaks_for, speaks_against, events, outcome, lesson, reviewer, reviewed, linked) "
        "VALUES (?, ?, ?, ?, 0, ?, ?, 0, '[]', '[]', '[]', 0, '', '', '', 0, 0)",
        (first.device, first.asker.who.group, at_ms, at_ms, Status.OPEN, FIRST_GRADE),
    )
    id = int(cursor.lastrowid or 0)
    facts = {"grade": FIRST_GRADE, "score": 0.0, "for": [], "against": []}
    happened(record, id, at_ms, who, Happened.OPENED, facts=facts)
    after = {"status": Status.OPEN, "grade": FIRST_GRADE}
    audit.note(record, at_ms, who, "opened", holder_of(id), after=after)
    return case(record, id)


def _hold(
    record: Record, found: CaseFile, rows: Sequence[int], why: str, who: str, at_ms: int
) -> None:
    if not 0 < len(rows) <= AT_ONCE:
        raise CaseError(f"choose between 1 and {AT_ONCE} rows at once")
    wanted = [row(record, id).id for id in rows]
    taken = int(record.number("SELECT count(*) FROM hold WHERE holder = ?", (found.holder,)))
    if taken + len(wanted) > ROWS_SHOWN:
        raise CaseError(f"case {found.id} holds {taken:,} rows already: {ROWS_SHOWN:,} is the most")
    record.conn.executemany(
        "INSERT OR IGNORE INTO hold (holder, event) VALUES (?, ?)",
        [(found.holder, id) for id in wanted],
    )
    facts = {"rows": wanted}
    entry = happened(record, found.id, at_ms, who, Happened.HELD, why, facts)
    audit.note(record, at_ms, who, "added rows", found.holder, after={"entry": entry, **facts})


def _why(text: str) -> str:
    return written(text, "the reason", WHY_LENGTH, CaseError)
