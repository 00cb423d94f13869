"""Topic notices: "Y10, drugs education, Lesson 3". Odd look-ups of that class are expected then.

A notice opens nothing and hides nothing. It stands beside rows and cases, so that whoever reads
them knows what was taught.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.errors import RequestError
from appliance.policy.clock import DAY_SECONDS, Instant
from appliance.policy.model import Scope
from appliance.store.book import Book
from appliance.store.database import told
from appliance.store.office.wishes import PLACE_LENGTH, Someone, scopes_of
from appliance.store.plain import written

SHOWN: Final = 200
TOPIC_LENGTH: Final = 200
WAITING: Final = 100  # of one person, that are not over


@dataclass(frozen=True, slots=True)
class Notice:
    """What a class looks into, and when."""

    id: int
    who: int
    name: str  # as it was then
    made_ms: int
    topic: str
    scopes: tuple[str, ...]
    lesson: str
    start: Instant
    end: Instant  # not included; earlier than planned where it was withdrawn
    is_withdrawn: bool

    def covers(self, at: Instant, scopes: Collection[Scope]) -> bool:
        """Whether it was meant for somebody of these scopes at this moment."""
        names = {str(scope) for scope in scopes}
        return self.start <= at < self.end and any(one in names for one in self.scopes)


_COLUMNS: Final = "id, who, name, made_ms, topic, scopes, lesson, begins, ends, is_withdrawn"


def give(
    book: Book,
    who: Someone,
    topic: str,
    scopes: Sequence[str],
    start: Instant,
    end: Instant,
    *,
    at_ms: int,
    lesson: str = "",
) -> Notice:
    """RequestError where it can't be given so."""
    if not start < end <= start + DAY_SECONDS:
        raise RequestError("a notice is for a lesson or a day: choose when it begins and ends")
    if end * 1000 <= at_ms:
        raise RequestError("its time is over: choose a later one")
    topic = written(topic, "the topic", TOPIC_LENGTH, RequestError, lines=False)
    lesson = written(
        lesson, "the lesson", PLACE_LENGTH, RequestError, may_be_empty=True, lines=False
    )
    chosen = json.dumps(scopes_of(scopes))
    with book.transaction():
        standing = "SELECT count(*) FROM notice WHERE who = ? AND ends > ?"
        if book.number(standing, (who.id, at_ms // 1000)) >= WAITING:
            raise RequestError(f"you have given {WAITING} notices: withdraw some of them first")
        cursor = book.conn.execute(
            f"INSERT INTO notice ({_COLUMNS.removeprefix('id, ')}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (who.id, who.name, at_ms, topic, chosen, lesson, start, end),
        )
        return _one(book, int(cursor.lastrowid or 0))


def withdraw(book: Book, id: int, who: Someone, *, at_ms: int) -> Notice:
    """By whoever gave it; that it was expected until now stays on record."""
    with book.transaction():
        found = _one(book, id)
        if found.who != who.id:
            raise RequestError(f"there is no notice {id} of yours")
        if found.is_withdrawn or found.end * 1000 <= at_ms:
            raise RequestError("this notice is over already")
        book.conn.execute(
            "UPDATE notice SET ends = max(begins, min(ends, ?)), is_withdrawn = 1 WHERE id = ?",
            (-(-at_ms // 1000), id),
        )
        return _one(book, id)


def in_force(book: Book, at: Instant, scopes: Collection[Scope] | None = None) -> list[Notice]:
    """Those of this moment: of anybody, or that are meant for somebody of these scopes."""
    return between(book, at, at + 1, scopes)


def between(
    book: Book, since: Instant, until: Instant, scopes: Collection[Scope] | None = None
) -> list[Notice]:
    """Those of any moment in this time: a page of rows asks once, then each notice whether it
    `covers` a row."""
    found = _find(
        book, "ends > ? AND begins < ? AND begins < ends ORDER BY begins, id", since, until
    )
    if scopes is None:
        return found
    names = {str(scope) for scope in scopes}
    return [notice for notice in found if any(one in names for one in notice.scopes)]


def of_person(book: Book, person: int, limit: int = SHOWN) -> list[Notice]:
    """Somebody's own, the newest first."""
    return _find(book, "who = ? ORDER BY id DESC LIMIT ?", person, limit)


def forget(book: Book, before_ms: int) -> int:
    """Those that were over before this moment; how many."""
    with book.transaction():
        return book.conn.execute(
            "DELETE FROM notice WHERE ends * 1000 < ? AND made_ms < ?", (before_ms, before_ms)
        ).rowcount


def _one(book: Book, id: int) -> Notice:
    found = _find(book, "id = ?", id)
    if not found:
        raise RequestError(f"there is no notice {id}")
    return found[0]


def _find(book: Book, where: str, *values: int) -> list[Notice]:
    with told(book.path):
        rows = book.conn.execute(f"SELECT {_COLUMNS} FROM notice WHERE {where}", values).fetchall()
    return [_notice(row) for row in rows]


def _notice(row: Sequence[Any]) -> Notice:
    id, who, name, made_ms, topic, scopes, lesson, start, end, is_withdrawn = row
    return Notice(
        *(id, who, name, made_ms, topic, tuple(json.loads(scopes)), lesson, start, end),
        bool(is_withdrawn),
    )
