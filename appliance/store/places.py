"""Where something occurs among millions of rows: one bit for each block of them.

An index of every row would have cost the card a page for each row and each index; this one is
written once for a block, when all rows of the block are final.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from enum import IntEnum
from typing import Final

from appliance.store.database import Record
from appliance.store.schema import BLOCK_BITS, STRETCH_BITS
from appliance.store.writer import Rows, final, mark, set_marks

ALL: Final = (1 << (1 << STRETCH_BITS)) - 1
SOUGHT: Final = 4_000  # keys; of more than these there is one in nearly every block anyway
PER_BLOCK: Final = 1 << BLOCK_BITS
PER_STRETCH: Final = 1 << BLOCK_BITS + STRETCH_BITS


class Kind(IntEnum):
    """What is looked for, in which table."""

    REFUSED_NAME = 1
    REFUSED_ASKER = 2
    REFUSED_RULING = 3
    ALLOWED_NAME = 11
    ALLOWED_ASKER = 12
    ALLOWED_RULING = 13


COLUMNS: Final = ("name", "asker", "ruling")


def kind(table: Rows, column: str) -> Kind:
    return Kind[f"{table}_{column}".upper()]


def placed(record: Record, table: Rows) -> int:
    """The first row that is in no block with places yet."""
    return mark(record, f"{table} placed")


def place_final(record: Record, table: Rows) -> None:
    """Note where everything occurs in blocks whose rows are all final by now."""
    done, end = placed(record, table), final(record, table) + 1
    while done + PER_BLOCK <= end:
        place(record, table, done // PER_BLOCK)
        done += PER_BLOCK
        set_marks(record, {f"{table} placed": done})


def place(record: Record, table: Rows, block: int) -> None:
    """Note where everything occurs in this block; what was noted of it before is replaced."""
    stretch, bit = block >> STRETCH_BITS, _bit(block)
    kinds = [int(kind(table, column)) for column in COLUMNS]
    wanted = ",".join(map(str, kinds))
    where = f"stretch = ? AND kind IN ({wanted})"
    record.conn.execute(
        f"UPDATE place SET blocks = blocks & ~? WHERE {where} AND blocks & ? <> 0",
        (bit, stretch, bit),
    )
    for column in COLUMNS:
        record.conn.execute(
            f"INSERT INTO place SELECT ?, ?, {column}, ? FROM {table} WHERE id >= ? AND id < ? "
            f"GROUP BY {column} ORDER BY {column} "
            "ON CONFLICT DO UPDATE SET blocks = blocks | excluded.blocks",
            (stretch, kind(table, column), bit, block * PER_BLOCK, (block + 1) * PER_BLOCK),
        )
    record.conn.execute(f"DELETE FROM place WHERE {where} AND blocks = 0", (stretch,))


def ranges(
    record: Record, table: Rows, sought: dict[str, Collection[int]], low: int, high: int
) -> Iterator[tuple[int, int]]:
    """Ranges of rows from `high` down to `low`, both included, in which all that is sought may
    occur; newest first."""
    done = placed(record, table)
    if high >= done:
        yield max(low, done), high  # rows without places: few enough to look at each
        high = done - 1
    columns = {column: keys for column, keys in sought.items() if len(keys) <= SOUGHT}
    for stretch in range(high // PER_STRETCH, low // PER_STRETCH - 1, -1):
        blocks = ALL
        for column, keys in columns.items():
            blocks &= _blocks(record, stretch, kind(table, column), keys)
        for first, last in _together(blocks):
            begin = max(stretch * PER_STRETCH + first * PER_BLOCK, low)
            end = min(stretch * PER_STRETCH + (last + 1) * PER_BLOCK - 1, high)
            if begin <= end:
                yield begin, end


def _blocks(record: Record, stretch: int, kind: Kind, keys: Collection[int]) -> int:
    found = 0
    for (blocks,) in record.conn.execute(
        "SELECT blocks FROM place WHERE stretch = ? AND kind = ? "
        "AND key IN (SELECT value FROM json_each(?))",
        (stretch, kind, json.dumps(list(keys))),
    ):
        found |= blocks
    return found & ALL


def _together(blocks: int) -> Iterator[tuple[int, int]]:
    """Runs of bits that are set, the highest first."""
    while blocks:
        last = blocks.bit_length() - 1
        gap = ~blocks & ((1 << last + 1) - 1)
        first = gap.bit_length()
        yield first, last
        blocks &= (1 << first) - 1


def _bit(block: int) -> int:
    """As SQLite keeps it: 64 bits with a sign."""
    bit = 1 << (block & (1 << STRETCH_BITS) - 1)
    return bit - (1 << 64) if bit >> 63 else bit
