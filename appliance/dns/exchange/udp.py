"""Plain DNS: datagrams, and TCP for answers that no datagram holds (RFC 1035, 7766).

A forger who sees nothing has to hit the right port and the right id before the real reply comes
(RFC 5452). So questions leave from several sockets at random, each with a port that the kernel
chose at random and none for long, and one that hears too many wrong replies is given up: what
waits on it goes by TCP, where a forger has to guess 32 bits more.
"""

from __future__ import annotations

import socket
from typing import Final

from appliance.config import Upstream
from appliance.dns.exchange.flight import Attempt, Road, Surroundings
from appliance.dns.exchange.problem import sentence
from appliance.dns.exchange.query import BARE_HEADS, HEADS, OPTS, filled, is_curt, is_reply
from appliance.dns.exchange.stream import Stream
from appliance.dns.wire import TC

PORTS: Final = 16  # at a time for each server
MOST_USES: Final = 256  # of one port; opening the next costs 30 µs
LONGEST_USE_SECONDS: Final = 20.0
MOST_WRONG: Final = 8  # replies on one port that nobody waits for
LARGEST_DATAGRAM: Final = 4096  # we ask for 1232; what is longer was cut on its way in
TRUNCATED: Final = TC >> 8


class Port:
    """One socket, connected: the kernel drops what doesn't come from the server."""

    def __init__(self, road: Datagrams, end: float) -> None:
        self.road = road
        self.end = end
        self.uses = 0
        self.wrong = 0
        self.forgotten = 0
        self.is_retired = False
        self.waiting: dict[bytes, Attempt] = {}
        address = road.upstream.endpoint.address
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self.socket.connect((str(address), road.upstream.endpoint.port))
        except OSError:
            self.socket.close()
            raise
        self.send = self.socket.send
        self.receive = self.socket.recv

    def read(self) -> None:
        """One datagram has come. The next, if there is one, wakes us again: looking for it costs
        a system call more than it saves."""
        try:
            message = self.receive(LARGEST_DATAGRAM)
        except BlockingIOError:
            return  # its checksum was wrong
        except OSError as fault:
            self.fail(fault)
            return
        id_ = message[:2]
        attempt = self.waiting.get(id_)
        if attempt is None or not is_reply(message, attempt.question):
            self._odd(message, attempt)
            return
        del self.waiting[id_]
        if self.is_retired and not self.waiting:
            self.road.drop(self)
        if message[2] & TRUNCATED or len(message) == LARGEST_DATAGRAM:
            self.road.stream.send(attempt)
        else:
            self.road.listener.answered(attempt, message)

    def _odd(self, message: bytes, attempt: Attempt | None) -> None:
        """No reply to what we asked; or one that is, in its way."""
        if attempt is not None and is_curt(message):
            self.forget(attempt)
            self.road.listener.answered(attempt, filled(message, attempt.question))
            return
        if attempt is not None and is_reply(message.lower(), attempt.question.lower()):
            # A server that won't keep letters as they were, or a forger: TCP tells them apart.
            self.forget(attempt)
            self.road.stream.send(attempt)
            return
        self.road.odd += 1
        self.wrong += 1
        if self.wrong > MOST_WRONG + self.forgotten:  # replies that came too late are no attack
            self._flee()

    def _flee(self) -> None:
        """Somebody is guessing at this port."""
        fleeing = list(self.waiting.values())
        self.waiting.clear()
        self.road.retire(self)
        for attempt in fleeing:
            self.road.stream.send(attempt)

    def fail(self, fault: OSError) -> None:
        """The server's machine says that nobody listens there, or there is no way to it."""
        failed = list(self.waiting.values())
        self.waiting.clear()
        self.road.retire(self)
        problem = sentence(fault, self.road.upstream)
        for attempt in failed:
            self.road.listener.failed(attempt, problem)

    def forget(self, attempt: Attempt) -> None:
        if self.waiting.pop(attempt.id, None) is not None:
            self.forgotten += 1
        if self.is_retired and not self.waiting:
            self.road.drop(self)


class Datagrams:
    """The road of plain DNS to one server."""

    def __init__(self, upstream: Upstream, around: Surroundings) -> None:
        self.upstream = upstream
        self.loop = around.loop
        self.listener = around.listener
        self.dice = around.dice
        self.mix_case = around.mix_case
        self.stream = Stream(upstream, around)
        self.odd = 0
        self._ports: list[Port | None] = [None] * PORTS
        self._open: set[Port] = set()

    @property
    def wrong(self) -> int:
        return self.odd + self.stream.wrong

    def wants_again(self) -> bool:
        return True

    def send(self, attempt: Attempt) -> None:
        roll = self.dice.roll()
        port = self._ports[roll[2] % PORTS]
        if port is None or port.uses >= MOST_USES or port.end < attempt.sent_at:
            try:
                port = self._replace(roll[2] % PORTS, attempt.sent_at)
            except OSError as fault:  # no way there, or no file left to open
                problem = sentence(fault, self.upstream)
                self.loop.call_soon(self.listener.failed, attempt, problem)
                return
        id_ = roll[:2]
        while id_ in port.waiting:
            id_ = self.dice.roll()[:2]
        if self.mix_case:
            attempt.question = self.dice.mix_case(attempt.flight.key)
        flight = attempt.flight
        if attempt.is_bare:
            query = id_ + BARE_HEADS[flight.checking_disabled] + attempt.question
        else:
            query = (
                id_ + HEADS[flight.checking_disabled] + attempt.question + OPTS[flight.dnssec_ok]
            )
        port.uses += 1
        port.waiting[id_] = attempt
        attempt.id = id_
        attempt.place = port
        try:
            port.send(query)
        except BlockingIOError:
            return  # the same as lost on the way: it is asked again in time
        except OSError as fault:  # of this question, or of one before it
            self.loop.call_soon(port.fail, fault)

    def _replace(self, slot: int, now: float) -> Port:
        old = self._ports[slot]
        port = Port(self, now + LONGEST_USE_SECONDS)
        if old is not None:
            self.retire(old)
        self._ports[slot] = port
        self._open.add(port)
        # An epoll of our own inside the loop's was measured: the same price, and more to go wrong.
        self.loop.add_reader(port.socket, port.read)
        return port

    def retire(self, port: Port) -> None:
        """Nothing more is asked from this port; it closes when nothing is awaited there."""
        if port in self._ports:
            self._ports[self._ports.index(port)] = None
        port.is_retired = True
        if not port.waiting:
            self.drop(port)

    def drop(self, port: Port) -> None:
        if port in self._open:
            self._open.remove(port)
            self.loop.remove_reader(port.socket)
            port.socket.close()

    async def close(self) -> None:
        for port in list(self._open):
            self.drop(port)
        await self.stream.close()


def road(upstream: Upstream, around: Surroundings) -> Road:
    return Datagrams(upstream, around)
