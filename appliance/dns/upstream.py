"""Asks the resolvers above us: one group of servers, the fastest healthy one first.

Callbacks instead of tasks, and one timer for all flights instead of one for each: a task alone
would cost as much as everything that is done here for a question that is answered at once.
"""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import Sequence
from operator import attrgetter
from random import Random
from typing import Final

from appliance.config import Transport, Upstream
from appliance.dns.exchange.dice import Dice
from appliance.dns.exchange.flight import (
    Attempt,
    BuildRoad,
    Done,
    Flight,
    Road,
    Server,
    Surroundings,
)
from appliance.dns.exchange.health import BARE_SECONDS, Standing
from appliance.dns.exchange.problem import NO_ANSWER
from appliance.dns.exchange.query import COMPLAINTS, DISLIKES_EDNS
from appliance.dns.exchange.trust import Trust
from appliance.dns.wire import HEADER_SIZE, TC

MOST_FLIGHTS: Final = 4096  # a school's whole morning asks fewer at once
PATIENCE_SECONDS: Final = 4.0  # clients have given up or asked again by then
TICK_SECONDS: Final = 0.05
ROOT_SERVERS: Final = b"\0\0\2\0\1"  # ". NS": what every resolver knows by heart

ROADS: Final = {  # modules of exchange/, each with a `road`; only those in use are loaded
    Transport.PLAIN: "udp",
    Transport.TLS: "stream",
    Transport.HTTPS: "https",
}


def build_road(upstream: Upstream, around: Surroundings) -> Road:
    module = importlib.import_module(f"appliance.dns.exchange.{ROADS[upstream.transport]}")
    build: BuildRoad = module.road
    return build(upstream, around)


class Exchange:
    """One group of upstreams: the school's, or a zone's."""

    def __init__(
        self,
        servers: Sequence[Upstream],
        loop: asyncio.AbstractEventLoop,
        *,
        random: Random | None = None,
        trust: ssl.SSLContext | None = None,
        mix_case: bool = False,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.loop = loop
        self.patience_seconds = patience_seconds
        self.turned_away = 0  # questions beyond MOST_FLIGHTS
        self.is_dead = False  # every server has failed its last tries
        self._now = loop.time
        around = Surroundings(loop, self, Dice(random), Trust(trust), mix_case)
        self._servers = [Server(upstream, rank) for rank, upstream in enumerate(servers)]
        for server in self._servers:
            server.road = build_road(server.upstream, around)
        self._order = list(self._servers)
        self._flights: set[Flight] = set()
        self._proven = ROOT_SERVERS  # the last question that had a good answer: probes ask it
        self._tick_handle: asyncio.TimerHandle | None = None
        self._is_closed = False

    def ask(self, key: bytes, *, dnssec_ok: bool, checking_disabled: bool, done: Done) -> None:
        """`done` is called once, from the loop: with a server's whole message, or with None."""
        if len(self._flights) >= MOST_FLIGHTS or self._is_closed or not self._servers:
            self.turned_away += 1
            self.loop.call_soon(done, None)
            return
        now = self._now()
        flight = Flight(key, dnssec_ok, checking_disabled, done, now + self.patience_seconds)
        self._depart(flight, self._order[0], now)

    def standing(self) -> list[Standing]:
        """How each server does, in the order of the configuration."""
        return [server.standing(server.road.wrong) for server in self._servers]

    async def close(self) -> None:
        """Whoever still waits gets None; every socket is closed."""
        self._is_closed = True
        if self._tick_handle:
            self._tick_handle.cancel()
        for server in self._servers:
            if server.probe:
                server.probe.cancel()
        for flight in list(self._flights):
            self._finish(flight, None)
        await asyncio.gather(*(server.road.close() for server in self._servers))

    # How a flight goes.

    def _depart(self, flight: Flight, server: Server, now: float) -> None:
        self._flights.add(flight)
        self._send(flight, server, now)
        if self._tick_handle is None:
            self._tick_handle = self.loop.call_later(TICK_SECONDS, self._tick)

    def _send(self, flight: Flight, server: Server, now: float, is_bare: bool = False) -> None:
        attempt = Attempt(flight, server, now, is_bare or server.bare_until > now)
        flight.attempts.append(attempt)
        flight.due = now + server.patience * (1 << flight.round)
        server.asked += 1
        server.road.send(attempt)

    def answered(self, attempt: Attempt, message: bytes) -> None:
        """A road has brought the reply to an attempt."""
        if message[2] & TC >> 8:
            self.failed(attempt, "the answer was cut short, though nothing forced it")
            return
        flight, server = attempt.flight, attempt.server
        now = self._now()
        attempt.is_live = False
        server.heard_at = now
        if message[3] & 0xF in COMPLAINTS:
            self._complained(attempt, message, now)
            return
        server.answered += 1
        if attempt.is_timed:
            server.measure(now - attempt.sent_at)
        if server.failures:
            self._recovered(server)
        if attempt.is_bare:
            server.bare_until = now + BARE_SECONDS
        self._proven = flight.key
        if len(flight.attempts) > 1:
            self._blame_complainers(flight)
        self._finish(flight, self._as_asked(attempt, message))

    def failed(self, attempt: Attempt, problem: str) -> None:
        """A road has nothing to hope for any more."""
        if not attempt.is_live:
            return
        attempt.is_live = False
        if not attempt.is_late:
            self._blame(attempt.server, problem)
        self._go_on(attempt.flight, self._now())

    def _complained(self, attempt: Attempt, message: bytes, now: float) -> None:
        """SERVFAIL, REFUSED or the like: another server may know better."""
        flight, server = attempt.flight, attempt.server
        if message[3] & 0xF in DISLIKES_EDNS:
            if not attempt.is_bare:
                self._send(flight, server, now, is_bare=True)
                return
            server.bare_until = now  # it is not EDNS that it dislikes
        attempt.has_complained = True
        flight.complaint = self._as_asked(attempt, message)
        self._go_on(flight, now)

    def _go_on(self, flight: Flight, now: float) -> None:
        """An attempt came to nothing: ask the next server, or see that nobody is left."""
        server = self._next(flight)
        if server:
            self._send(flight, server, now)
        elif any(attempt.is_live for attempt in flight.attempts):
            return
        elif flight.complaint or self.is_dead or flight.only:
            self._finish(flight, flight.complaint)

    def _next(self, flight: Flight) -> Server | None:
        """The first server that was not asked in this round, nor still has the question safe."""
        if flight.only:
            return None
        asked = {
            attempt.server
            for attempt in flight.attempts
            if attempt.round == flight.round
            or (attempt.is_live and not attempt.server.road.wants_again())
        }
        for server in self._order:
            if server not in asked and (server.is_healthy or not flight.complaint):
                return server
        return None

    def _finish(self, flight: Flight, message: bytes | None) -> None:
        done, flight.done = flight.done, None
        if done is None:
            return
        self._flights.discard(flight)
        for attempt in flight.attempts:
            if attempt.is_live:
                attempt.is_live = False
                if attempt.place:
                    attempt.place.forget(attempt)
        done(message)

    def _as_asked(self, attempt: Attempt, message: bytes) -> bytes:
        """The message with the question in small letters, as it was handed to us."""
        key = attempt.flight.key
        if attempt.question == key:
            return message
        return message[:HEADER_SIZE] + key + message[HEADER_SIZE + len(key) :]

    # Time goes by.

    def _tick(self) -> None:
        """Look after flights that take long; stops when there are none."""
        if not self._flights:
            self._tick_handle = None
            return
        self._tick_handle = self.loop.call_later(TICK_SECONDS, self._tick)
        self._order.sort(key=attrgetter("order"))
        now = self._now()
        for flight in [flight for flight in self._flights if flight.due <= now]:
            if flight.done:
                self._overdue(flight, now)

    def _overdue(self, flight: Flight, now: float) -> None:
        for attempt in flight.attempts:
            server = attempt.server
            # A server that has answered others meanwhile is well: the name is slow, not it.
            if attempt.is_live and not attempt.is_late and server.heard_at < attempt.sent_at:
                attempt.is_late = True
                self._blame(server, NO_ANSWER)
        server_left = self._next(flight)
        if now >= flight.end or flight.only:
            self._finish(flight, flight.complaint)
        elif server_left:
            self._send(flight, server_left, now)
        elif flight.complaint:
            self._finish(flight, flight.complaint)
        else:
            self._ask_again(flight, now)

    def _ask_again(self, flight: Flight, now: float) -> None:
        """All were asked: the next round, in which each is given twice the time."""
        flight.round += 1
        server = self._next(flight)
        if server:
            self._send(flight, server, now)
        else:
            flight.due = now + self._order[0].patience * (1 << flight.round)
        flight.due = min(flight.due, flight.end)

    # Health.

    def _blame(self, server: Server, problem: str) -> None:
        if server.fail(problem):
            self._take_stock()
            self._probe_later(server)

    def _blame_complainers(self, flight: Flight) -> None:
        """Another server had a good answer to what these complained about."""
        for attempt in flight.attempts:
            if attempt.has_complained:
                self._blame(attempt.server, "it refuses what others answer")

    def _recovered(self, server: Server) -> None:
        if server.recover():
            if server.probe:
                server.probe.cancel()
            self._take_stock()

    def _take_stock(self) -> None:
        self._order.sort(key=attrgetter("order"))
        self.is_dead = not any(server.is_healthy for server in self._servers)

    def _probe_later(self, server: Server) -> None:
        if not (self._is_closed or server.is_healthy):
            server.probe = self.loop.call_later(server.next_probe_seconds(), self._probe, server)

    def _probe(self, server: Server) -> None:
        """A real question to a server that counts as ill; the answer to it makes it well."""
        now = self._now()

        def probed(message: bytes | None) -> None:
            self._probe_later(server)

        flight = Flight(self._proven, False, False, probed, now + self.patience_seconds)
        flight.only = server
        self._depart(flight, server, now)
        flight.due = now + 1.0
