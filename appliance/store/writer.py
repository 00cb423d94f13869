"""The hot insert: runs of questions, sums of allowed ones, and how far we are, in one transaction.

What is final: a row up to the mark `final` of its table. Such a row never changes; a seal may join
it. Which row is final next only the recorder knows, for it has the runs that are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.event import Lost
from appliance.store.database import Record
from appliance.store.interned import HOUR_MS

FILE_MARK: Final = "file:"  # and the file's name below the events folder: bytes of it that are in


class Rows(StrEnum):
    """The two tables of rows."""

    REFUSED = "refused"
    ALLOWED = "allowed"


@dataclass(slots=True)
class Run:
    """A row while it is open: the same question of the same device, within a minute."""

    id: int
    first: int  # milliseconds
    last: int
    count: int
    name: int
    asker: int
    ruling: int
    state: int
    types: int
    flags: int
    opened: float  # by a clock that nobody sets

    @property
    def span(self) -> int:
        return self.last - self.first


RUN_COLUMNS: Final = "id, first, span, count, name, asker, ruling, state, types, flags"


def insert_runs(record: Record, table: Rows, runs: Iterable[Run]) -> None:
    record.conn.executemany(
        f"INSERT INTO {table} ({RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(run.id, run.first, run.span, run.count, run.name),
                *(run.asker, run.ruling, run.state, run.types, run.flags),
            )
            for run in runs
        ],
    )


def update_runs(record: Record, table: Rows, runs: Iterable[Run]) -> None:
    """Rows that are open still."""
    record.conn.executemany(
        f"UPDATE {table} SET first = ?, span = ?, count = ?, types = ? WHERE id = ?",
        [(run.first, run.span, run.count, run.types, run.id) for run in runs],
    )


def open_runs(record: Record, table: Rows, opened: float) -> list[Run]:
    """The rows that were open when recording ended."""
    rows = record.conn.execute(
        f"SELECT {RUN_COLUMNS} FROM {table} WHERE id > ? ORDER BY id", (final(record, table),)
    )
    return [
        Run(id, first, first + span, count, name, asker, ruling, state, types, flags, opened)
        for id, first, span, count, name, asker, ruling, state, types, flags in rows
    ]


def add_sums(record: Record, sums: Mapping[tuple[int, int, int], int]) -> None:
    """Allowed questions by hour, facet and site."""
    record.conn.executemany(
        "INSERT INTO pending VALUES (?, ?, ?, ?)", [(*key, count) for key, count in sums.items()]
    )


def add_lost(record: Record, lost: Iterable[Lost]) -> None:
    record.conn.executemany(
        "INSERT INTO lost VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
        "allowed = allowed + excluded.allowed, refused = refused + excluded.refused",
        [(one.at_ms // HOUR_MS, one.allowed, one.refused) for one in lost],
    )


def set_marks(record: Record, marks: Mapping[str, int]) -> None:
    record.conn.executemany("INSERT OR REPLACE INTO mark VALUES (?, ?)", list(marks.items()))


def mark(record: Record, key: str) -> int:
    return int(record.number("SELECT value FROM mark WHERE key = ?", (key,)))


def final(record: Record, table: Rows) -> int:
    """The last row of a table that never changes again."""
    return mark(record, f"{table} final")


def last(record: Record, table: Rows) -> int:
    """The last number that was given to a row of a table, forgotten or not."""
    return max(mark(record, f"{table} last"), int(record.number(f"SELECT max(id) FROM {table}")))


def file_offsets(record: Record) -> dict[str, int]:
    """How far each file of events is stored."""
    rows = record.conn.execute(
        "SELECT key, value FROM mark WHERE key >= ? AND key < ?",
        (FILE_MARK, FILE_MARK[:-1] + chr(ord(FILE_MARK[-1]) + 1)),
    )
    return {str(key).removeprefix(FILE_MARK): int(value) for key, value in rows}


def drop_files(record: Record, names: Iterable[str]) -> None:
    """These files are gone: nobody will ask how far they were stored."""
    record.conn.executemany("DELETE FROM mark WHERE key = ?", [(FILE_MARK + n,) for n in names])


def add_wear(record: Record, day: int, written: int, events: int) -> None:
    """What a day has cost the card so far."""
    record.conn.execute(
        "INSERT INTO wear VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET bytes = bytes + "
        "excluded.bytes, commits = commits + 1, events = events + excluded.events",
        (day, written, events),
    )
