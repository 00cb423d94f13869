"""What others do with a request: approve it, or not; and whether it is open.

Whoever asks never decides, and one person has one word: both hold here, whatever a page does.
A request that enough people have approved is opened in the policy by the caller, who then says so
with `opened`; or with `taken_back`, where the policy would not have it.
"""

from __future__ import annotations

from typing import Final

from appliance.errors import RequestError
from appliance.store.book import Book
from appliance.store.office.requests import Request, State, one
from appliance.store.office.wishes import Someone
from appliance.store.plain import written

WORDS_LENGTH: Final = 1_000


def approve(
    book: Book,
    id: int,
    who: Someone,
    *,
    edition: int,
    at_ms: int,
    words: str = "",
    needed: int = 1,
    needed_why: str = "",
) -> Request:
    """One person's yes to what they saw. Where the state is `approved` then, enough have said so:
    open it. `needed` is how many the policy of today asks for: it may be more than when it was
    asked, and never makes it fewer."""
    with book.transaction():
        if one(book, id).edition > edition:
            raise RequestError(
                f"{one(book, id).asked_name} has changed it since you looked: read it again"
            )
        before = _decided_by(book, id, who, at_ms, is_yes=True, words=words)
        if needed > before.needed:
            book.conn.execute(
                "UPDATE request SET needed = ?, needed_why = ? WHERE id = ?",
                (needed, needed_why, id),
            )
        if one(book, id).missing == 0:
            settle(book, id, State.APPROVED, at_ms, answer=words)
        return one(book, id)


def refuse(book: Book, id: int, who: Someone, *, at_ms: int, words: str) -> Request:
    """One person's no, with words for the asker: it is enough."""
    with book.transaction():
        _decided_by(book, id, who, at_ms, is_yes=False, words=_said(words))
        settle(book, id, State.REFUSED, at_ms, answer=words)
        return one(book, id)


def opened(book: Book, id: int, grant_id: str) -> Request:
    """It is in the policy, under this id."""
    with book.transaction():
        found = one(book, id)
        if found.grant_id == grant_id:
            return found  # two people pressed the button: one of them has said so already
        if found.state is not State.APPROVED or found.grant_id:
            raise RequestError(f"{_was(found)}: it is not opened a second time")
        book.conn.execute("UPDATE request SET grant_id = ? WHERE id = ?", (grant_id, id))
        return one(book, id)


def taken_back(book: Book, id: int, who: Someone) -> Request:
    """The policy would not have it: this person's approval is as if it had not been given."""
    with book.transaction():
        found = one(book, id)
        if found.state is not State.APPROVED or found.grant_id:
            raise RequestError(f"{_was(found)}: that can't be taken back")
        if who.id not in {one.who for one in found.approvals}:
            raise RequestError("only somebody who has approved it can take that back")
        book.conn.execute(
            "DELETE FROM decision WHERE request = ? AND edition = ? AND who = ?",
            (id, found.edition, who.id),
        )
        settle(book, id, State.WAITING, 0, answer="")
        return one(book, id)


def ended(book: Book, grant_id: str, *, at_ms: int) -> Request | None:
    """What was opened under this id is closed before its time; None where nobody asked for it."""
    with book.transaction():
        id = book.number(
            "SELECT id FROM request WHERE grant_id = ? AND state = 'approved'", (grant_id,)
        )
        if id:
            settle(book, id, State.ENDED, at_ms)
        return one(book, id) if id else None


def _decided_by(
    book: Book, id: int, who: Someone, at_ms: int, *, is_yes: bool, words: str
) -> Request:
    """Write down one person's word; the request as it was before."""
    found = still_waiting(one(book, id), at_ms)
    if who.id == found.asked_by:
        raise RequestError("nobody decides on their own request: ask somebody else of the team")
    if not found.may_be_decided_by(who.id):
        raise RequestError(
            f"you have approved this already: it needs {_people(found.missing)} more"
        )
    book.conn.execute(
        "INSERT INTO decision (request, edition, who, name, at, is_yes, words) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id, found.edition, who.id, who.name, at_ms, is_yes, _said(words, may_be_empty=is_yes)),
    )
    return found


def still_waiting(found: Request, at_ms: int) -> Request:
    """RequestError with who was first, or that time was."""
    if found.state is not State.WAITING:
        raise RequestError(f"{_was(found)}: it is not waiting any more")
    if found.end * 1000 <= at_ms:
        raise RequestError("its time is over: it would have to be asked again for a later one")
    return found


def settle(book: Book, id: int, state: State, at_ms: int, answer: str | None = None) -> None:
    """Inside a transaction."""
    book.conn.execute(
        "UPDATE request SET state = ?, settled_ms = ?, answer = coalesce(?, answer) WHERE id = ?",
        (state, at_ms, None if answer is None else _said(answer, may_be_empty=True), id),
    )


def _was(found: Request) -> str:
    """Who was first, for whoever comes second."""
    said = next((one for one in reversed(found.decisions) if one.counts), None)
    match found.state:
        case State.APPROVED | State.REFUSED if said:
            return f"{said.name} has {found.state} it already"
        case State.WITHDRAWN:
            return f"{found.asked_name} has withdrawn it"
        case State.WAITING:
            return "nobody has approved it yet"
    return "its time is over"


def _people(number: int) -> str:
    return "one person" if number == 1 else f"{number} people"


def _said(text: str, *, may_be_empty: bool = False) -> str:
    return written(text, "the answer", WORDS_LENGTH, RequestError, may_be_empty=may_be_empty)
