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
