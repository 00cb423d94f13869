"""Saved views: what somebody looks for in the refused log again and again, under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from appliance.errors import RequestError
from appliance.store.book import Book
from appliance.store.database import told
from appliance.store.office.wishes import Someone
from appliance.store.plain import plain, written

# What a view may hold: the filters of the refused log. Anything else in a saved address would be
# followed by whoever opens a shared view.
KEYS: Final = frozenset(
    {
        *("since", "until", "on", "days", "period", "group", "device", "set", "service"),
        *("category", "rule", "decided_by", "name", "match"),
    }
)
NAME_LENGTH: Final = 60
VALUE_LENGTH: Final = 300
VIEWS: Final = 50  # of one person


@dataclass(frozen=True, slots=True)
class View:
    """A name for some filters."""

    id: int
    owner: int
    owner_name: str  # as it was when it was saved
    name: str
    query: str  # "group=pupils&service=tiktok", fit to follow a "?"
    is_shared: bool  # with the team; a change of it stays its owner's


_COLUMNS: Final = "id, owner, owner_name, name, query, is_shared"


def save(book: Book, who: Someone, name: str, query: str, *, is_shared: bool = False) -> View:
    """Under this name; what this person had saved under it before is replaced."""
    name = written(name, "the name of the view", NAME_LENGTH, RequestError, lines=False)
    query = checked(query)
    with book.transaction():
        others = "SELECT count(*) FROM saved_view WHERE owner = ? AND name <> ?"
        if book.number(others, (who.id, name)) >= VIEWS:
            raise RequestError(f"you have saved {VIEWS} views: delete one of them first")
        book.conn.execute(
            "INSERT INTO saved_view (owner, owner_name, name, query, is_shared) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, name) DO UPDATE SET "
            "query = excluded.query, is_shared = excluded.is_shared",
            (who.id, who.name, name, query, is_shared),
        )
        (view,) = _find(book, "owner = ? AND name = ?", who.id, name)
        return view


def checked(query: str) -> str:
    """These filters in their one form; RequestError where one of them is none of ours."""
    try:
        pairs = parse_qsl(query.removeprefix("?"), max_num_fields=len(KEYS), errors="strict")
    except ValueError as fault:
        raise RequestError("this is not a search of the refused log") from fault
    found = {key: plain(value, lines=False) for key, value in pairs}
    strange = sorted(found.keys() - KEYS)
    if strange:
        raise RequestError(f'"{plain(strange[0], lines=False)[:40]}" is no filter of the log')
    if any(len(value) > VALUE_LENGTH for value in found.values()):
        raise RequestError(f"a filter is longer than {VALUE_LENGTH} characters")
    return urlencode(sorted((key, value) for key, value in found.items() if value))


def of_person(book: Book, person: int) -> list[View]:
    """One's own and those that others share, by name."""
    return _find(book, "owner = ? OR is_shared ORDER BY name COLLATE NOCASE, id", person)


def one(book: Book, id: int, person: int) -> View:
    """RequestError where there is none that this person may see."""
    found = _find(book, "id = ? AND (owner = ? OR is_shared)", id, person)
    if not found:
        raise RequestError(f"there is no view {id}")
    return found[0]


def delete(book: Book, id: int, who: Someone) -> None:
    """One's own."""
    with book.transaction():
        gone = book.conn.execute(
            "DELETE FROM saved_view WHERE id = ? AND owner = ?", (id, who.id)
        ).rowcount
        if not gone:
            raise RequestError(f"there is no view {id} of yours")


def forget_person(book: Book, person: int) -> None:
    """This person has left; what they shared stays with the team."""
    with book.transaction():
        book.conn.execute("DELETE FROM saved_view WHERE owner = ? AND NOT is_shared", (person,))


def _find(book: Book, where: str, *values: int | str) -> list[View]:
    with told(book.path):
        rows = book.conn.execute(
            f"SELECT {_COLUMNS} FROM saved_view WHERE {where}", values
        ).fetchall()
    return [
        View(id, owner, owner_name, name, query, bool(is_shared))
        for id, owner, owner_name, name, query, is_shared in rows
    ]
