"""What each person has last looked at, so that a page can say what is new since then."""

from __future__ import annotations

from typing import Final

from appliance.store.book import Book
from appliance.store.database import told

PAGE_LENGTH: Final = 60
PAGES: Final = 100  # of one person


def last(book: Book, person: int, page: str) -> int:
    """When this person last said that they have seen this page, in milliseconds; 0: never."""
    with told(book.path):
        return int(book.number("SELECT at FROM seen WHERE person = ? AND page = ?", (person, page)))


def looked(book: Book, person: int, page: str, *, at_ms: int) -> None:
    """This person has seen this page; `page` is our word for it, not an address."""
    if len(page) > PAGE_LENGTH:
        raise ValueError(f"{page[:PAGE_LENGTH]}… is no page of ours")
    with book.transaction():
        book.conn.execute(
            "INSERT INTO seen (person, page, at) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
            (person, page, at_ms),
        )
        book.conn.execute(
            "DELETE FROM seen WHERE person = ? AND page NOT IN "
            "(SELECT page FROM seen WHERE person = ? ORDER BY at DESC LIMIT ?)",
            (person, person, PAGES),
        )


def forget(book: Book, before_ms: int) -> int:
    """What nobody has looked at since this moment."""
    with book.transaction():
        return book.conn.execute("DELETE FROM seen WHERE at < ?", (before_ms,)).rowcount
