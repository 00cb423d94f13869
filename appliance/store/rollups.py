"""Sums that reports live on, made of rows that are final: they add up to the rows by construction.

What has not been summed up yet is counted from the rows themselves when a report asks (reports.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from appliance.store.database import Record
from appliance.store.interned import HOUR_MS
from appliance.store.places import place_final
from appliance.store.writer import Rows, final, mark, set_marks

Day = Callable[[int], int]  # of an hour since 1970: the school's own day, as date.toordinal

SUMMED: Final = "refused summed"  # the mark: up to this row
SPANNED: Final = "{} spanned"
_ADD: Final = "ON CONFLICT DO UPDATE SET count = count + excluded.count"

_SUMS: Final = {  # by the columns of each table but the last
    "site_hour": "hour, facet, site",
    "facet_hour": "hour, facet",
    "facet_day": "school_day(hour), facet",
    "site_day": "school_day(hour), site",
    "asker_day": "school_day(hour), asker",
    "asker_ruling_day": "school_day(hour), asker, ruling",
}
_PENDING_SUMS: Final = {
    "allowed_hour": "hour, facet, site",
    "facet_hour": "hour, facet",
    "facet_day": "school_day(hour), facet",
}


def is_due(record: Record) -> bool:
    """True where there is anything to sum up."""
    return (
        mark(record, SUMMED) < final(record, Rows.REFUSED)
        or mark(record, SPANNED.format(Rows.ALLOWED)) < final(record, Rows.ALLOWED)
        or bool(record.number("SELECT 1 FROM pending LIMIT 1"))
    )


def waiting(record: Record) -> int:
    """How many rows are not summed up yet."""
    refused = final(record, Rows.REFUSED) - mark(record, SUMMED)
    return int(refused) + int(record.number("SELECT max(rowid) FROM pending"))


def fold(record: Record, day: Day) -> None:
    """Sum up what has become final, and what was allowed meanwhile."""
    record.db.register_function(day, name="school_day", deterministic=True, replace=True)
    for table in Rows:
        _span_hours(record, table)
        place_final(record, table)
    _sum_refused(record)
    _sum_pending(record)


def _span_hours(record: Record, table: Rows) -> None:
    done, end = mark(record, SPANNED.format(table)), final(record, table)
    if done >= end:
        return
    record.conn.execute(
        f"INSERT INTO {table}_span SELECT first / {HOUR_MS}, min(id), max(id) FROM {table} "
        "WHERE id > ? AND id <= ? GROUP BY 1 ON CONFLICT DO UPDATE SET "
        "first_id = min(first_id, excluded.first_id), last_id = max(last_id, excluded.last_id)",
        (done, end),
    )
    set_marks(record, {SPANNED.format(table): end})


def _sum_refused(record: Record) -> None:
    done, end = mark(record, SUMMED), final(record, Rows.REFUSED)
    if done >= end:
        return
    execute, new = record.conn.execute, (done, end)
    execute("CREATE TEMP TABLE IF NOT EXISTS sums (hour, facet, site, asker, ruling, count)")
    execute(
        "INSERT OR IGNORE INTO facet (grp, ruling, period) "
        "SELECT DISTINCT asker.grp, ruling, state.period FROM refused "
        "JOIN asker ON asker.id = asker JOIN state ON state.id = state "
        "WHERE refused.id > ? AND refused.id <= ?",
        new,
    )
    execute(
        f"INSERT INTO sums SELECT first / {HOUR_MS} AS hour, facet.id, name.site, asker, "
        "refused.ruling, sum(count) FROM refused JOIN name ON name.id = name "
        "JOIN asker ON asker.id = asker JOIN state ON state.id = state "
        "JOIN facet ON facet.grp = asker.grp AND facet.ruling = refused.ruling "
        "AND facet.period = state.period "
        "WHERE refused.id > ? AND refused.id <= ? GROUP BY hour, facet.id, name.site, asker",
        new,
    )
    for table, keys in _SUMS.items():
        execute(
            f"INSERT INTO {table} SELECT {keys}, sum(count) FROM sums WHERE true "
            f"GROUP BY {keys} {_ADD}"
        )
    execute("DELETE FROM sums")
    set_marks(record, {SUMMED: end})


def _sum_pending(record: Record) -> None:
    execute = record.conn.execute
    for table, keys in _PENDING_SUMS.items():
        execute(
            f"INSERT INTO {table} SELECT {keys}, sum(count) FROM pending WHERE true "
            f"GROUP BY {keys} {_ADD}"
        )
    execute("DELETE FROM pending")
