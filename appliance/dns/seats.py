"""Who asks: an address, the device behind it, and the audience it belongs to."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from appliance.config import Dns
from appliance.dns.audience import JITTERS, Audience, Ready
from appliance.dns.told import Told
from appliance.endpoint import PRIVATE, Address, Network
from appliance.event import Asker, Means, asker_mark
from appliance.policy.addresses import Addresses
from appliance.policy.model import Who
from appliance.policy.snapshot import Column, Snapshot

SEATS: Final = (
    20_000  # remembered at once; a school has some thousand, a flood of made-up ones more
)
READY: Final = 16_384  # replies that lie ready at once, some 500 bytes each
FORWARDED: Final = 200  # as many questions a second from a forwarder as from so many devices


@dataclass(slots=True, eq=False)
class Seat:
    """One client, as known now."""

    audience: Audience
    ready: dict[bytes, Ready]  # the audience's own; a forwarder's is empty: it asks for many
    renew: Callable[[float], Seat]  # this seat, by what holds now
    address: bytes
    mark: bytes  # who asks, as events carry it
    tokens: float  # questions that it may ask at once
    counted: float  # when tokens were last counted
    is_forwarder: bool = False
    is_welcome: bool = True


class Seats:
    """Everybody who has asked lately."""

    def __init__(self, config: Dns, snapshot: Snapshot, addresses: Addresses) -> None:
        self.config = config
        self.known: dict[bytes, Seat] = {}
        self.audiences: dict[tuple[Column, int], Audience] = {}
        self.trusts_clock = True
        self._ready_count = 0
        self.take_over(snapshot, addresses)

    def take_over(self, snapshot: Snapshot, addresses: Addresses) -> None:
        """Another policy, or other addresses: everybody is placed anew, as they ask."""
        self.snapshot = snapshot
        self.addresses = addresses
        self.known.clear()
        self.audiences.clear()
        self._networks = (*PRIVATE, *self.config.networks, *addresses.networks)

    def of_address(self, address: bytes, now: float) -> Seat:
        """The seat of whoever asks from this address, which may be an unwelcome one."""
        seat = self.known.get(address)
        if seat is None:
            place = plain(ipaddress.ip_address(address))
            renew = partial(self.of_address, address)
            seat = self._new(renew, place, self.addresses.place(place), Means.ADDRESS, now)
            seat.is_forwarder = any(_lies_in(place, net) for net in self.config.forwarders)
            seat.is_welcome = place in self.addresses.devices or any(
                _lies_in(place, network) for network in self._networks
            )
            if seat.is_forwarder:
                seat.ready = {}
                seat.tokens *= FORWARDED
            if not seat.is_welcome:
                seat.tokens = 0.0
            self._remember(address, seat)
        return seat

    def of_client_id(self, client_id: str, address: bytes, now: float) -> Seat:
        """The seat of a device that says which it is, over an encrypted connection."""
        who = self.addresses.by_client_id.get(client_id)
        if who is None:
            return self.of_address(address, now)  # taken off the policy: it is what its address is
        key = b"id:" + client_id.encode() + address
        seat = self.known.get(key)
        if seat is None:
            place = plain(ipaddress.ip_address(address))
            renew = partial(self.of_client_id, client_id, address)
            seat = self._new(renew, place, who, Means.CLIENT_ID, now)
            self._remember(key, seat)
        return seat

    def behind(self, forwarder: bytes, told: Told, now: float) -> Seat:
        """The seat of a device that a forwarder asks for."""
        key = b"via:" + forwarder + told.key
        seat = self.known.get(key)
        if seat is None:
            through = plain(ipaddress.ip_address(forwarder))
            who = self.addresses.by_mac.get(told.mac) if told.mac else None
            means = Means.MAC if who else Means.SUBNET
            place = told.address or through
            who = who or self.addresses.place(place)
            renew = partial(self.behind, forwarder, told)
            seat = self._new(renew, place, who, means, now, str(through), told.mac)
            self._remember(key, seat)
        return seat

    def refill(self, seat: Seat, now: float) -> bool:
        """Count the tokens of a seat that has spent them; False where it still has none."""
        if not seat.is_welcome:
            return False
        earned = max(now - seat.counted, 0.0) * self.config.client_rate
        limit = self.config.client_burst
        if seat.is_forwarder:  # a school's worth of devices asks through it
            earned, limit = earned * FORWARDED, limit * FORWARDED
        seat.tokens = min(seat.tokens + earned, limit)
        seat.counted = now
        return seat.tokens >= 1

    def turn(self, now: float, *, trusts_clock: bool, is_new_time: bool) -> None:
        """Ring the bells that are due; all of them where the clock was set."""
        is_new_time = is_new_time or trusts_clock is not self.trusts_clock
        self.trusts_clock = trusts_clock
        for audience in self.audiences.values():
            if is_new_time or now >= audience.bell:
                audience.turn(now, trusts_clock=trusts_clock)
        if is_new_time:
            for seat in self.known.values():
                seat.counted = now

    def lay_ready(self, audience: Audience, words: bytes, ready: Ready) -> None:
        """Keep a reply for whoever of an audience asks in the same words: a message but its id."""
        if words not in audience.ready:
            self._ready_count += 1
            if self._ready_count > READY:
                # all at once: what is asked often is back in a moment, and to find out which ones
                # those are would cost more at every question
                self.forget_ready()
        audience.ready[words] = ready

    def forget_ready(self) -> None:
        self._ready_count = 0
        for audience in self.audiences.values():
            audience.ready.clear()

    def knows(self, client_id: str) -> bool:
        return client_id in self.addresses.by_client_id

    def _new(
        self,
        renew: Callable[[float], Seat],
        place: Address,
        who: Who,
        means: Means,
        now: float,
        via: str = "",
        mac: str = "",
    ) -> Seat:
        if not who.device and means in (Means.ADDRESS, Means.SUBNET):
            means = Means.NETWORK if means is Means.ADDRESS else Means.SUBNET
        audience = self._audience(who, place.packed[-1] % JITTERS, now)
        asker = Asker(place, who, means, via, mac)
        mark, burst = asker_mark(asker), float(self.config.client_burst)
        return Seat(audience, audience.ready, renew, place.packed, mark, burst, now)

    def _audience(self, who: Who, jitter: int, now: float) -> Audience:
        if who.group not in self.snapshot.groups:
            # addresses and policy are two files: for a moment one may be newer than the other
            who = Who(next(iter(self.snapshot.groups)))
        column = self.snapshot.column(who)
        audience = self.audiences.get((column, jitter))
        if audience is None:
            audience = self.audiences[column, jitter] = Audience(column, self.snapshot, jitter)
            audience.turn(now, trusts_clock=self.trusts_clock)
        return audience

    def _remember(self, key: bytes, seat: Seat) -> None:
        if len(self.known) >= SEATS:
            self.known.clear()  # a flood of made-up addresses; those that are real come again
        self.known[key] = seat


def plain(address: Address) -> Address:
    """An IPv4 address in IPv6 clothes is the IPv4 address."""
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def _lies_in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
