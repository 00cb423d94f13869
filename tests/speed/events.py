"""The recorder's place taken by the least that can be: event files moved away, and counted later.

As a command it moves finished files out of the resolvers' folders until it is ended, so that room
never runs out. Counting them waits until nothing is timed any more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.event import MAGIC, Kind

EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Count:
    asked: int
    lost: int  # questions that the resolver itself says it kept no record of


class Tally:
    """Counts what has come since it was last asked."""

    def __init__(self, events: Path, moved: Path) -> None:
        self.events, self.moved = events, moved
        self.read: dict[str, int] = {}  # how far, by file

    def count(self) -> Count:
        asked = lost = 0
        for folder, is_done in ((self.events, False), (self.moved, True)):
            for path in sorted(folder.glob("*/*")):
                key = f"{path.parent.name}/{path.name}"
                data = path.read_bytes()
                at = self.read.get(key, len(MAGIC))
                for kind, start, end in marks(data, at):
                    asked += kind == Kind.ASKED
                    if kind == Kind.LOST:
                        lost += int.from_bytes(data[start : start + 4], "big")
                        lost += int.from_bytes(data[start + 4 : start + 8], "big")
                    at = end
                self.read[key] = at
                if is_done:
                    path.unlink()
        return Count(asked, lost)


def marks(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Each whole mark's kind, and where its contents begin and end."""
    while at + 3 <= len(data):
        start = at + 3
        end = start + (data[at + 1] << 8 | data[at + 2])
        if end > len(data):
            return
        yield data[at], start, end
        at = end


def move(events: Path, moved: Path) -> None:
    """All but the youngest file of each resolver."""
    for folder in events.glob("*"):
        kept = moved / folder.name
        for path in sorted(folder.glob("*.events"))[:-1]:
            kept.mkdir(parents=True, exist_ok=True)
            path.rename(kept / path.name)


if __name__ == "__main__":
    while True:
        move(Path(sys.argv[1]), Path(sys.argv[2]))
        time.sleep(EVERY)
