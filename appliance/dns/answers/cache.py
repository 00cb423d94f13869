"""Answers kept for as long as they hold, and beyond that for a day when no upstream answers.

Bounded in bytes, by what an entry truly costs in this Python. Two generations: what is asked for
moves to the young one, and when that is half of all, the old one goes and the young one is the old.
It goes bit by bit, since to free ten thousand entries at once takes milliseconds that a question
would wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from appliance.dns.answers.answer import Answer
from appliance.dns.answers.kept import Kept, keep, read

ENTRY_BYTES: Final = 170  # heads of key and data, and the dictionary's share, in 64-bit CPython
FREED_AT_ONCE: Final = 8
LARGEST_SHARE: Final = 8  # one answer may take this part of all room, and no more


class Cache:
    """Answers by key: what was asked, and the flags that make another answer of it (DO, CD)."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._young: dict[bytes, bytes] = {}
        self._old: dict[bytes, bytes] = {}
        self._going: dict[bytes, bytes] = {}
        self._size = self._old_size = 0  # bytes, of the young and of the old

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    @property
    def size(self) -> int:
        """Bytes in use, as far as we know; what is going is not counted."""
        return self._size + self._old_size

    def items(self) -> Iterator[tuple[bytes, Kept]]:
        for generation in (self._young, self._old):
            for key, data in generation.items():
                yield key, read(data)

    def clear(self) -> None:
        self._young, self._old, self._going = {}, {}, {}
        self._size = self._old_size = 0

    def get(self, key: bytes) -> Kept | None:
        """The entry for a key, fresh or not."""
        data = self._young.get(key)
        if data is None:
            data = self._old.pop(key, None)
            if data is None:
                return None
            size = size_of(key, data)
            self._old_size -= size
            self._add(key, data, size)
        return read(data)

    def put(self, key: bytes, answer: Answer, now: float) -> Kept:
        """Keep an answer in the place of what there was."""
        kept = keep(answer, now)
        size = size_of(key, kept.data)
        if size * LARGEST_SHARE <= self.limit_bytes:
            old = self._old.pop(key, None)
            if old is not None:
                self._old_size -= size_of(key, old)
            young = self._young.get(key)
            if young is not None:
                self._size -= size_of(key, young)
            self._add(key, kept.data, size)
        return kept

    def _add(self, key: bytes, data: bytes, size: int) -> None:
        self._young[key] = data
        self._size += size
        if self._size * 2 > self.limit_bytes:
            self._going = self._old  # of what went before, eight times as much has been freed
            self._old, self._old_size = self._young, self._size
            self._young, self._size = {}, 0
        for _ in range(min(FREED_AT_ONCE, len(self._going))):
            self._going.popitem()


def size_of(key: bytes, data: bytes) -> int:
    """What an entry costs in memory."""
    return ENTRY_BYTES + len(key) + len(data)
