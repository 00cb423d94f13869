"""Finding rows: what somebody wishes to see, and where among millions of rows it may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.store.database import Record, told
from appliance.store.interned import HOUR_MS
from appliance.store.places import SOUGHT, ranges
from appliance.store.rollups import SPANNED
from appliance.store.rows import Named, Reader, Row
from appliance.store.schema import LARGEST_ID
from appliance.store.writer import Rows, mark

SHOWN: Final = 200
LOOKED_AT: Final = 400_000  # rows, of one page: what fits nothing takes 0.1 s to look through
PARTS: Final = 8  # … in which they are looked at


class Match(StrEnum):
    """How a name is compared."""

    EXACT = "exact"
    UNDER = "under"  # the domain itself and all below it
    HOLDS = "holds"  # anywhere in it


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see; what is left empty does not matter."""

    since_ms: int | None = None
    until_ms: int | None = None  # not included
    name: str = ""
    match: Match = Match.UNDER
    device: str = ""  # its name or its address
    address: str = ""  # its address alone: for whoever comes from there and has no other name
    group: str = ""
    device_set: str = ""
    service: str = ""
    category: str = ""
    rule: str = ""
    decided_by: str = ""
    period: str = ""
    before_id: int | None = None  # to go on where the last page ended
    after_id: int | None = None  # what has come since the last look


@dataclass(frozen=True, slots=True)
class Looked:
    """Rows, and how far back was looked for them."""

    rows: list[Row]
    older_than: int | None  # where there may be more: below this row; None: there are no more


def find(
    record: Record,
    wish: Wish,
    *,
    table: Rows = Rows.REFUSED,
    limit: int = SHOWN,
) -> list[Row]:
    """The newest rows that fit."""
    found: list[Row] = []
    for row in newest(record, wish, table):
        found.append(row)
        if len(found) == limit:
            break
    return found


def look(
    record: Record,
    wish: Wish,
    *,
    table: Rows = Rows.REFUSED,
    limit: int = SHOWN,
    at_most: int = LOOKED_AT,
) -> Looked:
    """The newest rows that fit, among so many: a page answers at once, and goes on from there when
    somebody asks it to."""
    found: list[Row] = []
    looked = 0
    with told(record.path):
        sought = _sought(record, wish, table)
        if sought is None:
            return Looked(found, None)
        for begin, end in _parted(sought.ranges(record), at_most // PARTS):
            if looked >= at_most:
                return Looked(found, end + 1)
            rows = sought.rows(begin, end, newest_first=True, limit=limit - len(found))
            found.extend(rows)
            looked += end - begin + 1
            if len(found) == limit:
                return Looked(found, found[-1].id)
    return Looked(found, None)


def newest(record: Record, wish: Wish, table: Rows = Rows.REFUSED) -> Iterator[Row]:
    """Every row that fits, the newest first; read as it is asked for."""
    with told(record.path):
        sought = _sought(record, wish, table)
        if sought is not None:
            for begin, end in sought.ranges(record):
                yield from sought.rows(begin, end, newest_first=True)


def oldest(record: Record, wish: Wish, table: Rows = Rows.REFUSED) -> Iterator[Row]:
    """Every row that fits, the oldest first: for exports."""
    with told(record.path):
        sought = _sought(record, wish, table)
        if sought is not None:
            for begin, end in reversed(list(sought.ranges(record))):
                yield from sought.rows(begin, end)


def names_like(record: Record, name: str, match: Match) -> list[int] | Named:
    """The numbers of names that were met and fit; what they have to be, where they are many."""
    spelled = name.lower().rstrip(".")[::-1]
    match match:
        case Match.EXACT:
            named = Named("spelled = ?", (spelled,))
        case Match.UNDER:
            where = "spelled = ? OR spelled >= ? AND spelled < ?"
            named = Named(where, (spelled, spelled + ".", spelled + "/"))  # "/" comes behind "."
        case Match.HOLDS:
            # A walk through all names, which lie together in their index: 0.2 s for a million. A
            # full-text index would be faster and keep pieces of names after they are forgotten.
            named = Named("instr(spelled, ?) > 0", (spelled,))
    found = record.conn.execute(
        f"SELECT id FROM name WHERE {named.where} LIMIT {SOUGHT + 1}", named.parameters
    ).fetchall()
    return named if len(found) > SOUGHT else [int(row[0]) for row in found]


def devices_like(record: Record, device: str) -> list[int]:
    """Every asker that this device was: it may have had several addresses, groups and sets."""
    found = record.conn.execute(
        "SELECT id FROM asker WHERE device = ? UNION SELECT id FROM asker WHERE address = ?",
        (device, device.lower()),
    )
    return [int(row[0]) for row in found]


@dataclass(frozen=True, slots=True)
class _Sought:
    """A wish, as the columns of a row have it; a column that is not here may be anything."""

    wish: Wish
    reader: Reader
    table: Rows
    among: dict[str, Collection[int]]
    named: Named | None

    def ranges(self, record: Record) -> Iterator[tuple[int, int]]:
        low, high = _between(record, self.table, self.wish)
        placed = {column: keys for column, keys in self.among.items() if column != "state"}
        return ranges(record, self.table, placed, low, high)

    def rows(
        self, begin: int, end: int, *, newest_first: bool = False, limit: int = -1
    ) -> Iterator[Row]:
        return self.reader.rows(
            begin,
            end,
            among=self.among,
            since_ms=self.wish.since_ms,
            until_ms=self.wish.until_ms,
            named=self.named,
            newest_first=newest_first,
            limit=limit,
        )


def _sought(record: Record, wish: Wish, table: Rows) -> _Sought | None:
    """None where no such device, name or ruling was ever met."""
    among: dict[str, Collection[int]] = {}
    named: Named | None = None
    if wish.name:
        names = names_like(record, wish.name, wish.match)
        if isinstance(names, Named):
            named = names
        else:
            among["name"] = names
    askers = _askers(record, wish)
    if askers is not None:
        among["asker"] = askers
    ruling = {
        "service": wish.service,
        "category": wish.category,
        "rule": wish.rule,
        "decided_by": wish.decided_by,
    }
    ruling = {column: value for column, value in ruling.items() if value}
    if ruling:
        among["ruling"] = _numbers(record, "ruling", **ruling)
    if wish.period:
        among["state"] = _numbers(record, "state", period=wish.period)
    if not all(among.values()):
        return None
    return _Sought(wish, Reader(record, table), table, among, named)


def _askers(record: Record, wish: Wish) -> set[int] | None:
    """Whoever may have asked; None: anybody."""
    askers: set[int] | None = None
    for these in (
        devices_like(record, wish.device) if wish.device else None,
        _numbers(record, "asker", address=wish.address.lower()) if wish.address else None,
        _numbers(record, "asker", grp=wish.group) if wish.group else None,
        _of_set(record, wish.device_set) if wish.device_set else None,
    ):
        if these is not None:
            askers = set(these) if askers is None else askers & set(these)
    return askers


def _parted(ranges: Iterator[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    """The same, in parts of at most so many rows."""
    for begin, end in ranges:
        while end - begin >= most:
            yield end - most + 1, end
            end -= most
        yield begin, end


def _of_set(record: Record, device_set: str) -> list[int]:
    found = record.conn.execute(
        "SELECT id FROM asker WHERE instr(' ' || sets || ' ', ' ' || ? || ' ') > 0", (device_set,)
    )
    return [int(row[0]) for row in found]


def _numbers(record: Record, table: str, **values: Any) -> list[int]:
    where = " AND ".join(f"{column} = :{column}" for column in values)
    found = record.conn.execute(f"SELECT id FROM {table} WHERE {where}", values)
    return [int(row[0]) for row in found]


def _between(record: Record, table: Rows, wish: Wish) -> tuple[int, int]:
    """The first and the last row that may fit, by the hours that rows lie in."""
    low, high = 1, min(LARGEST_ID, (wish.before_id or LARGEST_ID + 1) - 1)
    high = min(high, int(record.number(f"SELECT max(id) FROM {table}")))
    spanned = mark(record, SPANNED.format(table))
    span = f"{table}_span"
    if wish.since_ms is not None:
        hour = wish.since_ms // HOUR_MS - 1  # a run that began in the hour before may reach into it
        first = record.number(f"SELECT min(first_id) FROM {span} WHERE hour >= ?", (hour,))
        low = first or spanned + 1
    else:
        low = int(record.number(f"SELECT min(id) FROM {table}")) or 1
    if wish.until_ms is not None:
        hour = wish.until_ms // HOUR_MS
        last = record.number(f"SELECT max(last_id) FROM {span} WHERE hour <= ?", (hour,))
        newer = record.number(
            f"SELECT 1 FROM {table} WHERE id > ? AND first < ? LIMIT 1", (spanned, wish.until_ms)
        )
        high = high if newer else min(high, last)
    return max(low, (wish.after_id or 0) + 1), high
