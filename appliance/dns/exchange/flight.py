"""A question on its way: the flight, its attempts, and what a road has to offer them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.config import Upstream
from appliance.dns.exchange.dice import Dice
from appliance.dns.exchange.health import Health
from appliance.dns.exchange.trust import Trust

Done = Callable[[bytes | None], None]


class Flight:
    """One question, until one server has answered it or nobody did in time."""

    __slots__ = (
        "attempts",
        "checking_disabled",
        "complaint",
        "dnssec_ok",
        "done",
        "due",
        "end",
        "key",
        "only",
        "round",
    )

    def __init__(
        self, key: bytes, dnssec_ok: bool, checking_disabled: bool, done: Done, end: float
    ) -> None:
        self.key = key
        self.dnssec_ok = dnssec_ok
        self.checking_disabled = checking_disabled
        self.done: Done | None = done  # None: it is over
        self.end = end
        self.due = end  # when the next server is asked too
        self.round = 0  # how often all servers have been asked
        self.attempts: list[Attempt] = []
        self.complaint: bytes | None = None  # SERVFAIL or the like: for want of an answer
        self.only: Server | None = None  # a probe asks nobody else


class Attempt:
    """One flight's question to one server."""

    __slots__ = (
        "flight",
        "has_complained",
        "id",
        "is_bare",
        "is_late",
        "is_live",
        "is_repeated",
        "is_timed",
        "place",
        "question",
        "round",
        "sent_at",
        "server",
    )

    def __init__(self, flight: Flight, server: Server, now: float, is_bare: bool) -> None:
        self.flight = flight
        self.server = server
        self.round = flight.round
        self.sent_at = now
        self.question = flight.key  # as sent: letter case and all
        self.is_bare = is_bare  # without EDNS
        self.is_live = True  # somebody waits for it
        self.is_late = False  # its server has been blamed for that already
        self.is_repeated = False  # on a second connection, after the first was lost
        self.is_timed = True  # False: a connection had to be made first, which says nothing
        self.has_complained = False
        self.place: Place | None = None
        self.id = b""


class Server(Health):
    """One upstream: how it does, and the road to it."""

    road: Road
    probe: asyncio.TimerHandle | None = None


class Place(Protocol):
    """Where an attempt waits for its reply: a socket, a connection."""

    def forget(self, attempt: Attempt) -> None:
        """Nobody waits for this reply any more."""


class Listener(Protocol):
    """Who hears what became of an attempt."""

    def answered(self, attempt: Attempt, message: bytes) -> None:
        """The reply, from where it was expected, with the id and question that were sent."""

    def failed(self, attempt: Attempt, problem: str) -> None:
        """There will be no reply. Never called while the attempt is still being sent."""


class Road(Protocol):
    """One way of carrying questions to one server."""

    @property
    def wrong(self) -> int:
        """How many messages came that were no reply to anything we asked."""

    def send(self, attempt: Attempt) -> None: ...

    def wants_again(self) -> bool:
        """Is there a point in sending a question once more? Datagrams get lost; streams don't
        lose anything unless they are dead."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every road needs besides its server."""

    loop: asyncio.AbstractEventLoop
    listener: Listener
    dice: Dice
    trust: Trust
    mix_case: bool


BuildRoad = Callable[[Upstream, Surroundings], Road]
