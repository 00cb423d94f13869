"""Forgetting cases a year after they were closed, with all that stands in them and their files."""

from __future__ import annotations

from typing import Final

from appliance.store.attachments import Keeper
from appliance.store.cases import holder_of
from appliance.store.database import Record, told
from appliance.store.farewell import Farewell, delete, nobody
from appliance.store.retention import DAY_MS
from appliance.store.writer import mark, set_marks

CUTOFF: Final = "cases cutoff"
AT_ONCE: Final = 200  # cases of one transaction


def forget_cases(
    record: Record, keeper: Keeper, now_ms: int, days: int, farewell: Farewell = nobody
) -> bool:
    """One step: some of those whose time is over, and the files that nobody names. True where
    nothing is left to forget now."""
    with record.transaction():
        before = _cutoff(record, now_ms, days)
        ids = [
            int(row[0])
            for row in record.conn.execute(
                "SELECT id FROM cases WHERE closed > 0 AND closed < ? AND status <> 'open' "
                "ORDER BY closed LIMIT ?",
                (before, AT_ONCE),
            )
        ]
        wanted = ",".join(map(str, ids))
        delete(record, "case_entry", f"case_id IN ({wanted})", (), farewell)
        for id in ids:
            _forget(record, id)
        if ids:
            record.db.table("forgotten").insert(
                {"at": now_ms, "what": "cases", "before": before, "rows": len(ids)}
            )
        if before != mark(record, CUTOFF):
            set_marks(record, {CUTOFF: before})
    keeper.forget_all_but(_named(record))
    return len(ids) < AT_ONCE and before >= now_ms - days * DAY_MS


def _cutoff(record: Record, now_ms: int, days: int) -> int:
    """It moves on by a day each time at most, as with rows: a clock that stands in the year 2040
    for a while must not cost the school its cases."""
    wanted = now_ms - days * DAY_MS
    oldest = int(record.number("SELECT min(closed) FROM cases WHERE closed > 0"))
    before = mark(record, CUTOFF)
    return min(wanted, before + DAY_MS if before else oldest or wanted)


def _forget(record: Record, id: int) -> None:
    execute = record.conn.execute
    for table in ("case_sign", "attachment"):
        execute(f"DELETE FROM {table} WHERE case_id = ?", (id,))
    execute("DELETE FROM hold WHERE holder = ?", (holder_of(id),))
    execute("DELETE FROM cases WHERE id = ?", (id,))


def _named(record: Record) -> set[str]:
    with told(record.path):
        return {row[0] for row in record.conn.execute("SELECT sha256 FROM attachment")}
