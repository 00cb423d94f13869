"""DNS over HTTPS (RFC 8484), over HTTP/2: one request for each question on one connection.

Loaded only where such a server is configured: httpx costs each worker 15 MB.
"""

from __future__ import annotations

import asyncio
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from appliance.config import Upstream
from appliance.dns.exchange.flight import Attempt, Road, Surroundings
from appliance.dns.exchange.problem import sentence
from appliance.dns.exchange.query import filled, is_curt, is_reply, padded_query
from appliance.dns.wire import LARGEST_MESSAGE

MEDIA_TYPE: Final = "application/dns-message"
HEADERS: Final = {
    "accept": MEDIA_TYPE,
    "content-type": MEDIA_TYPE,
    "accept-encoding": "identity",  # what is packed may unpack to anything
    "user-agent": "",  # RFC 8484 §8: nothing that tells one school from another
}
PATIENCE: Final = httpx.Timeout(2.0, connect=2.0)  # of silence: then the connection is given up
CONNECTIONS: Final = httpx.Limits(
    max_connections=4,  # one, with HTTP/2; spare ones while it is replaced
    max_keepalive_connections=2,
    keepalive_expiry=30.0,
)
MOST_LINGERING: Final = 1024  # requests that nobody waits for are cut short above so many
NO_ID: Final = b"\0\0"  # RFC 8484 §4.1; HTTP tells one reply from another


class Refused(Exception):
    """The reply is no DNS message; its text says why."""


class Requests:
    """The road over HTTPS to one server."""

    def __init__(self, upstream: Upstream, around: Surroundings) -> None:
        self.upstream = upstream
        self.loop = around.loop
        self.listener = around.listener
        self.wrong = 0
        address, name = upstream.endpoint, upstream.name
        self._url = f"https://{address}{upstream.path}"  # the address: nobody looks the name up
        self._headers = HEADERS | {
            "host": name if address.port == 443 else f"{name}:{address.port}"
        }
        self._context = around.trust.context("h2", "http/1.1")
        self._client = self._new_client()
        self._is_warm = False  # its connection stands
        self._tasks: dict[Attempt, asyncio.Task[None]] = {}
        self._farewells: set[asyncio.Task[None]] = set()

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            http2=True,
            verify=self._context,
            trust_env=False,  # no proxy that somebody's environment names
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # RFC 8484 §8.2: none
            timeout=PATIENCE,
            limits=CONNECTIONS,
        )

    def wants_again(self) -> bool:
        return False  # a request that gets no answer fails by itself

    def send(self, attempt: Attempt) -> None:
        attempt.id = NO_ID
        attempt.question = attempt.flight.key
        attempt.place = self
        attempt.is_timed = self._is_warm
        client = self._client
        task = self._tasks[attempt] = self.loop.create_task(self._ask(client, attempt))
        task.add_done_callback(partial(self._over, client, attempt))

    def forget(self, attempt: Attempt) -> None:
        """It goes on: only a request that waits to its end shows that a connection is dead."""
        task = self._tasks.get(attempt)
        if task and len(self._tasks) > MOST_LINGERING:
            task.cancel()

    def _over(self, client: httpx.AsyncClient, attempt: Attempt, task: asyncio.Task[None]) -> None:
        """However it went, and whatever a library let escape: who waits is told."""
        del self._tasks[attempt]
        fault = None if task.cancelled() else task.exception()
        if isinstance(fault, Refused):
            self.listener.failed(attempt, str(fault))
        elif fault:
            self._is_warm = False
            if client is self._client and not isinstance(fault, httpx.NetworkError):
                self._start_afresh()
            self.listener.failed(attempt, sentence(fault, self.upstream))

    def _start_afresh(self) -> None:
        """httpx keeps a connection on which HTTP/2 was broken, and fails on it for ever."""
        farewell = self.loop.create_task(self._client.aclose())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)
        self._client = self._new_client()

    async def _ask(self, client: httpx.AsyncClient, attempt: Attempt) -> None:
        message = await self._fetch(client, padded_query(attempt))
        if not attempt.is_live:
            return
        if is_curt(message):
            message = filled(message, attempt.question)
        if is_reply(message, attempt.question) and message.startswith(NO_ID):
            self.listener.answered(attempt, message)
        else:
            self.wrong += 1
            raise Refused(f"{self.upstream.endpoint} answers what was not asked")

    async def _fetch(self, client: httpx.AsyncClient, query: bytes) -> bytes:
        name = {"sni_hostname": self.upstream.name}
        async with client.stream(
            "POST", self._url, content=query, headers=self._headers, extensions=name
        ) as response:
            self._judge(response)
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > LARGEST_MESSAGE:
                    raise Refused(f"{self.upstream.endpoint} sends more than a DNS message holds")
            self._is_warm = True
            return bytes(body)

    def _judge(self, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            raise Refused(f"{self._url} answers with HTTP status {response.status_code}")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != MEDIA_TYPE or "content-encoding" in response.headers:
            raise Refused(f"{self._url} is no DNS server: what it sends is not {MEDIA_TYPE}")

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._farewells, return_exceptions=True)
        await self._client.aclose()


def road(upstream: Upstream, around: Surroundings) -> Road:
    return Requests(upstream, around)
