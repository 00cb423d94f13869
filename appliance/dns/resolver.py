"""All parts of a resolver, put together in one place."""

from __future__ import annotations

import asyncio
import importlib
import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from appliance.config import Config
from appliance.dns.answers.cache import Cache
from appliance.dns.batch import Batch, Later
from appliance.dns.flights import Flights
from appliance.dns.own.local import Local
from appliance.dns.present import Present
from appliance.dns.replies import Replies
from appliance.dns.seats import Seat
from appliance.dns.sieve import Sieve
from appliance.dns.slowpath import SlowPath
from appliance.dns.streams.desk import Reply
from appliance.dns.streams.door import Door
from appliance.dns.streams.limits import Limits
from appliance.dns.streams.tcp import serve_tcp
from appliance.dns.streams.tls import SecureDoor
from appliance.dns.upstream import Exchange
from appliance.dns.worker import Worker
from appliance.endpoint import Address, Endpoint
from appliance.errors import CertificateError, RunError
from appliance.recording.channel import FLUSH_SECONDS, Channel
from appliance.sockets import Listener, Service

EVENTS: Final = Path("run", "events")  # in the data folder
HOSTS_SECONDS: Final = 5.0  # between two looks at the hosts files

SECURE: Final = {  # modules and their functions; only those in use are loaded
    Service.TLS: ("appliance.dns.streams.dot", "serve_tls"),
    Service.HTTPS: ("appliance.dns.streams.doh", "serve_https"),
}
log = logging.getLogger(__name__)


class Resolver:
    """Answers on the sockets it is given, from `async with` until its end."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        number: int,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
    ) -> None:
        self.config = config
        self.loop = loop
        self.channel = Channel(folder / EVENTS / f"dns-{number}", clock())
        self.present = Present(folder, config.dns, self.channel, clock, self._take_up)
        self.exchange = Exchange(config.upstream.servers, loop)
        self.elsewhere = [(zone.names, Exchange(zone.servers, loop)) for zone in config.zones]
        zones = [(name, exchange) for names, exchange in self.elsewhere for name in names]
        self.cache = Cache(config.dns.cache_mb << 20)
        flights = Flights(self.cache, self.exchange, zones, loop, self.present.now)
        replies = Replies(config.dns.block_page)
        private_names = config.local.private_names
        self.sieve = Sieve(loop, self.present.now)
        local = self._local()
        self.slow = SlowPath(self.present, flights, local, replies, private_names, self.sieve)
        self.worker = Worker(self.slow)
        self.doors: list[Door] = []
        self._datagrams: list[socket.socket] = []
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self, listener: Listener) -> None:
        """Answer on this socket."""
        sock, service = listener.socket, listener.service
        limits = Limits()
        match service:
            case Service.UDP:
                batch = Batch(sock)
                self._datagrams.append(sock)
                self.sieve.add(sock)
                drain = partial(self.worker.drain, batch, Later(batch))
                self.loop.add_reader(sock.fileno(), drain)
            case Service.TCP:
                self.doors.append(serve_tcp(sock, self, self.loop, limits))
            case Service.TLS | Service.HTTPS:
                module, name = SECURE[service]
                serve = getattr(importlib.import_module(module), name)
                self.doors.append(serve(sock, self, self.loop, limits, self.config.encrypted))
            case Service.HTTP:
                raise RunError("a resolver was given a socket for pages: it answers no HTTP")

    # What doors ask of us: see streams/desk.py

    def seat(self, address: bytes) -> Seat | None:
        seat = self.present.seats.of_address(address, self.present.now())
        return seat if seat.is_welcome else None

    def seat_of_client(self, client_id: str, address: bytes) -> Seat | None:
        if not self.present.seats.knows(client_id):
            return None
        return self.present.seats.of_client_id(client_id, address, self.present.now())

    def take(self, message: bytes, seat: Seat, reply: Reply) -> None:
        self.slow.take(message, seat, reply)

    # Life

    async def __aenter__(self) -> Resolver:
        for work in (self.present.look_out, self._write_down, self._reread_hosts):
            self._tasks.append(self.loop.create_task(work()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for sock in self._datagrams:
            # Questions that come now wait in it for whoever follows us; answered behind the last
            # flush, they would leave no record.
            self.loop.remove_reader(sock)
        self.sieve.open()
        for door in self.doors:
            door.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for exchange in (self.exchange, *(exchange for _, exchange in self.elsewhere)):
            await exchange.close()
        for sock in self._datagrams:
            sock.close()  # not before: those who still waited were told now
        self.channel.close(self.present.now())

    def reload(self) -> None:
        """Read certificates again: SIGHUP says that they are new."""
        for door in self.doors:
            if isinstance(door, SecureDoor):
                try:
                    door.reload()
                except CertificateError as fault:
                    log.warning("%s; the certificate in use stays", fault)

    async def _write_down(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self.channel.flush(self.present.now())

    async def _reread_hosts(self) -> None:
        while True:
            await asyncio.sleep(HOSTS_SECONDS)
            # in a thread: a file of 2,000 hosts takes 0.1 s
            if await self.loop.run_in_executor(None, self.slow.local.refresh):
                self.present.seats.forget_ready()

    def _take_up(self, *, is_new_time: bool) -> None:
        """Another policy, or another time: what was made by the old one goes."""
        if is_new_time:
            self.cache.clear()  # ages are counted by the clock that was set
        else:
            self.slow.local = self._local()

    def _local(self) -> Local:
        config, snapshot = self.config, self.present.snapshot
        local = Local(
            config.local,
            appliance=snapshot.appliance,
            domains=snapshot.domains,
            own=tuple(_own_addresses(config)),
            encrypted=config.encrypted,
        )
        for fault in local.faults:
            log.warning("%s", fault)
        return local


def _own_addresses(config: Config) -> Iterator[Address]:
    """Where devices reach this box. Where it listens everywhere, the addresses that it would ask
    its upstreams from: connecting a datagram socket sends nothing."""
    towards = [server.endpoint for server in config.upstream.servers]
    for endpoint in config.dns.listen:
        if endpoint.address.is_unspecified:
            yield from _leaving(towards, endpoint.address.version)
        else:
            yield endpoint.address


def _leaving(towards: list[Endpoint], version: int) -> Iterator[Address]:
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    for endpoint in towards:
        if endpoint.address.version != version:
            continue
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((str(endpoint.address), endpoint.port))
            except OSError:
                continue  # no route: nobody reaches us that way either
            yield Endpoint.parse(probe.getsockname()[0], port=53).address
            return
