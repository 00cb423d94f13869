"""Finding rows: what somebody wishes to see, and where among millions of rows it may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.store.database import Record, told
from appliance.store.interned import HOUR_MS
from appliance.store.places import ranges
from appliance.store.rollups import SPANNED
from appliance.store.rows import Reader, Row
from appliance.store.schema import LARGEST_ID
from appliance.store.writer import Rows, mark

SHOWN: Final = 200
NAMES_FOUND: Final = 100_000  # of those that hold a text; a search for "a" needs no more


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


def newest(record: Record, wish: Wish, table: Rows = Rows.REFUSED) -> Iterator[Row]:
    """Every row that fits, the newest first; read as it is asked for."""
    with told(record.path):
        sought = _sought(record, wish)
        if not all(sought.values()):
            return  # no such device, name or ruling was ever met
        states = sought.pop("state", None)
        low, high = _between(record, table, wish)
        reader = Reader(record, table)
        among = {**sought, "state": states} if states else sought
        for begin, end in ranges(record, table, sought, low, high):
            yield from reader.rows(
                begin,
                end,
                among=among,
                since_ms=wish.since_ms,
                until_ms=wish.until_ms,
                newest_first=True,
            )


def oldest(record: Record, wish: Wish, table: Rows = Rows.REFUSED) -> Iterator[Row]:
    """Every row that fits, the oldest first: for exports."""
    with told(record.path):
        sought = _sought(record, wish)
        if not all(sought.values()):
            return
        states = sought.pop("state", None)
        low, high = _between(record, table, wish)
        reader = Reader(record, table)
        among = {**sought, "state": states} if states else sought
        for begin, end in reversed(list(ranges(record, table, sought, low, high))):
            yield from reader.rows(
                begin, end, among=among, since_ms=wish.since_ms, until_ms=wish.until_ms
            )


def names_like(record: Record, name: str, match: Match) -> list[int]:
    """The numbers of names that were met and fit."""
    parameters: tuple[str, ...]
    spelled = name.lower().rstrip(".")[::-1]
    match match:
        case Match.EXACT:
            where, parameters = "spelled = ?", (spelled,)
        case Match.UNDER:
            where = "spelled = ? OR spelled >= ? AND spelled < ?"
            parameters = (spelled, spelled + ".", spelled + "/")  # "/" comes behind "."
        case Match.HOLDS:
            # A walk through all names, which lie together in their index: 0.2 s for a million. A
            # full-text index would be faster and keep pieces of names after they are forgotten.
            where, parameters = "instr(spelled, ?) > 0", (spelled,)
    found = record.conn.execute(
        f"SELECT id FROM name WHERE {where} LIMIT {NAMES_FOUND}", parameters
    )
    return [int(row[0]) for row in found]


def devices_like(record: Record, device: str) -> list[int]:
    """Every asker that this device was: it may have had several addresses, groups and sets."""
    found = record.conn.execute(
        "SELECT id FROM asker WHERE device = ? UNION SELECT id FROM asker WHERE address = ?",
        (device, device.lower()),
    )
    return [int(row[0]) for row in found]


def _sought(record: Record, wish: Wish) -> dict[str, Collection[int]]:
    """What the columns of a row may be; a column that is not here may be anything."""
    sought: dict[str, Collection[int]] = {}
    if wish.name:
        sought["name"] = names_like(record, wish.name, wish.match)
    askers: set[int] | None = None
    if wish.device:
        askers = set(devices_like(record, wish.device))
    for these in (
        _numbers(record, "asker", address=wish.address.lower()) if wish.address else None,
        _numbers(record, "asker", grp=wish.group) if wish.group else None,
        _of_set(record, wish.device_set) if wish.device_set else None,
    ):
        if these is not None:
            askers = set(these) if askers is None else askers & set(these)
    if askers is not None:
        sought["asker"] = askers
    ruling = {
        "service": wish.service,
        "category": wish.category,
        "rule": wish.rule,
        "decided_by": wish.decided_by,
    }
    ruling = {column: value for column, value in ruling.items() if value}
    if ruling:
        sought["ruling"] = _numbers(record, "ruling", **ruling)
    if wish.period:
        sought["state"] = _numbers(record, "state", period=wish.period)
    return sought


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
