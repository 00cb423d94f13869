"""DNS over TCP, RFC 7766: messages behind their length, answered in whatever order.

    serve_tcp(sock, desk, loop, limits) -> Door

The same talk runs over TLS, see dot.py. Start with `Frames.hear`.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from appliance.dns.streams.desk import Desk, Seat, Visitor, is_query
from appliance.dns.streams.door import Door, Guest, Mood
from appliance.dns.streams.limits import Limits

LENGTH_SIZE = 2
TOGETHER = 32  # answers; more at a time would look like a client that does not read


def serve_tcp(
    sock: socket.socket, desk: Desk[Seat], loop: asyncio.AbstractEventLoop, limits: Limits
) -> Door:
    """Answer on a listening socket until the door is closed."""

    def welcome(door: Door, address: bytes) -> Guest | None:
        visitor = Visitor(desk, address)
        if visitor.seat() is None:
            return None
        guest = Guest(door, address)
        guest.talk = Frames(guest, visitor, limits)
        return guest

    return Door(sock, loop, limits, welcome)


class Frames:
    """The messages of one connection."""

    def __init__(self, guest: Guest, visitor: Visitor[Any], limits: Limits) -> None:
        self.guest = guest
        self.visitor = visitor
        self.limits = limits
        self._heard = bytearray()
        self._said: list[bytes] = []
        self._asked = 0  # questions at the desk
        self._is_reading = False
        self._is_held = False
        self._has_ended = False

    def hear(self, data: bytes) -> None:
        self._heard += data
        self._read()

    def end(self) -> None:
        self._has_ended = True
        self._settle(is_new=False)

    def go_on(self) -> None:
        """Read what was held back."""
        if self._is_held and not self._has_to_wait() and not self.guest.has_left:
            self._is_held = False
            self.guest.resume()
            self._read()

    def _has_to_wait(self) -> bool:
        return self._asked >= self.limits.questions or self.guest.is_clogged

    def _read(self) -> None:
        """Put every whole message on the desk, as many as may lie there."""
        self._is_reading = True
        heard, at = self._heard, 0
        while len(heard) - at >= LENGTH_SIZE and not self._has_to_wait():
            size = heard[at] << 8 | heard[at + 1]
            if not 0 < size <= self.limits.largest_question:
                self._part()
                return
            end = at + LENGTH_SIZE + size
            if end > len(heard):
                break
            message = bytes(heard[at + LENGTH_SIZE : end])
            at = end
            self._asked += 1
            if not is_query(message) or not self.visitor.ask(message, self._reply):
                self._part()
                return
        del heard[:at]
        self._is_reading = False
        self._flush()
        self._settle(is_new=at > 0)

    def _reply(self, message: bytes) -> None:
        self._asked -= 1
        self._said.append(len(message).to_bytes(LENGTH_SIZE, "big") + message)
        if self._is_reading:
            # What is answered at once leaves together: one system call, one record of TLS.
            if len(self._said) == TOGETHER:
                self._flush()
            return
        self._flush()
        self._settle(is_new=self.guest.mood is not Mood.ARRIVING)
        if self._is_held:
            # Not from here: a desk that answers at once would be called ever deeper.
            self.guest.door.loop.call_soon(self.go_on)

    def _flush(self) -> None:
        if self._said:
            self.guest.send(b"".join(self._said))
            self._said.clear()

    def _part(self) -> None:
        """Not DNS, or not welcome: answers that are ready still go, then it is over."""
        self._flush()
        self.guest.leave()

    def _settle(self, *, is_new: bool) -> None:
        """Say how things stand. `is_new`: a whole message came or went, and patience with it."""
        guest = self.guest
        if self._has_to_wait() and not self._is_held:
            self._is_held = True
            guest.pause()
        if self._has_ended and not self._asked:
            guest.finish()
        if self._heard and not self._is_held and not self._has_ended:
            mood = Mood.ARRIVING
        else:
            mood = Mood.WORKING if self._asked or self._is_held else Mood.RESTING
        if is_new or mood is not guest.mood:
            guest.feels(mood)
