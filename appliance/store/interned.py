"""What comes again and again, and the numbers that rows have for it.

Each text is looked up once and then remembered, within bounds. After a transaction that failed
nothing remembered may be believed: `forget_remembered`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from appliance.event import State, is_refusal, read_asker, read_ruling, text_of
from appliance.store.database import Record
from appliance.suffixes import site_of

REMEMBERED: Final = 50_000  # of each kind; some 10 MB when all are full
HOUR_MS: Final = 3_600_000


class Interned:
    """Numbers for names, askers, rulings, states and facets; new ones are written down."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._names: dict[bytes, int] = {}
        self._sites: dict[bytes, int] = {}
        self._askers: dict[bytes, int] = {}
        self._rulings: dict[bytes, int] = {}
        self._states: dict[State, int] = {}
        self._facets: dict[tuple[bytes, bytes, State], int] = {}

    def forget_remembered(self) -> None:
        for known in (self._names, self._sites, self._askers, self._rulings):
            known.clear()
        self._states.clear()
        self._facets.clear()

    def name(self, labels: bytes, at_ms: int) -> int:
        """Of a whole name."""
        return self._names.get(labels) or _remember(
            self._names, labels, lambda: self._name(text_of(labels), at_ms)
        )

    def site(self, labels: bytes, at_ms: int) -> int:
        """Of the part of a name that somebody registered."""
        return self._sites.get(labels) or _remember(
            self._sites, labels, lambda: self._name(site_of(text_of(labels)), at_ms)
        )

    def asker(self, data: bytes) -> int:
        return self._askers.get(data) or _remember(self._askers, data, lambda: self._asker(data))

    def ruling(self, data: bytes) -> int:
        return self._rulings.get(data) or _remember(self._rulings, data, lambda: self._ruling(data))

    def state(self, state: State) -> int:
        return self._states.get(state) or _remember(
            self._states,
            state,
            lambda: self._number(
                "state", policy=state.policy, period=state.period, trusted=state.clock_trusted
            ),
        )

    def facet(self, asker: bytes, ruling: bytes, state: State) -> int:
        key = asker, ruling, state
        return self._facets.get(key) or _remember(
            self._facets,
            key,
            lambda: self._number(
                "facet",
                grp=read_asker(asker).who.group,
                ruling=self.ruling(ruling),
                period=state.period,
            ),
        )

    def _name(self, text: str, at_ms: int) -> int:
        spelled = text[::-1]
        conn = self.record.conn
        found = self.record.number("SELECT id FROM name WHERE spelled = ?", (spelled,))
        if found:
            return int(found)
        hour = at_ms // HOUR_MS
        site = site_of(text)
        site_id = 0 if site == text else self._name(site, at_ms)
        cursor = conn.execute(
            "INSERT INTO name (spelled, site, since) VALUES (?, ?, ?)", (spelled, site_id, hour)
        )
        number = int(cursor.lastrowid or 0)
        if not site_id:
            conn.execute("UPDATE name SET site = id WHERE id = ?", (number,))
        return number

    def _asker(self, data: bytes) -> int:
        asker = read_asker(data)
        return self._number(
            "asker",
            address=str(asker.address),
            mac=asker.mac,
            device=asker.who.device,
            grp=asker.who.group,
            sets=" ".join(sorted(asker.who.sets)),
            means=int(asker.means),
            forwarder=asker.forwarder,
        )

    def _ruling(self, data: bytes) -> int:
        verdict = read_ruling(data)
        if verdict.allowed is is_refusal(data):
            raise ValueError("a ruling that says two things")
        return self._number(
            "ruling",
            action=str(verdict.action),
            decided_by=str(verdict.decided_by),
            rule=verdict.rule,
            clause=verdict.clause,
            target=verdict.target,
            service=verdict.service,
            category=verdict.category,
            safe_search=verdict.safe_search,
        )

    def _number(self, table: str, **values: str | int) -> int:
        """Of the row with these values, made where there is none."""
        where = " AND ".join(f"{column} = :{column}" for column in values)
        found = self.record.conn.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchone()
        if found:
            return int(found[0])
        table_of = self.record.db.table(table)
        return int(table_of.insert(values).last_rowid or 0)


def _remember(known: dict[Any, int], key: Any, make: Callable[[], int]) -> int:
    number = make()
    if len(known) >= REMEMBERED:
        known.clear()  # those in use are back in a moment
    known[key] = number
    return number
