"""Questions on their way to an upstream: one flight for each, however many wait for it.

What comes back is read with suspicion, kept, and handed to all who wait. When nothing comes back,
or not soon, they get what was kept before, up to a day old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from random import random
from typing import Final

from appliance.dns.answers.answer import FAILURE, Answer, read_answer
from appliance.dns.answers.cache import Cache
from appliance.dns.answers.kept import Kept, keep
from appliance.dns.upstream import Exchange
from appliance.dns.wire import Malformed, labels_of

MOST_FLIGHTS: Final = 4096
MOST_WAITERS: Final = 16_384  # of all flights together; a whole school stands in line before that
PREFETCH_CHANCE: Final = 0.3  # at each look: what is popular is looked at every second
STALE_PATIENCE: Final = 0.8  # seconds, where there is an old answer: devices ask again after one

Done = Callable[[Kept, bool], None]  # what there is, and whether it is from beyond its time


class Flights:
    """Asks upstreams for what is not kept, and keeps it."""

    def __init__(
        self,
        cache: Cache,
        exchange: Exchange,
        zones: Iterable[tuple[str, Exchange]],
        loop: asyncio.AbstractEventLoop,
        now: Callable[[], float],
    ) -> None:
        self.cache = cache
        self.exchange = exchange
        self._zones = {labels_of(name): elsewhere for name, elsewhere in zones}
        self._loop = loop
        self._now = now
        self._flights: dict[bytes, list[Done]] = {}
        self._failed_until: dict[bytes, float] = {}  # not asked anew before then, while old serves
        self._waiting = 0
        self.turned_away = 0

    def elsewhere(self, qname: bytes) -> Exchange | None:
        """Who is asked about a name that lies under a zone of its own, the narrowest one."""
        if self._zones:
            while True:
                exchange = self._zones.get(qname)
                if exchange or qname == b"\0":
                    return exchange
                qname = qname[qname[0] + 1 :]
        return None

    def fresh(self, key: bytes, now: float) -> Kept | None:
        """What is kept and still holds. Where it soon won't and is popular, it is fetched anew."""
        kept = self.cache.get(key)
        if kept is None or kept.expires <= now:
            return None
        if now >= kept.steady and kept.is_old(now) and random() < PREFETCH_CHANCE:  # nosec B311: no secret
            self._join(key, None)
        return kept

    def bring(self, key: bytes, done: Done) -> None:
        """Answer `done`, now or later: from what is kept, from an upstream, or with a failure.

        A key is a question's, and a byte of what its client wants of signatures."""
        now = self._now()
        old = self.cache.get(key)
        if old and old.expires > now:
            done(old, False)
            return
        if old and not old.may_serve(now):
            old = None
        if old and self._is_hopeless(key, now):
            done(old, True)
            self._join(key, None)  # somebody has to notice that upstreams are back
            return
        if self._waiting >= MOST_WAITERS or len(self._flights) >= MOST_FLIGHTS:
            self.turned_away += 1
            done(old or keep(FAILURE, now), old is not None)
            return
        self._waiting += 1
        if old:
            done = _Once(done)
            self._loop.call_later(STALE_PATIENCE, done, old, True)
        self._join(key, done)

    def _is_hopeless(self, key: bytes, now: float) -> bool:
        """Whether asking would only make somebody wait who can have an old answer."""
        exchange = self.elsewhere(key[:-5]) or self.exchange
        return exchange.is_dead or self._failed_until.get(key, 0.0) > now

    def _join(self, key: bytes, done: Done | None) -> None:
        """Wait for the flight of a question, which starts where there is none. Without `done`: it
        may as well not start."""
        waiting = self._flights.get(key)
        if waiting is None:
            if len(self._flights) >= MOST_FLIGHTS:
                return
            waiting = self._flights[key] = []
            exchange = self.elsewhere(key[:-5]) or self.exchange
            wishes = key[-1]
            exchange.ask(
                key[:-1],
                dnssec_ok=bool(wishes & 1),
                checking_disabled=bool(wishes & 2),
                done=partial(self._land, key),
            )
        if done:
            waiting.append(done)

    def _land(self, key: bytes, message: bytes | None) -> None:
        now = self._now()
        answer = _believed(message, key[:-1])
        if answer.is_failure:
            kept, is_old = self._failed(key, answer, now)
        else:
            kept, is_old = self.cache.put(key, answer, now), False
        waiting = self._flights.pop(key)
        self._waiting -= len(waiting)
        for done in waiting:
            done(kept, is_old)

    def _failed(self, key: bytes, answer: Answer, now: float) -> tuple[Kept, bool]:
        """A failure does not take the place of an answer that may still serve (RFC 8767 §5)."""
        old = self.cache.get(key)
        if old is None or not old.may_serve(now):
            return self.cache.put(key, answer, now), False
        if len(self._failed_until) >= MOST_FLIGHTS:
            self._failed_until.clear()
        self._failed_until[key] = now + answer.lifetime
        return old, True


def _believed(message: bytes | None, key: bytes) -> Answer:
    """What an upstream said; a failure where it said nothing, or nothing that can be believed."""
    if message is None:
        return FAILURE
    try:
        return read_answer(message, key)
    except Malformed:
        return FAILURE


class _Once:
    """Passes on the first answer: a stale one may come before the one that was waited for."""

    __slots__ = ("_done", "is_done")

    def __init__(self, done: Done) -> None:
        self._done = done
        self.is_done = False

    def __call__(self, kept: Kept, is_stale: bool) -> None:
        if not self.is_done:
            self.is_done = True
            self._done(kept, is_stale)
