"""How often somebody may hand something in, kept in the database: a restart forgets nothing.

An address of IPv6 costs a device nothing, so its network is counted too, as generously as a
forwarder behind which a whole school stands.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from appliance.endpoint import Address
from appliance.errors import TooManyError
from appliance.store.book import Book

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
NETWORK_BITS: Final = 64  # of IPv6: what one line or one school network has at least


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in some minutes, and in a day."""

    kind: str
    at_once: int
    minutes: int
    a_day: int
    shared: int = 10  # times as many, of an address that many devices share

    def times(self, factor: int) -> Limit:
        return Limit(self.kind, self.at_once * factor, self.minutes, self.a_day * factor)


def knock(book: Book, limit: Limit, address: Address, at_ms: int, *, is_shared: bool) -> None:
    """Inside the transaction of what is handed in; TooManyError where it was often enough."""
    book.conn.execute("DELETE FROM knock WHERE at <= ? OR at > ?", (at_ms - DAY_MS, at_ms + DAY_MS))
    address = _plain(address)
    sources = [(str(address), limit.times(limit.shared) if is_shared else limit)]
    if address.version == 6:
        network = ipaddress.ip_network((address, NETWORK_BITS), strict=False)
        sources.append((str(network), limit.times(limit.shared)))
    for source, bound in sources:
        _refuse_flood(book, bound, source, at_ms)
    book.conn.executemany(
        "INSERT INTO knock VALUES (?, ?, ?)",
        [(limit.kind, source, at_ms) for source, _ in sources],
    )


def _refuse_flood(book: Book, limit: Limit, source: str, at_ms: int) -> None:
    since = "SELECT count(*) FROM knock WHERE kind = ? AND source = ? AND at > ?"
    begun = at_ms - limit.minutes * MINUTE_MS
    if book.number(since, (limit.kind, source, begun)) >= limit.at_once:
        raise TooManyError(
            f"that is a lot at once from this device: please try again in {limit.minutes} minutes, "
            "or tell a member of staff now"
        )
    if book.number(since, (limit.kind, source, at_ms - DAY_MS)) >= limit.a_day:
        raise TooManyError(
            "that is all we can take from this device today: please tell a member of staff"
        )


def _plain(address: Address) -> Address:
    """As IPv4 where it is that in other clothes."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
