"""The counter: the book of what anybody may hand in."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

from appliance.store.attachments import Keeper
from appliance.store.book import Book
from appliance.store.counter.schema import SCHEMA

FILE: Final = SCHEMA.file
PICTURES: Final = "reports"  # in the data folder

Counter: TypeAlias = Book


def open_counter(folder: Path) -> Counter:
    """The counter of this data folder, made where it is missing; close it when the page is done."""
    return Book.open(folder, SCHEMA)


def pictures(folder: Path) -> Keeper:
    """The screenshots that came with reports, apart from what people add to cases."""
    return Keeper(folder, PICTURES)
