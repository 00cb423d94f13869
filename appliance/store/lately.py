"""What one device was refused of late: for whoever holds it, and wonders why a page stays white."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from appliance.policy.verdict import Verdict
from appliance.store.database import Record
from appliance.store.search import Wish, newest

ROWS: Final = 5_000  # looked at: a program that asks all the time must not hide the rest for ever
SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class NameRefused:
    """A name, how often it was refused, and why it was the last time. What the school says of it,
    and until when it holds, the policy knows."""

    name: str
    count: int
    first_ms: int
    last_ms: int
    verdict: Verdict
    period: str


def refused_names(
    record: Record, address: str, since_ms: int, until_ms: int, limit: int = SHOWN
) -> list[NameRefused]:
    """What was refused to this address alone, each name once, the newest first."""
    wish = Wish(address=address, since_ms=since_ms, until_ms=until_ms)
    found: dict[str, NameRefused] = {}
    for row in islice(newest(record, wish), ROWS):
        known = found.get(row.name)
        if known:
            found[row.name] = replace(
                known, count=known.count + row.count, first_ms=min(known.first_ms, row.first_ms)
            )
        elif len(found) < limit:
            found[row.name] = NameRefused(
                *(row.name, row.count, row.first_ms, row.last_ms, row.verdict, row.state.period)
            )
    return list(found.values())
