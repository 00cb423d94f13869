"""A whole resolver in this process, on real sockets, with the small school's policy in force.

    with Answering(folder, [up.plain]) as box:
        …box.ask("www.bbc.co.uk"); then look at box.events()…

It runs in a thread of its own and is asked as a device asks: bytes, over UDP or TCP.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from dnslib import EDNS0, QTYPE, DNSHeader, DNSQuestion, DNSRecord

from appliance import config
from appliance.dns.resolver import EVENTS, Resolver
from appliance.endpoint import Endpoint
from appliance.event import Event, read
from appliance.policy.decide import Policy
from appliance.publish import publish
from appliance.sockets import Listener, Service, open_listener
from tests.school import CATALOGUE, school

LOOPBACK = "127.0.0.1"
LISTEN = (Service.UDP, Service.TCP)
Result = TypeVar("Result")


class Answering:
    """The resolver, from `with` until its end. Nothing may go wrong in it unheard: whatever its
    loop complains of fails the test."""

    def __init__(
        self,
        folder: Path,
        upstreams: Iterable[config.Upstream],
        *policy: str,
        dns: config.Dns | None = None,
        zones: Sequence[config.Zone] = (),
        local: config.Local | None = None,
        encrypted: config.Encrypted | None = None,
        host: str = LOOPBACK,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.host = ipaddress.ip_address(host)
        self.clock = clock
        self.config = config.Config(
            dns=dns or config.Dns(),
            upstream=config.Upstreams(tuple(upstreams)),
            zones=tuple(zones),
            local=local or config.Local(),
            encrypted=encrypted or config.Encrypted(),
        )
        self.ports: dict[Service, int] = {}
        self.sockets: dict[Service, socket.socket] = {}
        self.complaints: list[str] = []
        self.publish(*policy)

    def publish(self, *policy: str) -> None:
        """Put the school in force, with some lines of policy more."""
        publish(Policy(school(*policy), CATALOGUE), self.folder, int(self.clock()))

    # Its life

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="resolver")
        self._thread.start()
        self._do(self.begin(self._loop))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self.end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        assert not self.complaints, self.complaints

    async def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """For who has a loop already."""
        loop.set_exception_handler(self._complain)
        self.resolver = Resolver(self.config, self.folder, 1, loop, self.clock)
        services = [Service.TLS] if self.config.encrypted.certificate else []
        for service in (*LISTEN, *services):
            self.resolver.listen(self._open(service))
        await self.resolver.__aenter__()

    async def end(self) -> None:
        await self.resolver.__aexit__(None, None, None)

    def _open(self, service: Service) -> Listener:
        """A port that the kernel chose; TCP and UDP need not have the same one here."""
        listener = open_listener(service, Endpoint(self.host, 0))
        self.sockets[service] = listener.socket
        self.ports[service] = listener.socket.getsockname()[1]
        return listener

    def _complain(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.complaints.append(repr(context.get("exception") or context["message"]))

    def _do(self, deed: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(20)

    # Who asks it

    def exchange(
        self, message: bytes, *, tcp: bool = False, client: str = LOOPBACK, patience: float = 10
    ) -> bytes:
        """The reply to a message; TimeoutError where there is none."""
        kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
        with socket.socket(type=kind) as sock:
            sock.settimeout(patience)
            sock.bind((client, 0))
            sock.connect((LOOPBACK, self.ports[Service.TCP if tcp else Service.UDP]))
            if not tcp:
                sock.send(message)
                return sock.recv(65_535)
            sock.sendall(len(message).to_bytes(2, "big") + message)
            with sock.makefile("rb") as stream:
                return stream.read(int.from_bytes(stream.read(2), "big"))

    def ask(self, name: str, kind: str = "A", *, edns: bool = True, **how: Any) -> Any:
        """The reply to a question, as dnslib reads it."""
        return DNSRecord.parse(self.exchange(question(name, kind, edns=edns), **how))

    # What is left behind

    def events(self) -> list[Event]:
        """The events so far, but for those of the last twentieth of a second."""
        return [one for path in self.event_files() for one in events_of(path.read_bytes())]

    def event_files(self) -> list[Path]:
        return sorted((self.folder / EVENTS).glob("dns-*/*.events"))


def question(name: str, kind: str = "A", *, edns: bool = True, number: int = 0x1234) -> bytes:
    """A question as a device sends it."""
    asked = DNSRecord(DNSHeader(id=number, rd=1), q=DNSQuestion(name, getattr(QTYPE, kind)))
    if edns:
        asked.add_ar(EDNS0(udp_len=1232))
    return bytes(asked.pack())


def events_of(data: bytes) -> list[Event]:
    return [event for event in read(data) if isinstance(event, Event)]
