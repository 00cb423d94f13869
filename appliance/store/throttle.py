"""How often something may be tried: a few times at once, then after waits that grow and end.

Kept in the database, so that neither a restart nor a second process begins to count anew. Nobody is
locked out for ever: that would be a way to keep a teacher out of her own account.

Each try adds one to a level that leaks away with time. What goes over the free tries has to wait,
each time twice as long, up to a bound. Who tries while he has to wait is not counted again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.store.book import Book
from appliance.store.database import told

TABLES: Final = (
    """
    CREATE TABLE throttle (
        kind TEXT NOT NULL,   -- Limit.kind
        key TEXT NOT NULL,    -- a hash: people type passwords where their names belong
        level REAL NOT NULL,  -- tries that count, at `at`
        at INTEGER NOT NULL,  -- milliseconds, as all three
        until INTEGER NOT NULL,  -- no try before
        gone INTEGER NOT NULL,   -- from then on this row says nothing
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID""",
    "CREATE INDEX throttle_gone ON throttle (gone)",
)
OUT_OF_ORDER_MS: Final = 60_000  # requests at once look at the clock before they take their turn
_DOUBLINGS: Final = 30  # more would be an absurd number, not a longer wait


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries are free, and what the next ones cost."""

    kind: str
    free: int
    leak_seconds: int  # in which one try is forgotten
    first_seconds: int  # the wait after the last free try; twice that after the next one
    longest_seconds: int

    def wait_ms(self, level: float) -> int:
        """After a try that brought it to this level."""
        over = math.floor(level + 0.5) - self.free
        if over < 0:
            return 0
        seconds = self.first_seconds << min(over, _DOUBLINGS)
        return 1000 * min(seconds, self.longest_seconds)


@dataclass(frozen=True, slots=True)
class Try:
    """What is tried, under which limit: an account, an address, or one at the other."""

    limit: Limit
    key: str

    @property
    def row(self) -> tuple[str, str]:
        return self.limit.kind, hashlib.sha256(self.key.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Level:
    """How much was tried lately."""

    level: float = 0.0
    at_ms: int = 0
    until_ms: int = 0

    def wait_ms(self, at_ms: int) -> int:
        """How long it is from this moment until the next try."""
        if at_ms < self.at_ms - OUT_OF_ORDER_MS:
            return 0  # the clock was put back: what was counted says nothing of now
        return max(0, self.until_ms - at_ms)

    def leaked(self, limit: Limit, at_ms: int) -> float:
        return max(0.0, self.level - max(0, at_ms - self.at_ms) / (1000 * limit.leak_seconds))

    def tried(self, limit: Limit, at_ms: int) -> Level:
        return _standing(limit, self.leaked(limit, at_ms) + 1, at_ms)

    def given_back(self, limit: Limit) -> Level:
        """One try less, as if it had never been made."""
        return _standing(limit, max(0.0, self.level - 1), self.at_ms)


def may_try(book: Book, tries: Sequence[Try], at_ms: int) -> int:
    """Milliseconds to wait before all of these may be tried; 0: now. Nothing is counted."""
    with told(book.path):
        return max((_level(book, one).wait_ms(at_ms) for one in tries), default=0)


def take(book: Book, tries: Sequence[Try], at_ms: int) -> int:
    """Count one try and answer 0; or milliseconds to wait, and nothing is counted. Call it before
    what is tried, or a thousand requests at once would all still be free."""
    with book.transaction():
        levels = [_level(book, one) for one in tries]
        wait_ms = max((level.wait_ms(at_ms) for level in levels), default=0)
        if not wait_ms:
            for one, level in zip(tries, levels, strict=True):
                _keep(book, one, level.tried(one.limit, at_ms))
    return wait_ms


def give_back(book: Book, tries: Sequence[Try]) -> None:
    """What was taken went well, and counts no more; earlier tries still do."""
    with book.transaction():
        for one in tries:
            _keep(book, one, _level(book, one).given_back(one.limit))


def forget(book: Book, tries: Sequence[Try]) -> None:
    """It went well: all earlier tries are forgiven too."""
    with book.transaction():
        for one in tries:
            book.conn.execute("DELETE FROM throttle WHERE kind = ? AND key = ?", one.row)


def purge(book: Book, at_ms: int) -> None:
    """Away with what says nothing any more."""
    with book.transaction():
        book.conn.execute("DELETE FROM throttle WHERE gone <= ?", (at_ms,))


def _standing(limit: Limit, level: float, at_ms: int) -> Level:
    wait_ms = limit.wait_ms(level)
    return Level(level, at_ms, at_ms + wait_ms if wait_ms else 0)


def _level(book: Book, one: Try) -> Level:
    row = book.conn.execute(
        "SELECT level, at, until FROM throttle WHERE kind = ? AND key = ?", one.row
    ).fetchone()
    return Level(*row) if row else Level()


def _keep(book: Book, one: Try, level: Level) -> None:
    empty_ms = level.at_ms + math.ceil(level.level * 1000 * one.limit.leak_seconds)
    book.conn.execute(
        "INSERT OR REPLACE INTO throttle (kind, key, level, at, until, gone) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (*one.row, level.level, level.at_ms, level.until_ms, max(empty_ms, level.until_ms)),
    )
