"""What whoever asks for something does: asks, changes it, takes it back, asks again next week.

And what time does: a request that nobody has decided is over with its lesson.
"""

from __future__ import annotations

import json
from typing import Any, Final

from appliance.errors import RequestError
from appliance.policy.clock import Instant, SchoolClock
from appliance.store.book import Book
from appliance.store.database import told
from appliance.store.office.deciding import settle, still_waiting
from appliance.store.office.requests import COLUMNS, Kind, Request, State, find_where, one, own
from appliance.store.office.wishes import (
    LESSON_DAYS,
    LONGEST_DAYS,
    Someone,
    Wish,
    checked,
    next_week,
)

WAITING: Final = 100  # of one person: more than anybody's timetable holds


def ask(
    book: Book,
    kind: Kind,
    wish: Wish,
    who: Someone,
    *,
    at_ms: int,
    needed: int = 1,
    needed_why: str = "",
) -> Request:
    """Put a wish before those who decide; RequestError where it can't be asked so."""
    wish = _checked(kind, wish, at_ms, needed)
    with book.transaction():
        waiting = "SELECT count(*) FROM request WHERE asked_by = ? AND state = 'waiting'"
        if book.number(waiting, (who.id,)) >= WAITING:
            raise RequestError(
                f"{WAITING} of your requests wait already: withdraw those that are not needed"
            )
        cursor = book.conn.execute(
            f"INSERT INTO request ({COLUMNS.removeprefix('id, ')}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 'waiting', 0, '', '')",
            (kind, who.id, who.name, at_ms, *_columns(wish), needed, needed_why),
        )
        return one(book, int(cursor.lastrowid or 0))


def change(
    book: Book,
    id: int,
    wish: Wish,
    who: Someone,
    *,
    at_ms: int,
    needed: int = 1,
    needed_why: str = "",
) -> Request:
    """Ask for something else instead, by the asker, while it waits; approvals given before fall."""
    with book.transaction():
        before = still_waiting(own(book, id, who), at_ms)
        wish = _checked(before.kind, wish, at_ms, needed)
        book.conn.execute(
            "UPDATE request SET (typed, targets, scopes, room, begins, ends, lesson, aim, "
            "risk_assessment) = (?, ?, ?, ?, ?, ?, ?, ?, ?), needed = ?, needed_why = ?, "
            "edition = edition + 1 WHERE id = ?",
            (*_columns(wish), needed, needed_why, id),
        )
        return one(book, id)


def withdraw(book: Book, id: int, who: Someone, *, at_ms: int) -> Request:
    """By whoever asked, while nobody has opened it."""
    with book.transaction():
        still_waiting(own(book, id, who), at_ms)
        settle(book, id, State.WITHDRAWN, at_ms)
        return one(book, id)


def lapse(book: Book, now: Instant) -> list[Request]:
    """Whatever time has decided: what waited in vain is returned, what was open has ended."""
    over = "ends <= ? AND state IN ('waiting', 'approved')"
    with told(book.path):
        if not book.number(f"SELECT 1 FROM request WHERE {over} LIMIT 1", (now,)):
            return []  # nearly always: and nobody waits for a lock
    with book.transaction():
        late = [one.id for one in find_where(book, f"{over} AND state = 'waiting'", now)]
        book.conn.execute(
            "UPDATE request SET settled_ms = ends * 1000, "
            f"state = CASE state WHEN 'waiting' THEN 'lapsed' ELSE 'ended' END WHERE {over}",
            (now,),
        )
        return [one(book, id) for id in late]


def repeat(request: Request, clock: SchoolClock) -> Wish:
    """The same a week later: whoever asks looks at it, and asks anew."""
    return Wish(
        typed=request.typed,
        targets=request.targets,
        scopes=request.scopes,
        start=next_week(request.start, clock),
        end=next_week(request.end, clock),
        aim=request.aim,
        room=request.room,
        lesson=request.lesson,
        risk_assessment=request.risk_assessment,
    )


def forget(book: Book, before_ms: int) -> int:
    """Those that were over before this moment; how many."""
    with book.transaction():
        return book.conn.execute(
            "DELETE FROM request WHERE asked_ms < ? AND ends * 1000 < ? AND settled_ms < ?",
            (before_ms,) * 3,
        ).rowcount


def _checked(kind: Kind, wish: Wish, at_ms: int, needed: int) -> Wish:
    wish = checked(wish, LESSON_DAYS if kind is Kind.LESSON else LONGEST_DAYS)
    if wish.end * 1000 <= at_ms:
        raise RequestError("its time is over: choose a later one")
    if needed < 1:
        raise RequestError("nothing is opened without anybody's approval")
    return wish


def _columns(wish: Wish) -> tuple[Any, ...]:
    return (
        *(wish.typed, json.dumps(wish.targets), json.dumps(wish.scopes), wish.room),
        *(wish.start, wish.end, wish.lesson, wish.aim, wish.risk_assessment),
    )
