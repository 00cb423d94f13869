"""Requests: what somebody asks for and others decide, and how each one stands.

Nothing here changes anything: asking.py does what whoever asks does, deciding.py what others do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.errors import RequestError
from appliance.policy.clock import Instant
from appliance.store.book import Book
from appliance.store.database import told
from appliance.store.office.wishes import Someone, Wish

SHOWN: Final = 200


class Kind(StrEnum):
    LESSON = "lesson"  # a teacher wants a site for a lesson
    EXEMPTION = "exemption"  # a standing permission
    OVERRIDE = "override"  # what the team may open only with a second pair of eyes


class State(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # its time is over, and nobody decided
    ENDED = "ended"  # it was open, and is no more


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word."""

    who: int
    name: str  # as it was then
    at_ms: int
    is_yes: bool
    words: str
    counts: bool  # False: the request was changed since


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Wish):
    """A wish that stands in the office."""

    id: int
    kind: Kind
    asked_by: int
    asked_name: str  # as it was then
    asked_ms: int
    needed: int  # approvals, by as many people
    needed_why: str
    edition: int  # one more with each change: whoever approves has seen the newest
    state: State
    settled_ms: int | None
    decisions: tuple[Decision, ...]  # in their order
    grant_id: str  # in the policy, once it is opened
    answer: str  # to the asker

    @property
    def approvals(self) -> tuple[Decision, ...]:
        """Those that count."""
        return tuple(one for one in self.decisions if one.is_yes and one.counts)

    @property
    def missing(self) -> int:
        """How many more people have to approve."""
        return max(self.needed - len(self.approvals), 0)

    def seconds_left(self, now: Instant) -> int:
        """Until it begins; negative while it goes on."""
        return self.start - now

    def may_be_decided_by(self, person: int) -> bool:
        """Whether this person still has a word in it."""
        said = {one.who for one in self.decisions if one.counts}
        return self.state is State.WAITING and person != self.asked_by and person not in said


COLUMNS: Final = (
    "id, kind, asked_by, asked_name, asked_ms, typed, targets, scopes, room, begins, ends, lesson, "
    "aim, risk_assessment, needed, needed_why, edition, state, settled_ms, grant_id, answer"
)


def one(book: Book, id: int) -> Request:
    """RequestError where there is none of this number."""
    found = find_where(book, "id = ?", id)
    if not found:
        raise RequestError(f"there is no request {id}: it never was, or its time was over")
    return found[0]


def own(book: Book, id: int, who: Someone) -> Request:
    """The same, of this person alone: of others' requests nobody learns even that they are."""
    found = find_where(book, "id = ? AND asked_by = ?", id, who.id)
    if not found:
        raise RequestError(f"there is no request {id}: it never was, or its time was over")
    return found[0]


def waiting(book: Book) -> list[Request]:
    """What is to be decided, the soonest first."""
    return find_where(book, "state = 'waiting' ORDER BY begins, id")


def unopened(book: Book) -> list[Request]:
    """Approved, and not in the policy: something came between, and somebody should look."""
    return find_where(book, "state = 'approved' AND grant_id = '' ORDER BY begins, id")


def of_person(book: Book, person: int, limit: int = SHOWN) -> list[Request]:
    """Somebody's own, the newest first."""
    return find_where(book, "asked_by = ? ORDER BY id DESC LIMIT ?", person, limit)


def of_grant(book: Book, grant_id: str) -> Request | None:
    """The one that this was opened for."""
    return next(iter(find_where(book, "grant_id = ?", grant_id)), None)


def history(book: Book, *, before_id: int | None = None, limit: int = SHOWN) -> list[Request]:
    """What is settled, the newest first."""
    where = "state <> 'waiting' AND id < ? ORDER BY id DESC LIMIT ?"
    return find_where(book, where, before_id if before_id is not None else 1 << 62, limit)


_EDITION: Final = COLUMNS.split(", ").index("edition")


def find_where(book: Book, where: str, *values: int | str) -> list[Request]:
    """For this package: `where` is its own, never what somebody typed."""
    with told(book.path):
        rows = book.conn.execute(f"SELECT {COLUMNS} FROM request WHERE {where}", values).fetchall()
        return [_request(row, _decisions(book, row[0], row[_EDITION])) for row in rows]


def _request(row: Sequence[Any], decisions: tuple[Decision, ...]) -> Request:
    id, kind, asked_by, asked_name, asked_ms, typed, targets, scopes, room, start, end = row[:11]
    lesson, aim, risk, needed, needed_why, edition, state, settled_ms, grant_id, answer = row[11:]
    return Request(
        id=id,
        kind=Kind(kind),
        asked_by=asked_by,
        asked_name=asked_name,
        asked_ms=asked_ms,
        typed=typed,
        targets=tuple(json.loads(targets)),
        scopes=tuple(json.loads(scopes)),
        room=room,
        start=start,
        end=end,
        lesson=lesson,
        aim=aim,
        risk_assessment=risk,
        needed=needed,
        needed_why=needed_why,
        edition=edition,
        state=State(state),
        settled_ms=settled_ms or None,
        decisions=decisions,
        grant_id=grant_id,
        answer=answer,
    )


def _decisions(book: Book, id: int, edition: int) -> tuple[Decision, ...]:
    rows = book.conn.execute(
        "SELECT who, name, at, is_yes, words, edition FROM decision WHERE request = ? ORDER BY id",
        (id,),
    )
    return tuple(
        Decision(who, name, at_ms, bool(is_yes), words, counts=given == edition)
        for who, name, at_ms, is_yes, words, given in rows
    )
