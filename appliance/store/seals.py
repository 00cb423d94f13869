"""What is sealed, as it lies in the record: chunks of rows, segments with their anchors, and slips
that say what was forgotten."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from appliance.errors import SealError
from appliance.store.database import Record
from appliance.store.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Segment:
    """The chunks of a day."""

    number: int
    day: int  # date.toordinal
    key: str  # that signs it
    anchor: str = ""  # signed; empty while it is open


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk; what is left of it, once rows of it are forgotten."""

    segment: int
    first: int
    count: int
    root: bytes
    tags_digest: bytes
    head: bytes
    signature: bytes
    secret: bytes  # of the salts; empty once a row is forgotten
    tags: bytes  # of all its rows; empty once a row is forgotten
    left: str = ""  # then: what the rows that are left are checked with

    @property
    def last(self) -> int:
        return self.first + self.count - 1


@dataclass(frozen=True, slots=True)
class Slip:
    """That rows were forgotten, signed."""

    low: int
    high: int
    text: str
    key: str
    signature: str


@contextlib.contextmanager
def apart(record: Record) -> Iterator[None]:
    """Within a transaction: all of it or nothing, whatever becomes of the rest. SealError where the
    seals that are there were altered."""
    execute = record.conn.execute
    execute("SAVEPOINT seal")
    try:
        yield
    except (ValueError, TypeError, OverflowError, sqlite3.IntegrityError) as fault:
        execute("ROLLBACK TO seal")
        raise SealError("the seals of the record were altered: see bellgate verify") from fault
    finally:
        if record.conn.in_transaction:  # a disk that is full ends it
            execute("RELEASE seal")


def _stored(row: tuple[Any, ...]) -> StoredChunk:
    """ValueError where somebody put other things in the place of these."""
    if [type(cell) for cell in row] != _TYPES:
        raise ValueError("a chunk with columns that are none of ours")
    return StoredChunk(*row)


_TYPES = [*[int] * 3, *[bytes] * 6, str]
_SEGMENT = "number, day, key, anchor"
_CHUNK = "segment, first, count, root, tags_digest, head, signature, secret, tags, leftover"


def segments(record: Record, kind: Sealed) -> list[Segment]:
    """The oldest first."""
    rows = record.conn.execute(
        f"SELECT {_SEGMENT} FROM seal_segment WHERE kind = ? ORDER BY number", (kind,)
    )
    return [Segment(*row) for row in rows]


def segment(record: Record, kind: Sealed, number: int) -> Segment | None:
    row = record.conn.execute(
        f"SELECT {_SEGMENT} FROM seal_segment WHERE kind = ? AND number = ?", (kind, number)
    ).fetchone()
    return Segment(*row) if row else None


def last_segment(record: Record, kind: Sealed) -> Segment | None:
    row = record.conn.execute(
        f"SELECT {_SEGMENT} FROM seal_segment WHERE kind = ? ORDER BY number DESC LIMIT 1", (kind,)
    ).fetchone()
    return Segment(*row) if row else None


def add_segment(record: Record, kind: Sealed, segment: Segment) -> None:
    record.conn.execute(
        f"INSERT INTO seal_segment (kind, {_SEGMENT}) VALUES (?, ?, ?, ?, ?)",
        (kind, segment.number, segment.day, segment.key, segment.anchor),
    )


def set_anchor(record: Record, kind: Sealed, number: int, anchor: str) -> None:
    """A segment is closed."""
    record.conn.execute(
        "UPDATE seal_segment SET anchor = ? WHERE kind = ? AND number = ?", (anchor, kind, number)
    )


def chunks(
    record: Record, kind: Sealed, low: int = 0, high: int = 1 << 62
) -> Iterator[StoredChunk]:
    """Those with rows from `low` to `high`, both included; the oldest first."""
    rows = record.conn.execute(
        f"SELECT {_CHUNK} FROM seal_chunk WHERE kind = ? AND first <= ? AND first >= "
        "coalesce((SELECT max(first) FROM seal_chunk WHERE kind = ? AND first <= ?), 0) "
        "AND first + count > ? ORDER BY first",
        (kind, high, kind, low, low),
    )
    for row in rows:
        yield _stored(row)


def chunk_before(record: Record, kind: Sealed, first: int) -> StoredChunk | None:
    """The chunk before the one that begins with this row, in its segment."""
    row = record.conn.execute(
        f"SELECT {_CHUNK} FROM seal_chunk WHERE kind = ? AND first < ? AND segment = "
        "(SELECT segment FROM seal_chunk WHERE kind = ? AND first = ?) "
        "ORDER BY first DESC LIMIT 1",
        (kind, first, kind, first),
    ).fetchone()
    return _stored(row) if row else None


def last_chunk(record: Record, kind: Sealed) -> StoredChunk | None:
    row = record.conn.execute(
        f"SELECT {_CHUNK} FROM seal_chunk WHERE kind = ? ORDER BY first DESC LIMIT 1", (kind,)
    ).fetchone()
    return _stored(row) if row else None


def chunks_of(record: Record, kind: Sealed, segment: int) -> tuple[int, int, int, int]:
    """How many chunks a segment has, how many rows, the first and the last."""
    found = record.conn.execute(
        "SELECT count(*), coalesce(sum(count), 0), coalesce(min(first), 0), "
        "coalesce(max(first + count - 1), 0) FROM seal_chunk WHERE kind = ? AND segment = ?",
        (kind, segment),
    ).fetchone()
    return tuple(map(int, found))  # type: ignore[return-value]


def add_chunk(record: Record, kind: Sealed, chunk: StoredChunk) -> None:
    record.conn.execute(
        f"INSERT INTO seal_chunk (kind, {_CHUNK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(kind, chunk.segment, chunk.first, chunk.count, chunk.root, chunk.tags_digest),
            *(chunk.head, chunk.signature, chunk.secret, chunk.tags, chunk.left),
        ),
    )


def set_left(record: Record, kind: Sealed, first: int, left: str) -> None:
    """Rows of this chunk are forgotten: so is what could tell what they were."""
    record.conn.execute(
        "UPDATE seal_chunk SET secret = x'', tags = x'', leftover = ? WHERE kind = ? AND first = ?",
        (left, kind, first),
    )


def drop_chunks(record: Record, kind: Sealed, segment: int) -> None:
    """Nothing is left of a segment's rows: its anchor says all there is to say."""
    record.conn.execute("DELETE FROM seal_chunk WHERE kind = ? AND segment = ?", (kind, segment))


def forgotten_segments(record: Record, kind: Sealed) -> list[int]:
    """Closed ones of which no row is left, and whose chunks are still there."""
    rows = record.conn.execute(
        "SELECT number FROM seal_segment WHERE kind = ? AND anchor <> '' AND number IN "
        "(SELECT segment FROM seal_chunk WHERE kind = ? GROUP BY segment "
        "HAVING max(leftover <> '') = 0 AND max(length(secret)) = 0)",
        (kind, kind),
    )
    return [int(row[0]) for row in rows]


def documents_of(record: Record, snapshot: str) -> list[str]:
    """The digests of the policy texts that are said to have been in force as this snapshot."""
    rows = record.conn.execute(
        "SELECT DISTINCT policy FROM in_force WHERE snapshot = ?", (snapshot,)
    )
    return [str(row[0]) for row in rows]


def documents(record: Record) -> Iterator[tuple[str, bytes]]:
    """Digests, and the packed texts that should have them."""
    for digest, content in record.conn.execute("SELECT digest, content FROM document"):
        yield str(digest), bytes(content)


def add_slip(record: Record, kind: Sealed, slip: Slip) -> None:
    record.conn.execute(
        "INSERT INTO seal_slip (kind, low, high, text, key, signature) VALUES (?, ?, ?, ?, ?, ?)",
        (kind, slip.low, slip.high, slip.text, slip.key, slip.signature),
    )


def join_slips(record: Record, kind: Sealed, slip: Slip) -> None:
    """One slip in place of those that speak of rows within its range only."""
    record.conn.execute(
        "DELETE FROM seal_slip WHERE kind = ? AND low >= ? AND high <= ?",
        (kind, slip.low, slip.high),
    )
    add_slip(record, kind, slip)


def slips(record: Record, kind: Sealed) -> list[Slip]:
    """In the order in which they were written."""
    rows = record.conn.execute(
        "SELECT low, high, text, key, signature FROM seal_slip WHERE kind = ? ORDER BY id", (kind,)
    )
    return [Slip(*row) for row in rows]


def held(record: Record, holder: str) -> list[int]:
    """The rows that are kept for somebody, such as a case."""
    rows = record.conn.execute("SELECT event FROM hold WHERE holder = ? ORDER BY 1", (holder,))
    return [int(row[0]) for row in rows]


def first_row_after(record: Record, kind: Sealed, number: int) -> int:
    """0 where there is none."""
    return int(record.number(f"SELECT id FROM {kind} WHERE id > ? ORDER BY id LIMIT 1", (number,)))


def policies_between(record: Record, kind: Sealed, low: int, high: int) -> list[tuple[str, str]]:
    """Which policies ruled these rows: snapshot version, and digest of the text if it is known."""
    rows = record.conn.execute(
        f"SELECT DISTINCT state.policy, coalesce((SELECT in_force.policy FROM in_force WHERE "
        "snapshot = state.policy ORDER BY at LIMIT 1), '') FROM state WHERE state.id IN "
        f"(SELECT DISTINCT state FROM {kind} WHERE id BETWEEN ? AND ?) AND state.policy <> '' "
        "ORDER BY 1",
        (low, high),
    )
    return [(str(row[0]), str(row[1])) for row in rows]
