"""DNS over TCP and over TLS (RFC 7766, 7858): one connection for many questions."""

from __future__ import annotations

import asyncio
from typing import Final

from appliance.config import Transport, Upstream
from appliance.dns.exchange.flight import Attempt, Road, Surroundings
from appliance.dns.exchange.problem import LOST, NO_ANSWER, sentence
from appliance.dns.exchange.query import filled, is_curt, is_reply, padded_query, query
from appliance.dns.wire import HEADER_SIZE

CONNECT_SECONDS: Final = 2.0  # TCP and TLS, with one lost packet
IDLE_SECONDS: Final = 15.0  # below what the well-known resolvers allow: then we close, not they
STALLED_SECONDS: Final = 1.0  # of silence, after a question
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 3.0  # short, since a school waits: a TCP SYN costs nobody anything
MOST_WRONG: Final = 64  # messages on one connection that answer nothing


class Connection(asyncio.Protocol):
    """One connection, from before it stands until it is gone."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.loop = stream.loop
        self.waiting: dict[bytes, Attempt] = {}
        self.unsent: list[Attempt] = []  # until it stands
        self.transport: asyncio.Transport | None = None
        self.gone: asyncio.Future[None] = self.loop.create_future()
        self.buffer = bytearray()
        self.answered = 0
        self.wrong = 0
        self.forgotten = 0
        self.heard_at = self.loop.time()
        self.unanswered_since: float | None = None
        self.is_retired = False
        self._idle: asyncio.TimerHandle | None = None

    def take(self, attempt: Attempt) -> None:
        if self.unanswered_since is None:
            self.unanswered_since = self.loop.time()
        id_ = self.stream.dice.roll()[:2]
        while id_ in self.waiting:
            id_ = self.stream.dice.roll()[:2]
        attempt.id = id_
        attempt.question = attempt.flight.key
        attempt.place = self
        self.waiting[id_] = attempt
        if self.transport:
            self._write(attempt)
        else:
            self.unsent.append(attempt)

    def _write(self, attempt: Attempt) -> None:
        assert self.transport
        message = padded_query(attempt) if self.stream.is_secret else query(attempt)
        attempt.sent_at = self.loop.time()
        self.transport.write(len(message).to_bytes(2, "big") + message)

    def forget(self, attempt: Attempt) -> None:
        if self.waiting.pop(attempt.id, None) is not None:
            self.forgotten += 1
        self._leave_if_done()

    def is_stalled(self) -> bool:
        """Nothing has come since a question was asked a while ago, whoever waits for it still: the
        other end may be gone for good, which TCP would take minutes to tell."""
        since = self.unanswered_since
        return since is not None and self.loop.time() - since > STALLED_SECONDS

    def retire(self) -> None:
        """Stalled: no further question goes here; it closes when nothing is awaited."""
        self.is_retired = True
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        if self.is_retired and not self.waiting:
            self.abort()  # a goodbye to somebody who may be gone would take TLS half a minute

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.heard_at = self.loop.time()
        self.stream.stands(self)
        unsent, self.unsent = self.unsent, []
        for attempt in unsent:
            if attempt.is_live:
                self._write(attempt)
        self._idle = self.loop.call_later(IDLE_SECONDS, self._close_if_idle)
        self._leave_if_done()

    def _close_if_idle(self) -> None:
        assert self.transport
        left = self.heard_at + IDLE_SECONDS - self.loop.time()
        if left <= 0 and not self.waiting:
            self.stream.leave(self)
            self.transport.close()
        else:
            self._idle = self.loop.call_later(max(left, 1.0), self._close_if_idle)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        self.unanswered_since = None
        self.buffer += data
        while len(self.buffer) >= 2:
            end = 2 + int.from_bytes(self.buffer[:2], "big")
            if end < 2 + HEADER_SIZE:
                self.abort()  # no DNS message is so short: this is no DNS server
                return
            if len(self.buffer) < end:
                return
            message = bytes(self.buffer[2:end])
            del self.buffer[:end]
            self._read(message)

    def _read(self, message: bytes) -> None:
        attempt = self.waiting.get(message[:2])
        if attempt and is_curt(message):
            message = filled(message, attempt.question)
        if attempt is None or not is_reply(message, attempt.question):
            self.stream.wrong += 1
            self.wrong += 1
            if self.wrong > MOST_WRONG + self.forgotten:
                self.abort()
            return
        del self.waiting[attempt.id]
        self.answered += 1
        self.stream.listener.answered(attempt, message)
        self._leave_if_done()

    def abort(self) -> None:
        if self.transport:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle:
            self._idle.cancel()
        self.end(sentence(exc, self.stream.upstream) if exc else LOST)

    def end(self, problem: str) -> None:
        """It is gone, or never came to be: whoever waits here is asked again, or told."""
        left, self.waiting = list(self.waiting.values()), {}
        self.buffer.clear()
        self.stream.lost(self)
        if not self.gone.done():
            self.gone.set_result(None)
        for attempt in left:
            if self.answered and not attempt.is_repeated:
                # It worked before, so it was closed as idle, or restarted: RFC 7766 §6.2.4.
                attempt.is_repeated = True
                self.stream.send(attempt)
            else:
                self.stream.listener.failed(attempt, problem)


class Stream:
    """The road over TCP or TLS to one server."""

    def __init__(self, upstream: Upstream, around: Surroundings) -> None:
        self.upstream = upstream
        self.loop = around.loop
        self.listener = around.listener
        self.dice = around.dice
        self.is_secret = upstream.transport is Transport.TLS
        self.context = around.trust.context("dot") if self.is_secret else None
        self.wrong = 0
        self._connection: Connection | None = None
        self._all: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem = NO_ANSWER
        self._pause = 0.0
        self._not_before = float("-inf")
        self._is_closed = False

    def wants_again(self) -> bool:
        return self._connection is None or self._connection.is_stalled()

    def send(self, attempt: Attempt) -> None:
        connection = self._connection
        if connection and connection.is_stalled():
            self._connection = None
            connection.retire()  # what it still answers counts
            connection = None
        if connection is None:
            if self._is_closed or self.loop.time() < self._not_before:
                attempt.place = None
                self.loop.call_soon(self.listener.failed, attempt, self._problem)
                return
            connection = self._open()
        connection.take(attempt)

    def _open(self) -> Connection:
        connection = self._connection = Connection(self)
        self._all.add(connection)
        task = self.loop.create_task(self._connect(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return connection

    async def _connect(self, connection: Connection) -> None:
        endpoint = self.upstream.endpoint
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.loop.create_connection(
                    lambda: connection,
                    str(endpoint.address),
                    endpoint.port,
                    ssl=self.context,
                    server_hostname=self.upstream.name if self.is_secret else None,
                )
        except OSError as fault:  # TimeoutError and SSLError are such
            self._problem = sentence(fault, self.upstream)
            self._pause = min(2 * self._pause or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
            self._not_before = self.loop.time() + self._pause
            connection.end(self._problem)

    def stands(self, connection: Connection) -> None:
        self._pause = 0.0

    def leave(self, connection: Connection) -> None:
        """No further question goes over this connection."""
        if self._connection is connection:
            self._connection = None

    def lost(self, connection: Connection) -> None:
        """It is no more."""
        self.leave(connection)
        self._all.discard(connection)

    async def close(self) -> None:
        self._is_closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        standing = [connection for connection in self._all if connection.transport]
        for connection in standing:
            connection.abort()
        await asyncio.gather(*(connection.gone for connection in standing))


def road(upstream: Upstream, around: Surroundings) -> Road:
    return Stream(upstream, around)
