"""Forgetting: rows, sums and names whose time is over, so that their bytes are gone too.

Rows are overwritten (secure_delete), names that nothing leads to any more are deleted, room goes
back to the card, and the log is emptied. What was copied elsewhere before (backups, exports) is out
of our reach, and so is what a card's own controller keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.store import audit
from appliance.store.database import Record
from appliance.store.farewell import Farewell, delete, nobody
from appliance.store.interned import HOUR_MS
from appliance.store.places import PER_BLOCK, kind, place
from appliance.store.places import placed as placed_of
from appliance.store.writer import Rows, final, last, mark, set_marks

DAY_MS: Final = 86_400_000
AT_ONCE: Final = 20_000  # rows of one transaction: nobody waits long, and the log stays short
VACUUM_PAGES: Final = 2_000  # given back at once


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What one step of forgetting did."""

    rows: int
    is_done: bool  # False: there is more


def cutoff(record: Record, table: Rows, now_ms: int, days: int) -> int:
    """Before which moment rows of a table are to be forgotten in this round, in milliseconds.

    It moves on by a day each time at most: a clock that stands in the year 2040 for a while must
    not cost the school its record.
    """
    wanted = now_ms - days * DAY_MS
    before = mark(record, f"{table} cutoff")
    return min(wanted, before + DAY_MS if before else _oldest(record, table) or wanted)


def _oldest(record: Record, table: Rows) -> int:
    first = record.number(f"SELECT first FROM {table} ORDER BY id LIMIT 1")
    sums = "site_hour" if table is Rows.REFUSED else "allowed_hour"
    hour = record.number(f"SELECT min(hour) FROM {sums}")
    return min(filter(None, (int(first), int(hour) * HOUR_MS)), default=0)


def forget_rows(
    record: Record,
    table: Rows,
    before_ms: int,
    now_ms: int,
    farewell: Farewell = nobody,
) -> Forgotten:
    """Forget rows that are final and ended before this moment: some of them, the oldest first.
    Just before they go, `farewell` is told which."""
    with record.transaction():
        low = _first(record, table)
        high = _last_old(record, table, before_ms)
        if not low or high < low:
            return Forgotten(0, True)
        end = min(high, low + AT_ONCE - 1)
        count = _delete(record, table, (low, end), before_ms, now_ms, farewell)
        _repair_places(record, table, low, end)
        if count:
            _note(record, str(table), before_ms, count, now_ms)
    return Forgotten(count, end == high)


def forget_sums(record: Record, table: Rows, before_ms: int, day: int) -> None:
    """Forget which sites there were before this moment, or this day; how many questions there were
    stays, for they tell of nobody."""
    hour = before_ms // HOUR_MS
    with record.transaction():
        execute = record.conn.execute
        if table is Rows.ALLOWED:
            execute("DELETE FROM allowed_hour WHERE hour < ?", (hour,))
        else:
            execute("DELETE FROM site_hour WHERE hour < ?", (hour,))
            for sums in ("site_day", "asker_day", "asker_ruling_day"):
                execute(f"DELETE FROM {sums} WHERE day < ?", (day,))
            execute(
                "DELETE FROM asker WHERE id NOT IN (SELECT asker FROM asker_day) AND id NOT IN "
                "(SELECT key FROM place WHERE kind IN (?, ?)) AND id NOT IN "
                "(SELECT asker FROM refused WHERE id >= ?) AND id NOT IN "
                "(SELECT asker FROM allowed WHERE id >= ?)",
                (
                    kind(Rows.REFUSED, "asker"),
                    kind(Rows.ALLOWED, "asker"),
                    placed_of(record, Rows.REFUSED),
                    placed_of(record, Rows.ALLOWED),
                ),
            )
        forget_names(record)
        set_marks(record, {f"{table} cutoff": before_ms})


def forget_audit(record: Record, before_ms: int, day: int, farewell: Farewell = nobody) -> None:
    """Forget what was done, and policies that no row can name any more; the one in force stays."""
    hour = before_ms // HOUR_MS
    with record.transaction():
        execute = record.conn.execute
        audit.forget(record, before_ms, farewell)
        execute("DELETE FROM forgotten WHERE at < ?", (before_ms,))
        execute("DELETE FROM lost WHERE hour < ?", (hour,))
        execute("DELETE FROM facet_hour WHERE hour < ?", (hour,))
        execute("DELETE FROM facet_day WHERE day < ?", (day,))
        execute("DELETE FROM wear WHERE day < ?", (day,))
        execute(
            "DELETE FROM in_force WHERE at < ? AND number <> (SELECT max(number) FROM in_force) "
            "AND snapshot NOT IN (SELECT policy FROM state WHERE id IN (SELECT state FROM refused "
            "WHERE id IN (SELECT event FROM hold)))",
            (before_ms,),
        )
        execute(
            "DELETE FROM document WHERE digest NOT IN "
            "(SELECT policy FROM in_force UNION SELECT addresses FROM in_force)"
        )


def forget_names(record: Record) -> int:
    """Delete names that no row and no sum leads to any more; how many."""
    unused = (
        "DELETE FROM name WHERE id NOT IN ("
        "SELECT key FROM place WHERE kind IN (:refused, :allowed) "
        "UNION SELECT name FROM refused WHERE id >= :refused_placed "
        "UNION SELECT name FROM allowed WHERE id >= :allowed_placed "
        "UNION SELECT site FROM site_hour UNION SELECT site FROM allowed_hour "
        "UNION SELECT site FROM site_day "
        "UNION SELECT site FROM pending)"
    )
    numbers = {
        "refused": kind(Rows.REFUSED, "name"),
        "allowed": kind(Rows.ALLOWED, "name"),
        "refused_placed": placed_of(record, Rows.REFUSED),
        "allowed_placed": placed_of(record, Rows.ALLOWED),
    }
    execute = record.conn.execute
    below = execute(f"{unused} AND site <> id", numbers).rowcount
    sites = execute(
        f"{unused} AND site = id AND id NOT IN (SELECT site FROM name WHERE site <> id)", numbers
    ).rowcount
    return below + sites


def give_back(record: Record) -> bool:
    """Overwrite what is left of it in the file's log, and give room back; False while a reader
    keeps us from it."""
    record.conn.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES})").fetchall()
    return record.clear_log()


def _first(record: Record, table: Rows) -> int:
    """The first row that may go; before it there may be rows that a case needs."""
    held = "WHERE id NOT IN (SELECT event FROM hold)" if table is Rows.REFUSED else ""
    return int(record.number(f"SELECT id FROM {table} {held} ORDER BY id LIMIT 1"))


def _last_old(record: Record, table: Rows, before_ms: int) -> int:
    """The last final row of an hour that is over."""
    hour = before_ms // HOUR_MS
    found = record.number(f"SELECT max(last_id) FROM {table}_span WHERE hour < ?", (hour,))
    return min(int(found), final(record, table))


def _delete(
    record: Record,
    table: Rows,
    between: tuple[int, int],
    before_ms: int,
    now_ms: int,
    farewell: Farewell,
) -> int:
    """Rows of a time that nobody trusts, or that has not come yet, go with their neighbours."""
    held = "AND id NOT IN (SELECT event FROM hold) " if table is Rows.REFUSED else ""
    count = delete(
        record,
        table,
        f"id BETWEEN ? AND ? {held}AND (first + span < ? OR first > ? "
        "OR state IN (SELECT id FROM state WHERE trusted = 0))",
        (*between, before_ms, now_ms + DAY_MS),
        farewell,
    )
    left = int(record.number(f"SELECT min(id) FROM {table}")) or between[1] + 1
    record.conn.execute(f"DELETE FROM {table}_span WHERE last_id < ?", (left,))
    # numbers are not used again, even when no row is left
    set_marks(record, {f"{table} last": last(record, table)})
    return count


def _repair_places(record: Record, table: Rows, low: int, end: int) -> None:
    """What was deleted occurs nowhere any more; what is held stays findable."""
    done = placed_of(record, table)
    for block in range(low // PER_BLOCK, end // PER_BLOCK + 1):
        if (block + 1) * PER_BLOCK <= done:
            place(record, table, block)


def _note(record: Record, what: str, before_ms: int, count: int, now_ms: int) -> None:
    record.db.table("forgotten").insert(
        {"at": now_ms, "what": what, "before": before_ms, "rows": count}
    )
