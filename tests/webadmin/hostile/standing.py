"""All that a school has decided and been told, to see that an attack has changed none of it."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path
from typing import Final

from tests.webadmin.premises import Premises

BOOKS: Final = ("office.db", "counter.db", "record.db")
# who knocks leaves a mark at the door, and nothing else
AT_THE_DOOR: Final = {"session", "throttle", "known_place", "knock", "seen", "sqlite_sequence"}


def standing(school: Premises) -> dict[str, str]:
    """The policy in force, each table of each book, and the names of all kept files."""
    found = {"policy": school.live.version}
    for name in BOOKS:
        found |= _tables(school.folder / name)
    files = [str(path) for folder in ("reports", "attachments") for path in
             sorted((school.folder / folder).rglob("*"))]  # fmt: skip
    return {**found, "files": "\n".join(files)}


def _tables(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with contextlib.closing(sqlite3.connect(path)) as book:
        names = [
            row[0] for row in book.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {
            f"{path.name} {name}": hashlib.sha256(
                repr(book.execute(f"SELECT * FROM {name}").fetchall()).encode()
            ).hexdigest()
            for name in names
            if name not in AT_THE_DOOR
        }
