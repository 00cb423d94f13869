"""Looking a reference up: as often as anybody needs, and too seldom to guess one."""

from __future__ import annotations

from typing import Final

from appliance.endpoint import Address
from appliance.store.book import Book
from appliance.store.counter.knocking import Limit, knock

LIMIT: Final = Limit("look", at_once=30, minutes=10, a_day=300)


def look(book: Book, address: Address, *, at_ms: int, is_shared: bool = False) -> None:
    """Count it, whether there is such a report or not: both cost the same. TooManyError where it
    is one too many."""
    with book.transaction():
        knock(book, LIMIT, address, at_ms, is_shared=is_shared)
