"""Tries one upstream out, as `bellgate check` and the installer do."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from appliance.config import Upstream
from appliance.dns.exchange.problem import NO_ANSWER
from appliance.dns.upstream import PATIENCE_SECONDS, ROOT_SERVERS, Exchange
from appliance.dns.wire import Rcode


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one question."""

    upstream: Upstream
    is_good: bool
    seconds: float
    problem: str = ""  # empty: it answers as it should

    def __str__(self) -> str:
        if self.is_good:
            return f"{self.upstream} answers in {self.seconds * 1000:.0f} ms"
        return f"{self.upstream} does not answer: {self.problem}"


async def try_upstream(
    upstream: Upstream,
    *,
    key: bytes = ROOT_SERVERS,
    trust: ssl.SSLContext | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Trial:
    """Ask it one real question; never raises for what is wrong with the server."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes | None] = loop.create_future()

    def done(message: bytes | None) -> None:
        if not answered.done():  # whoever waited may have been cancelled
            answered.set_result(message)

    start = loop.time()
    exchange = Exchange((upstream,), loop, trust=trust, patience_seconds=patience_seconds)
    try:
        exchange.ask(key, dnssec_ok=False, checking_disabled=False, done=done)
        message = await answered
        seconds = loop.time() - start
        (standing,) = exchange.standing()
    finally:
        await exchange.close()
    if message is None:
        return Trial(upstream, False, seconds, standing.problem or NO_ANSWER)
    rcode = message[3] & 0xF
    if rcode in (Rcode.NOERROR, Rcode.NXDOMAIN):
        return Trial(upstream, True, seconds)
    return Trial(upstream, False, seconds, f"it says {_named(rcode)} to a question that is fine")


def _named(rcode: int) -> str:
    return Rcode(rcode).name if rcode in set(Rcode) else f"response code {rcode}"
