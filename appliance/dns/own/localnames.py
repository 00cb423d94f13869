"""The names of this network, gathered from settings, hosts files and the box itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.config import Record
from appliance.dns.own.hosts import Hosts
from appliance.dns.own.recorddata import KINDS, data_of, name_of, owner_of
from appliance.dns.own.special import LOOPBACK
from appliance.dns.wire import Type, dotted, labels_of
from appliance.domains import lies_under, shorten
from appliance.endpoint import Address
from appliance.errors import ApplianceError

TTL: Final = 60  # seconds, of what has none of its own: who moves a printer soon sees it moved
LONGEST_TTL: Final = 86_400
LARGEST: Final = 8_000  # bytes of one type: with any chain before it, far below a whole message
TOLD: Final = 50  # faults
AROUND_VALUE: Final = 12  # of a record whose owner is a pointer
LOOPBACK_ADDRESSES: Final = (ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1"))


@dataclass(frozen=True, slots=True)
class Data:
    """All that a name has of one type; RFC 2181 §5.2: with one TTL."""

    ttl: int
    values: tuple[bytes, ...]


Known = dict[int, Data]  # type → what there is of it


class Names:
    """Every local name with what it has, by its labels; and what was written in vain."""

    def __init__(self) -> None:
        self.known: dict[bytes, Known] = {}
        self.above: set[bytes] = set()  # names that have some of ours below them
        self.faults: list[str] = []

    def add(self, name: str, kind: Type, values: Iterable[bytes], ttl: int = TTL) -> None:
        """Add to what a name has."""
        there = self.known.setdefault(labels_of(name), {})
        had = there.get(kind, Data(ttl, ()))
        all_values = tuple(dict.fromkeys((*had.values, *values)))
        if sum(len(value) + AROUND_VALUE for value in all_values) > LARGEST:
            self._note(f"{name}: it has more {kind.name} records than one reply holds")
        else:
            there[kind] = Data(min(had.ttl, ttl), all_values)

    def add_record(self, record: Record) -> None:
        """A record of the settings; a fault is noted, and the others hold."""
        kind = KINDS.get(record.kind.upper())
        if kind is None:
            kinds = ", ".join(KINDS)
            self._note(
                f"{shorten(record.name)}: {shorten(record.kind)} is no kind of record: {kinds}"
            )
            return
        try:
            name, value = owner_of(kind, record.name), data_of(kind, record.value)
        except (ValueError, ApplianceError) as fault:
            self._note(f"{shorten(record.name)}: {fault}")
            return
        if lies_under(name, LOOPBACK):
            self._note(f"{name}: every device means itself by that name (RFC 6761)")
            return
        self.add(name, kind, [value], min(max(record.ttl_seconds, 0), LONGEST_TTL))

    def add_addresses(self, name: str, addresses: Iterable[Address]) -> None:
        for address in addresses:
            self.add(name, Type.A if address.version == 4 else Type.AAAA, [address.packed])

    def add_hosts(self, hosts: Hosts) -> None:
        for name, addresses in hosts.addresses.items():
            if not lies_under(name, LOOPBACK):
                self.add_addresses(name, addresses)
        for address, name in hosts.names.items():
            self.add_pointer(address, name)

    def add_pointer(self, address: Address, name: str) -> None:
        """The name of an address, unless one stands there already: it has one name, not many."""
        reverse = address.reverse_pointer
        if labels_of(reverse) not in self.known:
            self.add(reverse, Type.PTR, [name_of(name)])

    def finish(self) -> None:
        """Put aside what contradicts itself, and work out which names lie above ours."""
        for qname, there in self.known.items():
            alias = there.get(Type.CNAME)
            if alias is None:
                continue
            if len(there) > 1 or len(alias.values) > 1:  # RFC 1034 §3.6.2
                others = {kind: data for kind, data in there.items() if kind != Type.CNAME}
                kept = others or {Type.CNAME: Data(alias.ttl, alias.values[:1])}
                self.known[qname] = kept
                self._note(
                    f"{dotted(qname)}: a CNAME has to be all that its name has, so this one is "
                    f"left out"
                )
        for qname, there in self.known.items():
            if Type.CNAME in there and self._turns_back(qname):
                self._note(f"{dotted(qname)}: its CNAME leads back to itself")
            above = qname[qname[0] + 1 :]
            while len(above) > 1 and above not in self.above:
                self.above.add(above)
                above = above[above[0] + 1 :]

    def _turns_back(self, qname: bytes) -> bool:
        seen: set[bytes] = set()
        at: bytes | None = qname
        while at is not None and at not in seen:
            seen.add(at)
            alias = self.known.get(at, {}).get(Type.CNAME)
            at = alias.values[0] if alias else None
        return at == qname

    def _note(self, fault: str) -> None:
        told = f"local name {fault}"
        if told not in self.faults and len(self.faults) < TOLD:
            self.faults.append(told)


def gather(
    records: Sequence[Record],
    hosts: Iterable[Hosts],
    own_names: Iterable[str],
    own: Sequence[Address],
) -> Names:
    """All local names. Settings go first: who wrote a record meant it."""
    names = Names()
    for record in records:
        names.add_record(record)
    for index, name in enumerate(own_names):
        names.add_addresses(name, own)
        for address in own if index == 0 else ():
            names.add_pointer(address, name)
    for one in hosts:
        names.add_hosts(one)
    for address in LOOPBACK_ADDRESSES:
        names.add_pointer(address, LOOPBACK)
    names.finish()
    return names
