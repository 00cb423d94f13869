"""Who did what, when, and what it was before."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from appliance.store.database import Record, told
from appliance.store.farewell import Farewell, delete, nobody

DETECTION: Final = "detection"  # who, where no person did it


@dataclass(frozen=True, slots=True)
class Audited:
    """One thing that somebody did."""

    id: int
    at_ms: int
    who: str
    what: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


def note(
    record: Record,
    at_ms: int,
    who: str,
    what: str,
    subject: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """Inside the transaction of what was done; the row's number."""
    cursor = record.conn.execute(
        "INSERT INTO audit (at, who, what, subject, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        (at_ms, who, what, subject, _json(before), _json(after)),
    )
    return int(cursor.lastrowid or 0)


def look(record: Record, *, subject: str = "", limit: int = 200) -> list[Audited]:
    """The newest first; of one subject, or of all."""
    where = "WHERE subject = :subject" if subject else ""
    with told(record.path):
        rows = record.conn.execute(
            f"SELECT id, at, who, what, subject, before, after FROM audit {where} "
            "ORDER BY id DESC LIMIT :limit",
            {"subject": subject, "limit": limit},
        ).fetchall()
    return [_audited(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows; what is left out does not matter."""

    who: str = ""  # a login, whole
    what: str = ""  # a part of it, as of the subject
    subject: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    before_id: int | None = None  # for the next page


def find(record: Record, wish: Wish, limit: int = 100) -> list[Audited]:
    """The newest first."""
    wheres = {
        "who = :who": wish.who,
        "instr(lower(what), lower(:what))": wish.what,
        "instr(lower(subject), lower(:subject))": wish.subject,
        "at >= :since_ms": wish.since_ms,
        "at < :until_ms": wish.until_ms,
        "id < :before_id": wish.before_id,
    }
    used = [text for text, value in wheres.items() if value not in ("", None)]
    where = " AND ".join(used) or "true"
    with told(record.path):
        rows = record.conn.execute(
            "SELECT id, at, who, what, subject, before, after FROM audit "
            f"WHERE {where} ORDER BY id DESC LIMIT :limit",
            {**asdict(wish), "limit": limit},
        ).fetchall()
    return [_audited(*row) for row in rows]


def forget(record: Record, before_ms: int, farewell: Farewell = nobody) -> int:
    """Inside a transaction; what concerns a case that is still there stays as long as it."""
    gone = "at < ? AND subject NOT IN (SELECT 'case ' || id FROM cases)"
    return delete(record, "audit", gone, (before_ms,), farewell)


def _audited(
    id: int, at_ms: int, who: str, what: str, subject: str, before: str, after: str
) -> Audited:
    return Audited(id, at_ms, who, what, subject, json.loads(before), json.loads(after))


def _json(values: dict[str, Any] | None) -> str:
    return json.dumps(values or {}, ensure_ascii=False)
