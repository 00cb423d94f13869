"""What detection finds, joined to cases: opened, graded anew, gone quiet; signs and their rows.

Everything here may be told twice without harm: after a crash detection tells again what it is not
sure to have told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from appliance.store import audit
from appliance.store.cases import (
    GRADES,
    ROWS_SHOWN,
    CaseFile,
    Happened,
    Status,
    holder_of,
    open_case,
)
from appliance.store.database import Record
from appliance.store.search import Wish, oldest

RUN_MS: Final = 60_000
SIGNS_KEPT: Final = 2_000  # of one case; more are only counted
USUAL_KEPT: Final = 50  # … of what devices do by themselves: three hundred tablets do it all day
AROUND_MS: Final = (
    600_000  # what was refused so long before may have led to it, or was gone back to
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A case as detection has it now."""

    device: str
    group: str
    opened_ms: int
    last_ms: int
    closed_ms: int | None
    grade: str
    score: float
    kinds: tuple[str, ...]
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """One sign, as it was seen."""

    device: str
    at_ms: int
    kind: str
    title: str
    name: str
    action: str
    is_usual: bool = False  # devices do this by themselves


def join(record: Record, found: Finding, now_ms: int, *, may_lower: bool = True) -> None:
    """Inside a transaction: the device's open case goes on, or one is opened.

    Whoever has lost part of their memory may not lower a grade: less is known, not more.
    """
    case = open_case(record, found.device)
    if case is None:
        case = _open(record, found, now_ms)
    elif may_lower or GRADES.index(found.grade) >= GRADES.index(case.grade):
        _grade(record, case, found, now_ms)
    else:
        _touch(record, case, found)
    if found.closed_ms is not None:
        _quieten(record, case, found.closed_ms, now_ms)


def sign(record: Record, seen: Signed) -> bool:
    """Inside a transaction: note a sign of the device's open case; False where it has none."""
    case = open_case(record, seen.device)
    if case is None:
        return False
    execute = record.conn.execute
    run = execute(
        "SELECT id FROM case_sign WHERE case_id = ? AND last >= ? AND first <= ? AND kind = ? "
        "AND name = ? AND action = ? ORDER BY id DESC LIMIT 1",
        (case.id, seen.at_ms - RUN_MS, seen.at_ms, seen.kind, seen.name, seen.action),
    ).fetchone()
    if run:
        execute(
            "UPDATE case_sign SET count = count + 1, last = max(last, ?) WHERE id = ?",
            (seen.at_ms, *run),
        )
    elif _number_of_signs(record, case) < (USUAL_KEPT if seen.is_usual else SIGNS_KEPT):
        execute(
            "INSERT INTO case_sign (case_id, first, last, count, kind, title, name, action) "
            "VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
            (case.id, seen.at_ms, seen.at_ms, seen.kind, seen.title, seen.name, seen.action),
        )
    execute(
        "UPDATE cases SET events = events + 1, last = max(last, ?), opened = min(opened, ?) "
        "WHERE id = ?",
        (seen.at_ms, seen.at_ms, case.id),
    )
    return True


def is_signed(record: Record, seen: Signed) -> bool:
    """Whether a case of this device has this sign already."""
    return bool(
        record.number(
            "SELECT 1 FROM case_sign JOIN cases ON cases.id = case_id WHERE device = ? "
            "AND case_sign.kind = ? AND name = ? AND first - ? <= ? AND case_sign.last + ? >= ? "
            "LIMIT 1",
            (seen.device, seen.kind, seen.name, RUN_MS, seen.at_ms, RUN_MS, seen.at_ms),
        )
    )


def quieten(record: Record, before_ms: int, but: Collection[str], now_ms: int) -> None:
    """Inside a transaction: cases without a sign since then are over, but for these devices', of
    which detection knows more."""
    for device, last in record.conn.execute(
        "SELECT device, last FROM cases WHERE status = 'open' AND last < ?", (before_ms,)
    ).fetchall():
        case = open_case(record, device)
        if case and device not in but:
            _quieten(record, case, last + max(now_ms - before_ms, 0), now_ms)


def reviewed_since(record: Record, entry: int) -> tuple[list[str], int]:
    """Devices whose cases were reviewed after this entry, and the newest entry of any kind."""
    newest = int(record.number("SELECT max(id) FROM case_entry"))
    if newest <= entry:
        return [], max(newest, entry)
    rows = record.conn.execute(
        "SELECT DISTINCT device FROM case_entry JOIN cases ON cases.id = case_id "
        "WHERE case_entry.id > ? AND what = ?",
        (entry, Happened.REVIEWED),
    )
    return [row[0] for row in rows], newest


def link(record: Record, now_ms: int) -> int:
    """Inside a transaction: hold the rows around new signs, so that they are kept as long as the
    case; how many. Noise holds nothing, or no longer, but for what people put to it: the rest of a
    child's day is to be forgotten when it should."""
    held = 0
    noise = "grade = 'noise' AND status <> 'reviewed' AND linked > 0"
    record.conn.execute(
        f"DELETE FROM hold WHERE holder IN (SELECT 'case ' || id FROM cases WHERE {noise}) "
        "AND NOT EXISTS (SELECT 1 FROM case_entry, json_each(facts, '$.rows') AS kept "
        "WHERE what = ? AND 'case ' || case_id = holder AND kept.value = event)",
        (Happened.HELD,),
    )
    record.conn.execute(f"UPDATE cases SET linked = 0 WHERE {noise}")
    for id, device, last, linked in record.conn.execute(
        "SELECT id, device, last, linked FROM cases WHERE last + ? > linked AND grade <> 'noise'",
        (AROUND_MS,),
    ).fetchall():
        signs = record.conn.execute(
            "SELECT first, last FROM case_sign WHERE case_id = ? AND last > ?",
            (id, linked - AROUND_MS),
        ).fetchall()
        if signs:
            held += _link(record, id, device, signs)
        # what it did after its last sign may still be to come
        until = min(now_ms, last + AROUND_MS)
        record.conn.execute("UPDATE cases SET linked = ? WHERE id = ?", (until, id))
    return held


def _link(record: Record, id: int, device: str, signs: list[tuple[int, int]]) -> int:
    holder = holder_of(id)
    taken = int(record.number("SELECT count(*) FROM hold WHERE holder = ?", (holder,)))
    around = [(first - AROUND_MS, last + AROUND_MS) for first, last in signs]
    wish = Wish(
        since_ms=min(begin for begin, _ in around),
        until_ms=max(end for _, end in around),
        device=device,
    )
    held = 0
    for row in oldest(record, wish):
        if taken + held >= ROWS_SHOWN:
            break
        if any(begin <= row.last_ms and row.first_ms <= end for begin, end in around):
            held += record.conn.execute(
                "INSERT OR IGNORE INTO hold (holder, event) VALUES (?, ?)", (holder, row.id)
            ).rowcount
    return held


def _number_of_signs(record: Record, case: CaseFile) -> int:
    return int(record.number("SELECT count(*) FROM case_sign WHERE case_id = ?", (case.id,)))


def _open(record: Record, found: Finding, now_ms: int) -> CaseFile:
    execute = record.conn.execute
    cursor = execute(
        "INSERT INTO cases (device, grp, opened, last, closed, status, grade, score, kinds, "
        "speaks_for, speaks_against, events, outcome, lesson, reviewer, reviewed, linked) "
        "VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 0, '', '', '', 0, 0)",
        (found.device, found.group, found.opened_ms, found.last_ms, Status.OPEN, *_graded(found)),
    )
    id = int(cursor.lastrowid or 0)
    happened(record, id, now_ms, audit.DETECTION, Happened.OPENED, facts=_facts(found))
    audit.note(
        record,
        now_ms,
        audit.DETECTION,
        "opened",
        holder_of(id),
        after={"status": Status.OPEN, "grade": found.grade},
    )
    case = open_case(record, found.device)
    assert case is not None  # it was put in three statements ago
    return case


def _grade(record: Record, case: CaseFile, found: Finding, now_ms: int) -> None:
    grade, score, kinds, speaks_for, speaks_against = _graded(found)
    record.conn.execute(
        "UPDATE cases SET grp = ?, grade = ?, score = ?, kinds = ?, speaks_for = ?, "
        "speaks_against = ?, opened = min(opened, ?), last = max(last, ?) WHERE id = ?",
        (found.group, grade, score, kinds, speaks_for, speaks_against)
        + (found.opened_ms, found.last_ms, case.id),
    )
    if found.grade == case.grade:
        return
    happened(record, case.id, now_ms, audit.DETECTION, Happened.GRADED, facts=_facts(found))
    audit.note(
        record,
        now_ms,
        audit.DETECTION,
        "graded",
        case.holder,
        {"grade": case.grade},
        {"grade": found.grade},
    )


def _touch(record: Record, case: CaseFile, found: Finding) -> None:
    record.conn.execute(
        "UPDATE cases SET last = max(last, ?) WHERE id = ?", (found.last_ms, case.id)
    )


def _quieten(record: Record, case: CaseFile, closed_ms: int, now_ms: int) -> None:
    record.conn.execute(
        "UPDATE cases SET status = ?, closed = ? WHERE id = ?", (Status.QUIET, closed_ms, case.id)
    )
    happened(record, case.id, now_ms, audit.DETECTION, Happened.QUIET)
    audit.note(
        record,
        now_ms,
        audit.DETECTION,
        "closed",
        case.holder,
        {"status": case.status},
        {"status": Status.QUIET},
    )


def happened(
    record: Record,
    id: int,
    at_ms: int,
    who: str,
    what: Happened,
    text: str = "",
    facts: dict[str, Any] | None = None,
) -> int:
    """Inside a transaction: write into a case's history; the entry's number."""
    cursor = record.conn.execute(
        "INSERT INTO case_entry (case_id, at, who, what, text, facts) VALUES (?, ?, ?, ?, ?, ?)",
        (id, at_ms, who, what, text, json.dumps(facts or {}, ensure_ascii=False)),
    )
    return int(cursor.lastrowid or 0)


def _graded(found: Finding) -> tuple[str, float, str, str, str]:
    lists = (found.kinds, found.speaks_for, found.speaks_against)
    return found.grade, found.score, *map(_list, lists)  # type: ignore[return-value]


def _list(texts: Iterable[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _facts(found: Finding) -> dict[str, Any]:
    return {
        "grade": found.grade,
        "score": found.score,
        "for": found.speaks_for,
        "against": found.speaks_against,
    }
