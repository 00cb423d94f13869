"""What somebody has begun and not yet put in force: it outlasts a sign-out and a restart."""

from __future__ import annotations

import json
from typing import Any, Final

from appliance.errors import StoreError
from appliance.store.book import Book
from appliance.store.database import told

FIRST_SCHOOL: Final = "first-school"  # of the wizard
LONGEST: Final = 200_000  # characters

Content = dict[str, Any]


def find(book: Book, name: str) -> Content | None:
    """None where nothing has been begun, or what was is no longer readable."""
    with told(book.path):
        row = book.conn.execute("SELECT content FROM draft WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    content = json.loads(row[0])
    return content if isinstance(content, dict) else None


def keep(book: Book, name: str, content: Content, *, at_ms: int) -> None:
    """In place of what was kept under this name."""
    text = json.dumps(content, ensure_ascii=False)
    if len(text) > LONGEST:
        raise StoreError(f"the draft “{name}” is too long to be kept")
    with book.transaction():
        book.conn.execute(
            "INSERT INTO draft (name, content, at) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET content = excluded.content, at = excluded.at",
            (name, text, at_ms),
        )


def drop(book: Book, name: str) -> None:
    """It is in force, or nobody wants it any more."""
    with book.transaction():
        book.conn.execute("DELETE FROM draft WHERE name = ?", (name,))
