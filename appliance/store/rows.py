"""Rows as people and seals see them: whole, with the identity and the ruling as they were then."""

from __future__ import annotations

import ipaddress
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from appliance.event import Asker, Flag, Means, State
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.store.database import Record
from appliance.store.writer import RUN_COLUMNS, Rows

TYPE_BITS: Final = {1: 1, 28: 2, 65: 4}  # A, AAAA, HTTPS: what a device asks for at one go
OTHER_TYPE: Final = 3  # places to the left
TYPES: Final = {
    **{1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 15: "MX", 16: "TXT"},
    **{28: "AAAA", 33: "SRV", 35: "NAPTR", 43: "DS", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS"},
    **{255: "ANY"},
}
_NUMBERS: Final = {name: number for number, name in TYPES.items()}
# How sure it is that it was this device. A child may have to answer for it.
SURENESS: Final = {
    Means.NETWORK: "only the network is known",
    Means.ADDRESS: "by its address, which another device may have taken",
    Means.SUBNET: "by the word of another DNS server",
    Means.MAC: "by its hardware address, which can be changed",
    Means.CLIENT_ID: "by a secret name of its own",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One run of the same question, as it was."""

    id: int
    event: str  # this id, unique among all boxes
    first_ms: int
    last_ms: int
    count: int
    name: str
    types: tuple[str, ...]
    flags: Flag
    asker: Asker
    verdict: Verdict
    state: State

    @property
    def device(self) -> str:
        """The device's name, or its address where it has none."""
        return self.asker.who.device or str(self.asker.address)

    @property
    def sureness(self) -> str:
        if not self.asker.who.device and self.asker.means is Means.ADDRESS:
            return SURENESS[Means.NETWORK]
        return SURENESS[self.asker.means]


@dataclass(frozen=True, slots=True)
class Named:
    """What a name has to be, where so many are that each row is asked."""

    where: str  # of the table `name`
    parameters: tuple[str, ...]


def types_of(qtype: int) -> int:
    """How a row notes a type."""
    return TYPE_BITS.get(qtype) or qtype << OTHER_TYPE


@lru_cache(maxsize=1000)
def type_names(types: int) -> tuple[str, ...]:
    if types >> OTHER_TYPE:
        return (type_label(types >> OTHER_TYPE),)
    return tuple(TYPES[qtype] for qtype, bit in TYPE_BITS.items() if types & bit)


def type_label(number: int) -> str:
    return TYPES.get(number, f"TYPE{number}")


def type_number(name: str) -> int:
    """The number of a type that `type_names` named."""
    return _NUMBERS.get(name) or int(name.removeprefix("TYPE"))


class Reader:
    """Makes whole rows of what a query finds; what comes again and again is read once."""

    def __init__(self, record: Record, table: Rows = Rows.REFUSED) -> None:
        self.record = record
        self.table = table
        self._series = f"{record.series}-{table[0]}"
        self._name = lru_cache(maxsize=10_000)(self._read_name)
        self._asker = lru_cache(maxsize=5_000)(self._read_asker)
        self._ruling = lru_cache(maxsize=5_000)(self._read_ruling)
        self._state = lru_cache(maxsize=5_000)(self._read_state)

    def rows(
        self,
        low: int,
        high: int,
        *,
        among: dict[str, Collection[int]] | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        named: Named | None = None,
        newest_first: bool = False,
        limit: int = -1,
    ) -> Iterator[Row]:
        """Rows from `low` to `high`, both included, whose columns have one of these numbers."""
        where, parameters = ["id >= ?", "id <= ?"], [low, high]
        for column, keys in (among or {}).items():
            where.append(f"{column} IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(list(keys)))  # type: ignore[arg-type]
        if since_ms is not None:
            where.append("first + span >= ?")
            parameters.append(since_ms)
        if until_ms is not None:
            where.append("first < ?")
            parameters.append(until_ms)
        if named is not None:
            where.append(
                f"EXISTS (SELECT 1 FROM name WHERE name.id = {self.table}.name AND ({named.where}))"
            )
            parameters.extend(named.parameters)  # type: ignore[arg-type]
        order = "DESC" if newest_first else "ASC"
        found = self.record.conn.execute(
            f"SELECT {RUN_COLUMNS} FROM {self.table} WHERE {' AND '.join(where)} "
            f"ORDER BY id {order} LIMIT ?",
            (*parameters, limit),
        )
        return map(self._whole, found)

    def each(self, low: int, high: int) -> Iterator[tuple[int, Row | None]]:
        """Rows from `low` to `high` with their numbers; None where somebody broke one."""
        found = self.record.conn.execute(
            f"SELECT {RUN_COLUMNS} FROM {self.table} WHERE id BETWEEN ? AND ? ORDER BY id",
            (low, high),
        )
        for row in found:
            try:
                yield row[0], self._whole(row)
            except (ValueError, TypeError, AttributeError):
                yield row[0], None
            except sqlite3.OperationalError as fault:
                if hasattr(fault, "sqlite_errorcode"):
                    raise  # it comes from the file; without a code it is text that is none
                yield row[0], None

    def _whole(self, row: Sequence[int]) -> Row:
        id, first, span, count, name, asker, ruling, state, types, flags = row
        return Row(
            id=id,
            event=f"{self._series}{id}",
            first_ms=first,
            last_ms=first + span,
            count=count,
            name=self._name(name),
            types=type_names(types),
            flags=Flag(flags),
            asker=self._asker(asker),
            verdict=self._ruling(ruling),
            state=self._state(state),
        )

    def _one(self, table: str, id: int) -> tuple[Any, ...]:
        found = self.record.conn.execute(f"SELECT * FROM {table} WHERE id = ?", (id,)).fetchone()
        return tuple(found[1:])

    def _read_name(self, id: int) -> str:
        spelled: str = self._one("name", id)[0]
        return spelled[::-1]

    def _read_asker(self, id: int) -> Asker:
        return asker_of(self._one("asker", id))

    def _read_ruling(self, id: int) -> Verdict:
        return verdict_of(self._one("ruling", id))

    def _read_state(self, id: int) -> State:
        policy, period, trusted = self._one("state", id)
        return State(policy, period, bool(trusted))


def asker_of(columns: Iterable[Any]) -> Asker:
    address, mac, device, group, sets, means, forwarder = columns
    who = Who(group, device, frozenset(sets.split()))
    return Asker(ipaddress.ip_address(address), who, Means(means), forwarder, mac)


def verdict_of(columns: Iterable[Any]) -> Verdict:
    action, decided_by, rule, clause, target, service, category, safe_search = columns
    return Verdict(
        Action(action),
        DecidedBy(decided_by),
        rule=rule,
        clause=clause,
        target=target,
        service=service,
        category=category,
        safe_search=safe_search,
    )
