"""rows.csv: the rows for a spreadsheet, which must take no cell of it for a formula."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from appliance.event import Means
from appliance.spreadsheet import Sheet
from appliance.store.rows import SURENESS, type_label

COLUMNS: Final = (
    *("event", "first", "last", "times", "name", "types", "device", "address", "hardware address"),
    *("group", "sets", "known", "decided by", "rule", "clause", "service", "category", "period"),
    *("policy", "clock trusted"),
)


def sheet(rows: Iterable[bytes], zone: str) -> bytes:
    """Of rows in their canonical bytes; times by the school's clock."""
    text = io.StringIO()
    table = Sheet(text, COLUMNS)
    for data in rows:
        table.add(_cells(json.loads(data), zone))
    return text.getvalue().encode()


def moment(at_ms: int, zone: str) -> str:
    at = datetime.datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _cells(row: dict[str, Any], zone: str) -> list[str]:
    return [
        row["event"],
        moment(row["first"], zone),
        moment(row["last"], zone),
        str(row["count"]),
        row["name"],
        " ".join(type_label(number) for number in row["types"]),
        row["device"],
        row["address"],
        row["mac"],
        row["group"],
        " ".join(row["sets"]),
        SURENESS[Means(row["means"])],
        row["decided_by"],
        row["rule"],
        row["clause"],
        row["service"],
        row["category"],
        row["period"],
        row["policy"],
        "yes" if row["clock_trusted"] else "no",
    ]
