"""Answers kept for as long as they hold, and for a day beyond in case no upstream answers.

Bounded in bytes, by what an entry truly costs. Entries queue to be let go; one that was asked for
while it queued goes to the end once more (second chance). An OrderedDict moved at every hit costs
twice as much a hit and 37 bytes more an entry; two dictionaries by turns let go of thousands of
entries at once, and a question would wait for that.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from appliance.dns.answer import Answer
from appliance.dns.wire import Shape

STALE_FOR: Final = 86_400  # RFC 8767 §5: one to three days
STALE_TTL: Final = 30  # RFC 8767 §4
PREFETCH_HITS: Final = 3  # asked so often in one life, it is likely to be asked again
PREFETCH_SHARE: Final = 0.1  # of its life, the last part
PREFETCH_LEAST: Final = 30  # seconds; who lives shorter is fetched soon enough

MOST_SPARED: Final = 64  # for one that goes: 10 µs; the whole queue would be milliseconds

# What an entry takes besides its bytes, as 64-bit CPython 3.11 to 3.13 lay them out
_ENTRY_SIZE: Final = 500  # Kept, Answer, its tuples, floats, heads of key and records, two places
_RECORD_SIZE: Final = 56  # a TTL and its place: two references, a number or two of 28 bytes
_TARGET_SIZE: Final = 64


class Kept:
    """One answer in the cache."""

    __slots__ = (
        "answer",
        "born",
        "expires",
        "has_prefetched",
        "hits",
        "is_wanted",
        "retry_at",
        "size",
    )

    def __init__(self, answer: Answer, born: float, size: int) -> None:
        self.answer = answer
        self.size = size  # bytes, with its key
        self.born = born
        self.expires = born + answer.lifetime
        self.retry_at = born  # not before then is an upstream asked anew that has just failed
        self.hits = 0
        self.is_wanted = False  # asked for since it last stood at the head of the queue
        self.has_prefetched = False

    def is_fresh(self, now: float) -> bool:
        return now < self.expires

    def is_stale(self, now: float) -> bool:
        """Past its time, and yet better than nothing. A failure is not."""
        return self.expires <= now and self.may_serve(now)

    def may_serve(self, now: float) -> bool:
        """An answer about the name that is fresh, or stale and good enough."""
        return now < self.expires + STALE_FOR and not self.answer.is_failure

    def is_resting(self, now: float) -> bool:
        """An upstream failed over this a moment ago: use the stale answer without asking."""
        return now < self.retry_at

    def wants_prefetch(self, now: float) -> bool:
        """Popular and soon to expire: ask again, so that nobody waits. True only once."""
        lifetime = self.answer.lifetime
        if (
            self.has_prefetched
            or self.hits < PREFETCH_HITS
            or lifetime < PREFETCH_LEAST
            or not self.expires - lifetime * PREFETCH_SHARE <= now < self.expires
        ):
            return False
        self.has_prefetched = True
        return True

    def shape(self, now: float, ttl_cap: int) -> Shape:
        """What a client hears now: TTLs counted down, or those of a stale answer."""
        if now < self.expires:
            return self.answer.shape(int(now - self.born), ttl_cap)
        return self.answer.shape(0, min(STALE_TTL, ttl_cap))


class Cache:
    """Answers by key: what was asked, and the flags that make another answer of it (DO, CD)."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size = 0  # bytes, as far as we know
        self._kept: dict[bytes, Kept] = {}
        self._queue: deque[bytes] = deque()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        self._kept.clear()
        self._queue.clear()
        self.size = 0

    def get(self, key: bytes) -> Kept | None:
        """The entry for a key, fresh or not."""
        kept = self._kept.get(key)
        if kept is not None:
            kept.hits += 1
            kept.is_wanted = True
        return kept

    def put(self, key: bytes, answer: Answer, now: float) -> Kept:
        """Keep an answer; returns what stands from now on. A failure does not take the place of
        an answer that may still serve (RFC 8767 §5)."""
        old = self._kept.get(key)
        if answer.is_failure and old and old.may_serve(now):
            old.retry_at = now + answer.lifetime
            return old
        kept = Kept(answer, now, size_of(key, answer))
        if kept.size > self.limit_bytes // 4:
            return kept  # one huge answer is not worth a quarter of all others
        if old is None:
            self._queue.append(key)
        else:
            self.size -= old.size
            kept.is_wanted = True  # asked for again, or it would not be put again
        self._kept[key] = kept
        self.size += kept.size
        while self.size > self.limit_bytes:
            self._let_go()
        return kept

    def _let_go(self) -> None:
        """Forget the entry at the head of the queue, or one soon behind it."""
        queue, kept = self._queue, self._kept
        for _ in range(MOST_SPARED):
            entry = kept[queue[0]]
            if not entry.is_wanted:
                break
            entry.is_wanted = False
            queue.rotate(-1)
        self.size -= kept.pop(queue.popleft()).size


def size_of(key: bytes, answer: Answer) -> int:
    """What an entry costs in memory."""
    return (
        _ENTRY_SIZE
        + len(key)
        + len(answer.records)
        + _RECORD_SIZE * len(answer.ttls)
        + sum(_TARGET_SIZE + len(target) for target in answer.targets)
    )
