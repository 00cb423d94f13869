"""The office: the book of people and of what they ask one another."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

from appliance.store.book import Book
from appliance.store.office.schema import SCHEMA

FILE: Final = SCHEMA.file

Office: TypeAlias = Book


def open_office(folder: Path) -> Office:
    """The office of this data folder, made where it is missing; close it when the page is done."""
    return Book.open(folder, SCHEMA)


def shut(office: Office) -> None:
    """Nobody is signed in any more and no link opens anything, as an older copy of an office needs:
    in it live on sessions and links that were ended since."""
    with office.transaction():
        office.conn.execute("DELETE FROM session")
        office.conn.execute("DELETE FROM invitation")
