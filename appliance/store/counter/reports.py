"""Reports of bad sites, as those see them who deal with them; and the little that others see.

Nothing here changes anything: telling.py takes a report in, triage.py deals with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.errors import ReportError
from appliance.store.attachments import Kept
from appliance.store.book import Book
from appliance.store.counter.references import read_reference, spelled
from appliance.store.database import told

SHOWN: Final = 200


class State(StrEnum):
    NEW = "new"
    LOOKING = "looking"  # somebody has taken it up
    BLOCKED = "blocked"
    DISMISSED = "dismissed"
    ESCALATED = "escalated"  # to safeguarding, as a case or beyond


UNDECIDED: Final = (State.NEW, State.LOOKING)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told us, and what became of it. All words of it are a stranger's."""

    id: int
    reference: str  # as it is shown: K7QX-4MPD
    at_ms: int
    typed: str  # an address or an app
    read_as: str  # the site or service that it was taken for
    seen: str
    who: str  # where they wished to say
    from_address: str
    group: str
    screenshot: Kept | None  # hand it out as a download, never as part of a page
    state: State
    handler: str  # who looks into it, or has decided
    handled_ms: int | None
    answer: str  # to whoever has the reference
    grant_id: str  # what blocks it in the policy
    case_id: int | None

    @property
    def is_decided(self) -> bool:
        return self.state not in UNDECIDED


@dataclass(frozen=True, slots=True)
class PublicState:
    """All that a reference shows."""

    reference: str
    at_ms: int
    state: State  # never `escalated`: who else is asked is not told at the counter
    answer: str


_COLUMNS: Final = (
    "id, reference, at, typed, read_as, seen, who, address, grp, picture_name, picture_type, "
    "picture_bytes, picture_sha256, state, handler, handled_ms, answer, grant_id, case_id"
)


def by_reference(book: Book, typed: str) -> PublicState | None:
    """However it was typed; None where there is no such report, or not any more."""
    reference = read_reference(typed)
    found = _find(book, "reference = ?", reference) if reference else []
    if not found:
        return None
    state = State.LOOKING if found[0].state is State.ESCALATED else found[0].state
    return PublicState(found[0].reference, found[0].at_ms, state, found[0].answer)


def one(book: Book, id: int) -> Report:
    """ReportError where there is none of this number."""
    found = _find(book, "id = ?", id)
    if not found:
        raise ReportError(f"there is no report {id}: it never was, or its time was over")
    return found[0]


def waiting(book: Book) -> list[Report]:
    """What nobody has decided, the oldest first."""
    return _find(book, "state IN ('new', 'looking') ORDER BY id")


def of_site(book: Book, read_as: str, limit: int = SHOWN) -> list[Report]:
    """What else was told of this site, the newest first."""
    return _find(book, "read_as = ? AND read_as <> '' ORDER BY id DESC LIMIT ?", read_as, limit)


def history(book: Book, *, before_id: int | None = None, limit: int = SHOWN) -> list[Report]:
    """What is decided, the newest first."""
    where = "state NOT IN ('new', 'looking') AND id < ? ORDER BY id DESC LIMIT ?"
    return _find(book, where, before_id if before_id is not None else 1 << 62, limit)


def _find(book: Book, where: str, *values: int | str) -> list[Report]:
    with told(book.path):
        rows = book.conn.execute(f"SELECT {_COLUMNS} FROM report WHERE {where}", values).fetchall()
    return [_report(row) for row in rows]


def _report(row: Sequence[Any]) -> Report:
    id, reference, at_ms, typed, read_as, seen, who, address, group = row[:9]
    *picture, state, handler, handled_ms, answer, grant_id, case_id = row[9:]
    name, kind, length, sha256 = picture
    return Report(
        id=id,
        reference=spelled(reference),
        at_ms=at_ms,
        typed=typed,
        read_as=read_as,
        seen=seen,
        who=who,
        from_address=address,
        group=group,
        screenshot=Kept(name, kind, length, sha256) if sha256 else None,
        state=State(state),
        handler=handler,
        handled_ms=handled_ms or None,
        answer=answer,
        grant_id=grant_id,
        case_id=case_id or None,
    )
