"""How the record stands: how large, how old, what it has cost the card."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.store.database import Record, told
from appliance.store.writer import Rows, final

DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Wear:
    day: int  # date.toordinal
    bytes: int
    events: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The record in numbers."""

    schema: int
    series: str
    bytes: int
    free_bytes: int  # of these; used again, or given back
    refused_rows: int
    final_rows: int
    names: int
    oldest_ms: int | None
    newest_ms: int | None
    lost_allowed: int
    lost_refused: int
    wear: tuple[Wear, ...]  # the newest day first


def standing(record: Record) -> Standing:
    number = record.number
    with told(record.path):
        page = number("PRAGMA page_size")
        low, high = number("SELECT min(id) FROM refused"), number("SELECT max(id) FROM refused")
        first = number("SELECT first FROM refused WHERE id = ?", (low,))
        last = number("SELECT first + span FROM refused WHERE id = ?", (high,))
        return Standing(
            schema=record.version,
            series=record.series,
            bytes=number("PRAGMA page_count") * page,
            free_bytes=number("PRAGMA freelist_count") * page,
            # rows are forgotten at one end and added at the other: to count them would take seconds
            refused_rows=high - low + 1 if high else 0,
            final_rows=final(record, Rows.REFUSED),
            names=number("SELECT count(*) FROM name"),
            oldest_ms=first or None,
            newest_ms=last or None,
            lost_allowed=number("SELECT sum(allowed) FROM lost"),
            lost_refused=number("SELECT sum(refused) FROM lost"),
            wear=tuple(
                Wear(*row)
                for row in record.conn.execute(
                    "SELECT day, bytes, events FROM wear ORDER BY day DESC LIMIT ?", (DAYS_SHOWN,)
                )
            ),
        )
