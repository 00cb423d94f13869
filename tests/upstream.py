"""A real little DNS server on the loopback: UDP, TCP, TLS and HTTPS, each as well or as badly
behaved as a test wants it.

    with Upstream({"slow.example": late(0.5)}) as up:
        …ask up.plain; then look at up.asked…

What a name does is a Behaviour: see behaviours.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar, cast

from appliance import config
from appliance.endpoint import Endpoint
from tests.behaviours import WELL, Asked, Behaviour, Deed, framed
from tests.certificates import Certificate
from tests.h2server import Http2

LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
NAME = "dns.example"  # what certificates of upstreams are made out to
Result = TypeVar("Result")


class Upstream:
    """The server. Its doors keep their ports when it is killed and revived."""

    def __init__(
        self,
        zone: Mapping[str, Behaviour] | None = None,
        *,
        otherwise: Behaviour = WELL,
        certificate: Certificate | None = None,
        name: str = NAME,
    ) -> None:
        self.zone = dict(zone or {})
        self.otherwise = otherwise
        self.name = name
        self.asked: list[Asked] = []
        self.connections: Counter[str] = Counter()
        self.ports: dict[str, int] = {}
        self._certificate = certificate
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstream")
        self._doors: list[asyncio.BaseTransport | asyncio.Server] = []
        self._open: set[asyncio.Transport] = set()

    # What it is to those who ask.

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(LOOPBACK, self.ports["udp"])

    @property
    def plain(self) -> config.Upstream:
        return config.Upstream(config.Transport.PLAIN, self.endpoint)

    @property
    def tls(self) -> config.Upstream:
        where = Endpoint(LOOPBACK, self.ports["tls"])
        return config.Upstream(config.Transport.TLS, where, self.name)

    @property
    def https(self) -> config.Upstream:
        where = Endpoint(LOOPBACK, self.ports["https"])
        return config.Upstream(config.Transport.HTTPS, where, self.name, "/dns-query")

    def asked_for(self, name: str, transport: str | None = None) -> list[Asked]:
        return [
            one
            for one in list(self.asked)
            if one.name == name and transport in (None, one.transport)
        ]

    def wait_until_asked(self, count: int, seconds: float = 10.0) -> None:
        """Return when so many questions have come in all."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.asked) >= count, seconds), self.asked

    # Its life.

    def __enter__(self) -> Self:
        self._thread.start()
        self.revive()
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def kill(self) -> None:
        """Nothing listens any more, and every connection is broken off."""
        self._do(self._close())

    def revive(self) -> None:
        self._do(self._listen())

    def hang_up(self) -> None:
        """Every connection is closed, as a server does with idle ones."""
        self._do(self._hang_up())

    def freeze(self) -> None:
        """Every connection stays as it is and goes deaf, as when a router forgets it."""
        self._do(self._freeze())

    def _do(self, deed: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(10)

    async def _listen(self) -> None:
        udp, tcp = _pair(self.ports.get("udp", 0))
        self.ports["udp"] = self.ports["tcp"] = udp.getsockname()[1]
        datagrams, _ = await self._loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        self._doors.append(datagrams)
        self._doors.append(await self._loop.create_server(lambda: _Stream(self, "tcp"), sock=tcp))
        if self._certificate:
            await self._listen_secretly("tls", self._certificate, "dot")
            await self._listen_secretly("https", self._certificate, "h2")

    async def _listen_secretly(self, transport: str, certificate: Certificate, alpn: str) -> None:
        protocol = {"tls": lambda: _Stream(self, "tls"), "https": lambda: _Requests(self)}
        server = await self._loop.create_server(
            protocol[transport],
            str(LOOPBACK),
            self.ports.get(transport, 0),
            ssl=certificate.context(alpn),
        )
        self.ports[transport] = server.sockets[0].getsockname()[1]
        self._doors.append(server)

    async def _close(self) -> None:
        doors, self._doors = self._doors, []
        for door in doors:
            door.close()
        await self._hang_up(rudely=True)
        for door in doors:
            if isinstance(door, asyncio.Server):
                await door.wait_closed()

    async def _hang_up(self, rudely: bool = False) -> None:
        for transport in list(self._open):
            if rudely:
                transport.abort()
            else:
                transport.close()
        while rudely and self._open:  # politely, TLS waits for the other side's goodbye
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)  # sockets of datagrams close one turn later

    async def _freeze(self) -> None:
        for transport in self._open:
            transport.pause_reading()

    # What it does.

    def opened(self, transport: asyncio.Transport, kind: str) -> None:
        self._open.add(transport)
        self.connections[kind] += 1

    def closed(self, transport: asyncio.Transport) -> None:
        self._open.discard(transport)

    def take(self, asked: Asked, act: Callable[[Deed], None]) -> None:
        with self._news:
            self.asked.append(asked)
            self._news.notify_all()
        # reading the name costs more than all the rest: some tests ask thousands of questions
        behave = self.zone.get(asked.name, self.otherwise) if self.zone else self.otherwise
        for deed in behave(asked):
            self.later(deed.after, act, deed)

    def later(self, seconds: float, act: Callable[[Result], None], what: Result) -> None:
        if seconds:
            self._loop.call_later(seconds, act, what)
        else:
            act(what)


def _pair(port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket of the same port."""
    for _ in range(100):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind((str(LOOPBACK), port))
            tcp.bind((str(LOOPBACK), udp.getsockname()[1]))
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp
    raise AssertionError(f"no port is free for both UDP and TCP: {port}")


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)  # what Python 3.11 hides

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        def act(deed: Deed) -> None:
            if not self.transport.is_closing():
                self.transport.sendto(deed.message, addr)

        self.upstream.take(Asked(data, "udp", addr[1]), act)


class _Stream(asyncio.Protocol):
    def __init__(self, upstream: Upstream, kind: str) -> None:
        self.upstream = upstream
        self.kind = kind
        self.buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.port = transport.get_extra_info("peername")[1]
        self.upstream.opened(transport, self.kind)

    def connection_lost(self, exc: Exception | None) -> None:
        self.upstream.closed(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while len(self.buffer) >= 2:
            end = 2 + int.from_bytes(self.buffer[:2], "big")
            if len(self.buffer) < end:
                return
            message, self.buffer = self.buffer[2:end], self.buffer[end:]
            self.upstream.take(Asked(message, self.kind, self.port), self.act)

    def act(self, deed: Deed) -> None:
        if self.transport.is_closing():
            return
        data = framed(deed.message) if deed.is_framed else deed.message
        for turn, piece in enumerate(_cut(data, deed.pieces)):
            # apart in time, or the kernel would put them together again
            self.upstream.later(turn * 0.002, self._write, piece)
        if deed.closes:
            self.transport.close()

    def _write(self, piece: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(piece)


class _Requests(Http2):
    def __init__(self, upstream: Upstream) -> None:
        super().__init__()
        self.upstream = upstream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.upstream.opened(self.transport, "https")

    def connection_lost(self, exc: Exception | None) -> None:
        self.upstream.closed(self.transport)

    def requested(self, stream: int, headers: dict[str, str], body: bytes) -> None:
        def act(deed: Deed) -> None:
            if deed.closes:
                self.transport.close()
            elif not deed.is_framed:
                self.transport.write(deed.message)
            else:
                self.respond(stream, deed.status, deed.media_type, deed.message)

        port = self.transport.get_extra_info("peername")[1]
        self.upstream.take(Asked(body, "https", port, headers=headers), act)


def _cut(data: bytes, places: Sequence[int]) -> Iterator[bytes]:
    edges = [0, *sorted(places), len(data)]
    for start, end in zip(edges, edges[1:], strict=False):
        if data[start:end]:
            yield data[start:end]


@contextlib.contextmanager
def upstreams(count: int, **settings: Any) -> Iterator[list[Upstream]]:
    """Several of them at once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Upstream(**settings)) for _ in range(count)]
