"""The bytes of whatever is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from appliance.recording.seal import row_bytes, text_of
from appliance.store.database import Record
from appliance.store.rows import Reader, Row
from appliance.store.sealed import Columns, Sealed, entries, event_of

UNREADABLE: Final = b"unreadable"  # stands for a row that somebody broke


def each(record: Record, kind: Sealed, low: int, high: int) -> Iterator[tuple[int, bytes]]:
    """Rows from `low` to `high` by their numbers, in the bytes that are sealed."""
    if kind is Sealed.REFUSED:
        for number, row in Reader(record).each(low, high):
            yield number, _bytes_of_row(row)
        return
    series = record.series
    for number, columns in entries(record, kind, low, high):
        yield number, _bytes_of_entry(event_of(series, kind, number), columns)


def _bytes_of_row(row: Row | None) -> bytes:
    try:
        return row_bytes(row) if row else UNREADABLE
    except (TypeError, ValueError):
        return UNREADABLE


def _bytes_of_entry(event: str, columns: Columns | None) -> bytes:
    return text_of({"v": 1, "event": event, **columns}).encode() if columns else UNREADABLE
