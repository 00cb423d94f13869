"""Copies of the record and of books that are whole at one moment, while they are written on."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from appliance.errors import BrokenStoreError
from appliance.store.database import Record, told
from appliance.store.writer import Rows, last, set_marks

PAGES: Final = 4_096  # copied at once: 16 MB

LEAP: Final = 1 << 24  # rows: more than a school refuses in a month

Progress = Callable[[int, int], None]  # pages done, of how many


def copy(record: Record, target: Path, progress: Progress = lambda done, of: None) -> None:
    """Copy the record to a new file, which has no log beside it."""
    with record.reading(), contextlib.closing(sqlite3.connect(target)) as copied:
        record.number("SELECT count(*) FROM mark")  # from here on the view holds still
        record.conn.backup(
            copied, pages=PAGES, progress=lambda _, left, of: progress(of - left, of)
        )
        copied.execute("PRAGMA journal_mode = DELETE")


def copy_book(path: Path, target: Path) -> None:
    """Copy a book to a new file, which has no log beside it: what is still in the log is in it."""
    with (
        told(path),
        contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as book,
        contextlib.closing(sqlite3.connect(target)) as copied,
    ):
        book.backup(copied)


def check_book(path: Path) -> None:
    """BrokenStoreError where a page of this copy is not sound."""
    with told(path), contextlib.closing(sqlite3.connect(path)) as book:
        found = [str(row[0]) for row in book.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise BrokenStoreError(f"{path}: it is damaged: {found[0][:120]}")


def check_copy(path: Path) -> int:
    """The schema of a copy whose every page is sound; BrokenStoreError, NewerStoreError."""
    with Record.examine(path) as record:
        if not record.quick_check(seconds=3600):
            raise BrokenStoreError(f"{path}: it could not be looked through")
        return record.version


def leap(record: Record) -> None:
    """Let the next row have a number that no row had, though this copy may be weeks old."""
    with record.transaction():
        for table in Rows:
            set_marks(record, {f"{table} last": last(record, table) + LEAP})
