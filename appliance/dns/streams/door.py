"""The door of one listening socket: who comes in, how many at once, and who has to leave.

Every open connection is a Guest in one of four moods, and each mood has a patience that dripping
bytes do not renew. At a bound the guest that has been at rest the longest makes room: a house full
of silent connections never keeps out somebody with a question.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import Protocol

from appliance.dns.streams.limits import Limits

ACCEPTS_A_TURN = 16  # then datagrams have their turn: one accept costs as much as ten answers
BITE = 4096  # bytes read in a turn: a hundred questions, 2 ms of work
BREATHER_SECONDS = 0.5  # without descriptors accept fails at once, again and again
LEAST_TICK_SECONDS, MOST_TICK_SECONDS = 0.02, 1.0
MAPPED = b"\0" * 10 + b"\xff\xff"  # IPv4 on a socket of IPv6, RFC 4291 §2.5.5.2


class Mood(Enum):
    GREETING = auto()  # agreeing on TLS
    ARRIVING = auto()  # has begun a question
    RESTING = auto()  # wants nothing
    WORKING = auto()  # waits for an answer


class Talk(Protocol):
    """What is said on a connection: the bytes heard become questions, the answers bytes."""

    def hear(self, data: bytes) -> None: ...

    def end(self) -> None:
        """The client will say no more; it may still listen."""

    def go_on(self) -> None:
        """What was said before has left: there is room for more."""


class Guest(asyncio.BufferedProtocol):
    """One connection, without TLS."""

    def __init__(self, door: Door, address: bytes) -> None:
        self.door = door
        self.address = address
        self.mood = Mood.RESTING
        self.since = door.loop.time()
        self.talk: Talk | None = None
        self.transport: asyncio.Transport | None = None
        self.is_clogged = False  # the client reads slower than we write
        self.has_left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(self.door.limits.unsent_bytes // 2)
        if self.has_left:
            transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        # One buffer for all of a door: it is read before the loop turns to anybody else.
        return self.door.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if not self.has_left:
            self.heard(bytes(self.door.buffer[:nbytes]))

    def heard(self, data: bytes) -> None:
        if self.talk is not None:
            self.talk.hear(data)

    def eof_received(self) -> bool:
        if self.talk is None:
            return False
        self.talk.end()
        return True  # half open: questions that were asked still have their answers

    def pause_writing(self) -> None:
        self.is_clogged = True

    def resume_writing(self) -> None:
        self.is_clogged = False
        if self.talk is not None:
            self.talk.go_on()

    def connection_lost(self, fault: Exception | None) -> None:
        self.has_left = True
        self.door.forget(self)

    def send(self, data: bytes) -> None:
        """Silently nowhere once the client is gone."""
        if self.transport is None or self.has_left or self.transport.is_closing():
            return
        self.transport.write(data)
        if self.transport.get_write_buffer_size() > self.door.limits.unsent_bytes:
            self.leave()

    def pause(self) -> None:
        """Read no more for now: the client's own TCP holds it back."""
        if self.transport is not None:
            self.transport.pause_reading()

    def resume(self) -> None:
        if self.transport is not None:
            self.transport.resume_reading()

    def feels(self, mood: Mood, since: float | None = None) -> None:
        """A new mood, or the same one afresh."""
        if not self.has_left:
            self.door.note(self, mood, since)

    def finish(self) -> None:
        """Close behind what is still to be sent; patience goes on counting."""
        if self.transport is not None:
            self.transport.close()

    def leave(self) -> None:
        """Go now. What a slow reader has not fetched is lost: waiting for it could take for ever"""
        self.has_left = True
        self.door.forget(self)
        if self.transport is None:
            return
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()


Welcome = Callable[["Door", bytes], Guest | None]  # the guest of an address; None: stay outside


class Door:
    """Accepts connections of one listening socket, within its limits."""

    def __init__(
        self,
        sock: socket.socket,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        welcome: Welcome,
    ) -> None:
        self.sock = sock
        self.loop = loop
        self.limits = limits
        self.buffer = memoryview(bytearray(BITE))
        self._welcome = welcome
        self._moods: dict[Mood, dict[Guest, None]] = {mood: {} for mood in Mood}  # oldest first
        self._of_client: dict[bytes, set[Guest]] = {}
        self._patience = {
            Mood.GREETING: limits.greeting_seconds,
            Mood.ARRIVING: limits.arrival_seconds,
            Mood.RESTING: limits.rest_seconds,
            Mood.WORKING: limits.answer_seconds,
        }
        self._tick_seconds = min(
            max(min(self._patience.values()) / 4, LEAST_TICK_SECONDS), MOST_TICK_SECONDS
        )
        self._tick: asyncio.TimerHandle | None = None
        self._breather: asyncio.TimerHandle | None = None
        self._entering: set[asyncio.Task[None]] = set()
        sock.setblocking(False)
        loop.add_reader(sock, self._accept)

    def __len__(self) -> int:
        return sum(map(len, self._moods.values()))

    def close(self) -> None:
        """Accept nobody any more, and send everybody away."""
        self.loop.remove_reader(self.sock)
        for timer in (self._tick, self._breather):
            if timer is not None:
                timer.cancel()
        for task in self._entering:
            task.cancel()
        for guest in [guest for guests in self._moods.values() for guest in guests]:
            guest.leave()
        self.sock.close()

    def note(self, guest: Guest, mood: Mood, since: float | None = None) -> None:
        self._moods[guest.mood].pop(guest, None)
        guest.mood = mood
        guest.since = self.loop.time() if since is None else since
        self._moods[mood][guest] = None

    def forget(self, guest: Guest) -> None:
        self._moods[guest.mood].pop(guest, None)
        family = self._of_client.get(guest.address)
        if family is not None:
            family.discard(guest)
            if not family:
                del self._of_client[guest.address]

    def _accept(self) -> None:
        for _ in range(ACCEPTS_A_TURN):
            try:
                connection, peer = self.sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError:  # no descriptors, no memory: others will be gone in a moment
                self._make_room(self._fronts())
                self.loop.remove_reader(self.sock)
                self._breather = self.loop.call_later(BREATHER_SECONDS, self._breathe)
                return
            self._admit(connection, packed(peer[0]))

    def _breathe(self) -> None:
        self.loop.add_reader(self.sock, self._accept)

    def _admit(self, connection: socket.socket, address: bytes) -> None:
        connection.setblocking(False)
        family = self._of_client.get(address, ())
        is_crowded = len(family) >= self.limits.connections_per_client
        has_room = (not is_crowded or self._make_room(family)) and (
            len(self) < self.limits.connections or self._make_room(self._fronts())
        )
        guest = self._welcome(self, address) if has_room else None
        if guest is None:
            connection.close()
            return
        self._moods[guest.mood][guest] = None
        self._of_client.setdefault(address, set()).add(guest)
        entering = self.loop.create_task(self._enter(connection, guest))
        self._entering.add(entering)
        entering.add_done_callback(self._entering.discard)
        if self._tick is None:
            self._tick = self.loop.call_later(self._tick_seconds, self._look_round)

    async def _enter(self, connection: socket.socket, guest: Guest) -> None:
        try:
            await self.loop.connect_accepted_socket(lambda: guest, connection)
        except (OSError, asyncio.CancelledError):  # gone before it was in, or we are
            connection.close()
            guest.leave()

    def _fronts(self) -> list[Guest]:
        """The oldest of each mood."""
        return [next(iter(guests)) for guests in self._moods.values() if guests]

    def _make_room(self, candidates: Iterable[Guest]) -> bool:
        """Send away whoever has rested the longest; who waits for an answer comes last."""
        oldest = min(
            candidates, key=lambda one: (one.mood is Mood.WORKING, one.since), default=None
        )
        if oldest is None:
            return False
        waited = self.loop.time() - oldest.since
        if oldest.mood is Mood.WORKING and waited < self.limits.spared_seconds:
            return False
        oldest.leave()
        return True

    def _look_round(self) -> None:
        """Once a tick: one timer for all, since each of thousands would want renewing."""
        now = self.loop.time()
        for mood, guests in self._moods.items():
            latest = now - self._patience[mood]
            for guest in [guest for guest in guests if guest.since <= latest]:
                guest.leave()
        self._tick = None
        if len(self):
            self._tick = self.loop.call_later(self._tick_seconds, self._look_round)


def packed(host: str) -> bytes:
    """A peer's address as 4 or 16 bytes; IPv4 stays IPv4 whichever socket it came by."""
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    address = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return address.removeprefix(MAPPED)
