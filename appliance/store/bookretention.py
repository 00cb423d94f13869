"""Forgetting what people wrote: requests go with the audit, reports with cases, clicks with rows.

The recorder does it, as it forgets everything else: it is the one program that always runs, and it
knows how far its clock may be believed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from appliance.config import Recording
from appliance.store.book import Book
from appliance.store.counter import asks, counter, triage
from appliance.store.database import Record
from appliance.store.office import asking, notices, office, seen
from appliance.store.retention import DAY_MS
from appliance.store.writer import mark, set_marks

_OLDEST: Final = {
    office.FILE: (
        "SELECT min(at) FROM (SELECT asked_ms AS at FROM request UNION SELECT made_ms FROM notice)"
    ),
    counter.FILE: "SELECT min(at) FROM (SELECT at FROM report UNION SELECT first FROM ask)",
}


def forget_books(record: Record, folder: Path, settings: Recording, now_ms: int) -> bool:
    """One step; True where nothing is left to forget now. StoreError where a book can't be had."""
    is_done = True
    for file, open_book, forget in (
        (office.FILE, office.open_office, _forget_office),
        (counter.FILE, counter.open_counter, _forget_counter),
    ):
        if not (folder / file).exists():
            continue  # nobody has written into it yet: it is not ours to begin
        with open_book(folder) as book:
            until = _believed(record, book, now_ms)
            forget(book, folder, settings, until)
            if until != mark(record, _key(book)):
                set_marks(record, {_key(book): until})
            is_done &= book.clear_log() and until >= now_ms
    return is_done


def _forget_office(book: Book, folder: Path, settings: Recording, now_ms: int) -> None:
    before_ms = now_ms - settings.audit_days * DAY_MS
    forgetting: tuple[Callable[[Book, int], int], ...] = (
        asking.forget,
        notices.forget,
        seen.forget,
    )
    for forget in forgetting:
        forget(book, before_ms)


def _forget_counter(book: Book, folder: Path, settings: Recording, now_ms: int) -> None:
    before_ms = now_ms - settings.case_days * DAY_MS
    triage.forget(book, counter.pictures(folder), before_ms)
    asks.forget(book, now_ms - settings.refused_days * DAY_MS)


def _believed(record: Record, book: Book, now_ms: int) -> int:
    """Which moment it is, as far as forgetting goes. It moves on by a day each time at most: a
    clock that stands in the year 2040 for a while must not cost the school what people wrote."""
    before = mark(record, _key(book))
    oldest = int(book.number(_OLDEST[book.path.name]))
    return min(now_ms, before + DAY_MS if before else oldest or now_ms)


def _key(book: Book) -> str:
    return f"{book.path.name} cutoff"
