"""Dealing with a report: look into it, block the site, dismiss it with thanks, or escalate it.

Who comes second hears who was first. Whoever calls this audits it.
"""

from __future__ import annotations

from typing import Final

from appliance.errors import ReportError
from appliance.store.attachments import Keeper
from appliance.store.book import Book
from appliance.store.counter.reports import UNDECIDED, Report, State, one
from appliance.store.database import told
from appliance.store.plain import written

ANSWER_LENGTH: Final = 500
WHO_LENGTH: Final = 100
THANKS: Final = "Thank you for telling us. We have looked at it and no change was needed."
BLOCKED: Final = "Thank you for telling us. The school has blocked it."
_IN_WORDS: Final = {
    State.BLOCKED: "has blocked it",
    State.DISMISSED: "has dismissed it",
    State.ESCALATED: "has escalated it",
}


def look_into(book: Book, id: int, *, who: str, at_ms: int) -> Report:
    """Take it up, so that others see that somebody does; they may decide all the same."""
    return _decide(book, id, State.LOOKING, who, at_ms, "")


def block(
    book: Book, id: int, *, who: str, at_ms: int, answer: str = BLOCKED, grant_id: str = ""
) -> Report:
    """The site is blocked in the policy; where that comes after this, say so with `point`."""
    return _decide(book, id, State.BLOCKED, who, at_ms, answer, grant_id=grant_id)


def dismiss(book: Book, id: int, *, who: str, at_ms: int, answer: str = THANKS) -> Report:
    return _decide(book, id, State.DISMISSED, who, at_ms, answer)


def escalate(
    book: Book, id: int, *, who: str, at_ms: int, answer: str = "", case_id: int = 0
) -> Report:
    """It is more than a site: others go on with it."""
    return _decide(book, id, State.ESCALATED, who, at_ms, answer, case_id=case_id)


def reopen(book: Book, id: int, *, who: str, at_ms: int) -> Report:
    """It was decided by mistake, or the policy would not have it."""
    with book.transaction():
        found = one(book, id)
        if not found.is_decided:
            raise ReportError("nobody has decided this report yet")
        book.conn.execute(
            "UPDATE report SET state = 'looking', handler = ?, handled_ms = ?, answer = '', "
            "grant_id = '', case_id = 0 WHERE id = ?",
            (_who(who), at_ms, id),
        )
        return one(book, id)


def point(book: Book, id: int, *, grant_id: str = "", case_id: int = 0) -> Report:
    """Say what came of it: the id in the policy, or the case."""
    with book.transaction():
        one(book, id)
        book.conn.execute(
            "UPDATE report SET grant_id = coalesce(nullif(?, ''), grant_id), "
            "case_id = coalesce(nullif(?, 0), case_id) WHERE id = ?",
            (grant_id, case_id, id),
        )
        return one(book, id)


def forget(book: Book, keeper: Keeper, before_ms: int) -> int:
    """Those that were told and handled before this moment, and the screenshots that nobody names
    any more; how many."""
    with book.transaction():
        gone = book.conn.execute(
            "DELETE FROM report WHERE at < ? AND handled_ms < ?", (before_ms, before_ms)
        ).rowcount
    with told(book.path):
        rows = book.conn.execute("SELECT picture_sha256 FROM report WHERE picture_sha256 <> ''")
        named = {str(row[0]) for row in rows}
    keeper.forget_all_but(named)
    return gone


def _decide(
    book: Book,
    id: int,
    state: State,
    who: str,
    at_ms: int,
    answer: str,
    *,
    grant_id: str = "",
    case_id: int = 0,
) -> Report:
    answer = written(answer, "the answer", ANSWER_LENGTH, ReportError, may_be_empty=True)
    with book.transaction():
        found = one(book, id)
        if found.state not in UNDECIDED:
            raise ReportError(f"{found.handler} {_IN_WORDS[found.state]} already")
        book.conn.execute(
            "UPDATE report SET state = ?, handler = ?, handled_ms = ?, answer = ?, grant_id = ?, "
            "case_id = ? WHERE id = ?",
            (state, _who(who), at_ms, answer, grant_id, case_id, id),
        )
        return one(book, id)


def _who(who: str) -> str:
    return written(who, "the name of who does it", WHO_LENGTH, ReportError, lines=False)
