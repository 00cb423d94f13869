"""A long input that shows a fault → a short one that shows the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def reduced(data: bytes, is_same: Callable[[bytes], bool], seconds: float) -> bytes:
    """Fewer lines, then fewer bytes, as long as the fault stays and the time lasts."""
    deadline = time.monotonic() + seconds
    before = b""
    while data != before and time.monotonic() < deadline:
        before = data
        data = b"".join(_fewer(data.splitlines(keepends=True), is_same, deadline))
        data = b"".join(_fewer([bytes([byte]) for byte in data], is_same, deadline))
    return data


def _fewer(
    parts: Sequence[bytes], is_same: Callable[[bytes], bool], deadline: float
) -> Sequence[bytes]:
    """Leave out half, then quarters, … then single parts, wherever the fault stays."""
    size = max(len(parts) // 2, 1)
    while True:
        start = 0
        while start < len(parts) and time.monotonic() < deadline:
            fewer = [*parts[:start], *parts[start + size :]]
            if is_same(b"".join(fewer)):
                parts = fewer
            else:
                start += size
        if size == 1 or time.monotonic() >= deadline:
            return parts
        size //= 2
