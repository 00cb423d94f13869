"""Who else did the same in the same days: a case of many devices has another cause than a child."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from appliance.store.cases import case
from appliance.store.database import Record, told

DAY_MS: Final = 86_400_000
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Similar:
    """Another case with signs of the same kinds."""

    case_id: int
    device: str
    group: str
    grade: str
    kinds: tuple[str, ...]  # those that both have
    signs: int  # of these kinds, in these days
    last_ms: int


def similar(record: Record, id: int, *, days: int = 1, limit: int = SHOWN) -> list[Similar]:
    """Cases of other devices with the same kinds of signs from so many days before this one began
    until as many after it ended; those with most in common first."""
    this = case(record, id)
    values = {
        **{"id": id, "device": this.device, "kinds": json.dumps(this.kinds), "limit": limit},
        **{"since": this.opened_ms - days * DAY_MS, "until": this.last_ms + days * DAY_MS},
    }
    with told(record.path):
        rows = record.conn.execute(
            "SELECT cases.id, device, grp, grade, json_group_array(DISTINCT kind), sum(count), "
            "max(case_sign.last) FROM cases JOIN case_sign ON case_id = cases.id "
            "WHERE cases.last >= :since AND cases.opened <= :until AND cases.id <> :id "
            "AND device <> :device AND case_sign.last >= :since AND case_sign.first <= :until "
            "AND kind IN (SELECT value FROM json_each(:kinds)) GROUP BY cases.id "
            "ORDER BY count(DISTINCT kind) DESC, 6 DESC, cases.id LIMIT :limit",
            values,
        ).fetchall()
    return [
        Similar(number, device, group, grade, tuple(sorted(json.loads(kinds))), signs, last_ms)
        for number, device, group, grade, kinds, signs, last_ms in rows
    ]
