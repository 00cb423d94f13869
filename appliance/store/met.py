"""Devices that the record has met: those that nobody has placed stand out among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.event import Means
from appliance.store.database import Record
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Met:
    """A device, or an address without a name, as it was when it was refused something."""

    address: str
    mac: str
    device: str  # empty: nobody has placed it
    group: str
    means: Means  # how it was known
    last_day: int  # date.toordinal
    refused: int


def met(
    record: Record, since_day: int, today: int, *, only_strangers: bool = False, limit: int = SHOWN
) -> list[Met]:
    """Those that were refused anything since that day, the latest first, then the most refused."""
    with record.reading():
        rows = record.conn.execute(
            "WITH sums AS (SELECT asker, max(day) AS day, sum(count) AS count FROM asker_day "
            "WHERE day >= :since GROUP BY asker UNION ALL SELECT asker, :today, sum(count) "
            "FROM refused WHERE id > :summed GROUP BY asker) "
            "SELECT address, mac, device, grp, max(means), max(day), sum(count) FROM sums "
            "JOIN asker ON asker.id = sums.asker WHERE device = '' OR NOT :strangers "
            "GROUP BY address, mac, device, grp ORDER BY 6 DESC, 7 DESC, 1 LIMIT :limit",
            {
                **{"since": since_day, "today": today, "summed": mark(record, SUMMED)},
                **{"strangers": only_strangers, "limit": limit},
            },
        ).fetchall()
    return [
        Met(address, mac, device, group, Means(means), day, count)
        for address, mac, device, group, means, day, count in rows
    ]
