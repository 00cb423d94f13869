"""All parts of a resolver, put together in one place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from appliance.config import Config
from appliance.dns.batch import Batch, Later
from appliance.dns.cache import Cache
from appliance.dns.flights import Flights
from appliance.dns.local import Local
from appliance.dns.present import Present
from appliance.dns.replies import Replies
from appliance.dns.slowpath import SlowPath
from appliance.dns.sockets import Listener, Service
from appliance.dns.upstream import Exchange
from appliance.dns.worker import Worker
from appliance.recording.channel import FLUSH_SECONDS, Channel

EVENTS = "run/events"  # in the data folder
HOSTS_SECONDS = 5.0  # between two looks at the hosts files
log = logging.getLogger(__name__)


class Resolver:
    """Answers on the sockets it is given, until it is closed."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        number: int,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
    ) -> None:
        self.loop = loop
        self.channel = Channel(folder / EVENTS / f"dns-{number}", clock())
        self.present = Present(folder, config.dns, self.channel, clock)
        self.exchange = Exchange(config.upstream.servers, loop)
        self.zones = [
            (name, exchange)
            for zone in config.zones
            for exchange in [Exchange(zone.servers, loop)]
            for name in zone.names
        ]
        cache = Cache(config.dns.cache_mb << 20)
        flights = Flights(cache, self.exchange, self.zones, loop, self.present.now)
        local = Local(config.local, own=(), encrypted=config.encrypted)
        replies = Replies(config.dns.block_page)
        self.slow = SlowPath(self.present, flights, local, replies, config.local.private_names)
        self.worker = Worker(self.slow)
        self._flush_handle: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self, listener: Listener) -> None:
        """Answer on this socket."""
        if listener.service is Service.UDP:
            batch = Batch(listener.socket)
            drain = partial(self._drain, batch, Later(batch))
            self.loop.add_reader(listener.socket.fileno(), drain)

    def _drain(self, batch: Batch, later: Later) -> None:
        self.worker.drain(batch, later)
        if self._flush_handle is None:
            self._flush_handle = self.loop.call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flush_handle = None
        self.channel.flush(self.present.now())

    def reload(self) -> None: ...

    async def __aenter__(self) -> Resolver:
        self._tasks.append(self.loop.create_task(self.present.look_out()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self.channel.close(self.present.now())
        await self.exchange.close()
