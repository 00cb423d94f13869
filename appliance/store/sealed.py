"""What is sealed: tables whose rows never change once they are final."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from appliance.store.database import Record
from appliance.store.writer import Rows, final

Columns = dict[str, Any]


class Sealed(StrEnum):
    """Tables, by their names in the record."""

    REFUSED = "refused"
    CASE_ENTRY = "case_entry"
    AUDIT = "audit"


LETTERS: Final = {Sealed.REFUSED: Rows.REFUSED[0], Sealed.CASE_ENTRY: "c", Sealed.AUDIT: "u"}
_COLUMNS: Final = {
    Sealed.CASE_ENTRY: ("case_id", "at", "who", "what", "text", "facts"),
    Sealed.AUDIT: ("at", "who", "what", "subject", "before", "after"),
}


def event_of(series: str, kind: Sealed, number: int) -> str:
    """A row's number, unique among all boxes."""
    return f"{series}-{LETTERS[kind]}{number}"


def last_final(record: Record, kind: Sealed) -> int:
    """The last row that never changes again."""
    if kind is Sealed.REFUSED:
        return final(record, Rows.REFUSED)
    return int(record.number(f"SELECT max(id) FROM {kind}"))


def entries(
    record: Record, kind: Sealed, low: int, high: int
) -> Iterator[tuple[int, Columns | None]]:
    """Rows of case entries or of the audit; None where somebody broke one."""
    columns = _COLUMNS[kind]
    # as bytes: text that is none would end the reading of all
    chosen = ", ".join(f"typeof({one}), CAST({one} AS BLOB)" for one in columns)
    found = record.conn.execute(
        f"SELECT id, {chosen} FROM {kind} WHERE id BETWEEN ? AND ? ORDER BY id", (low, high)
    )
    for number, *cells in found:
        try:
            values = map(_value, cells[::2], cells[1::2])
            yield number, dict(zip(columns, values, strict=True))
        except (ValueError, TypeError):
            yield number, None


def _value(type_of: str, data: bytes) -> str | int:
    match type_of:
        case "text":
            return data.decode()
        case "integer":
            return int(data)
    raise ValueError(f"{type_of} is none of ours here")
