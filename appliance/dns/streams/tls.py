"""Guests who come by TLS.

TLS is OpenSSL's, without its socket: what asyncio would put between transport and protocol hides a
connection until it has agreed on TLS, keeps 256 kB for each, and can't be held to limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Callable
from typing import Final

from appliance.dns.streams.certificate import Certificate, Tunnel
from appliance.dns.streams.door import BITE, Door, Guest, Mood, Talk
from appliance.dns.streams.limits import Limits

RECORD: Final = 16 << 10  # the most that one record of TLS holds, RFC 8446 §5.1


class Turnstile:
    """One handshake in each turn of the loop: a signature costs a Pi up to 4 ms, and whoever asks
    by datagram should wait for one of them, not for a thousand."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: deque[Callable[[], None]] = deque()

    def join(self, greet: Callable[[], None]) -> None:
        self._queue.append(greet)
        if len(self._queue) == 1:
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        self._queue[0]()
        self._queue.popleft()
        if self._queue:
            self._loop.call_soon(self._next)


Begin = Callable[["SecureGuest"], Talk | None]  # what is said once TLS is agreed; None: go away


class SecureGuest(Guest):
    """One connection with TLS."""

    def __init__(
        self,
        door: Door,
        address: bytes,
        certificate: Certificate,
        turnstile: Turnstile,
        begin: Begin,
    ) -> None:
        super().__init__(door, address)
        self.mood = Mood.GREETING
        self.bite = BITE
        self.certificate = certificate
        self._turnstile = turnstile
        self._begin = begin
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tunnel = certificate.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        assert isinstance(tunnel, Tunnel)
        self._tunnel = tunnel
        self._is_held = False  # by the talk
        self._has_said_goodbye = False
        self._is_busy = False  # by ourselves: there is more to decrypt, or a turnstile before it

    @property
    def client_id(self) -> str:
        """The id that the device gave with the name it asked for."""
        return self.certificate.client_id(self._tunnel.server_name)

    @property
    def protocol(self) -> str:
        return self._tunnel.selected_alpn_protocol() or ""

    def heard(self, data: bytes) -> None:
        self._incoming.write(data)
        if self.talk is None:
            self._wait(True)
            self._turnstile.join(self._greet)
        else:
            self._open()

    def _greet(self) -> None:
        if self.has_left:
            return
        self._wait(False)
        try:
            self._tunnel.do_handshake()
        except ssl.SSLWantReadError:
            self._write_out()
            return
        except ssl.SSLError:
            self._write_out()  # the alert that says why
            self.leave()
            return
        self._write_out()
        self.talk = self._begin(self)
        if self.talk is None:
            self.say_goodbye()
            self.leave()
            return
        self.feels(Mood.RESTING)
        self._open()

    def _open(self) -> None:
        """Decrypt one bite; if there is more, in the next turn."""
        if self.has_left or self.talk is None:
            return
        if self._is_held:
            self._is_busy = False  # `resume` comes back here
            return
        try:
            data = self._tunnel.read(self.bite)
        except ssl.SSLWantReadError:
            data = None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = b""
        except ssl.SSLError:
            self._write_out()
            self.leave()
            return
        self._write_out()  # TLS answers some things by itself: new keys
        if data:
            self.talk.hear(data)
        elif data is not None:
            self.talk.end()
        has_more = bool(data) and bool(self._tunnel.pending() or self._incoming.pending)
        self._wait(has_more)
        if has_more:
            self.door.loop.call_soon(self._open)

    def send(self, data: bytes) -> None:
        if self.has_left or self._has_said_goodbye:
            return
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._tunnel.write(rest[:RECORD]) :]
        except ssl.SSLError:  # such as a client that has closed its side for good
            self.leave()
            return
        self._write_out()

    def _write_out(self) -> None:
        data = self._outgoing.read()
        if data and not self._has_said_goodbye:
            super().send(data)

    def pause(self) -> None:
        self._is_held = True
        super().pause()

    def resume(self) -> None:
        self._is_held = False
        if not self._is_busy:
            self._wait(True)
            self.door.loop.call_soon(self._open)

    def _wait(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        if self._is_busy or self._is_held:
            super().pause()
        else:
            super().resume()

    def finish(self) -> None:
        self.say_goodbye()
        super().finish()

    def leave(self) -> None:
        if self.talk is not None:
            self.say_goodbye()
        super().leave()

    def say_goodbye(self) -> None:
        """The end of what we send. close_notify: without it a client can't tell our end from a
        cut."""
        if self.has_left or self._has_said_goodbye:
            return
        with contextlib.suppress(ssl.SSLError):  # "want read": the client's own, not waited for
            self._tunnel.unwrap()
        self._write_out()
        self._has_said_goodbye = True
        if self.transport is not None and not self.transport.is_closing():
            with contextlib.suppress(OSError):  # gone, and we have not heard of it yet
                self.transport.write_eof()


class SecureDoor(Door):
    """A door whose guests come by TLS."""

    def __init__(
        self,
        sock: socket.socket,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        certificate: Certificate,
        begin: Begin,
    ) -> None:
        self.certificate = certificate
        turnstile = Turnstile(loop)
        super().__init__(
            sock,
            loop,
            limits,
            lambda door, address: SecureGuest(door, address, certificate, turnstile, begin),
        )

    def reload(self) -> None:
        """Show new connections what the files hold now; CertificateError: what they held before."""
        self.certificate.reload()
