"""Deleting what is sealed: whoever seals is told before, so that the rest stays provable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from appliance.store.database import Record

# of a table: from its first row to its last, all but those that stay
Farewell = Callable[[str, int, int, Sequence[int]], None]


def nobody(table: str, low: int, high: int, staying: Sequence[int]) -> None:
    """Nobody needs to know."""


def delete(
    record: Record, table: str, where: str, parameters: tuple[Any, ...], farewell: Farewell
) -> int:
    """Inside a transaction; how many there were."""
    low, high = record.conn.execute(
        f"SELECT min(id), max(id) FROM {table} WHERE {where}", parameters
    ).fetchone()
    if low is None:
        return 0
    staying = record.conn.execute(
        f"SELECT id FROM {table} WHERE id BETWEEN ? AND ? AND NOT ({where})",
        (low, high, *parameters),
    )
    farewell(table, low, high, [int(row[0]) for row in staying])
    return record.conn.execute(f"DELETE FROM {table} WHERE {where}", parameters).rowcount
