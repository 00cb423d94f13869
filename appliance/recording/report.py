"""Keeps the health file true: what is wrong now, what was stored, what it cost the card."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from appliance import __version__
from appliance.recording.batch import Batch
from appliance.recording.health import Health, written_bytes
from appliance.recording.tail import Tail
from appliance.store.database import BESIDE, FILE, Record

HEALTH_SECONDS: Final = 2.0
LATE_BYTES: Final = 16 << 20  # that wait: resolvers drop what was allowed from 48 MB on
log = logging.getLogger(__name__)


class Matter(StrEnum):
    """What may be wrong; each is told of once while it lasts."""

    RECORD = "record"
    EVENTS = "events"
    GARBAGE = "garbage"
    LOST = "lost"
    DAMAGE = "damage"
    LATE = "late"
    DETECTION = "detection"
    SEAL = "seal"
    BOOKS = "books"


class Report:
    """What recording says of itself."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self.clock = clock
        self.problems: dict[Matter, str] = {}
        self._started = clock()
        self._events = self._lost_allowed = self._lost_refused = 0
        self._last_ms = 0
        self._written = self._worn_bytes = written_bytes()
        self._worn_events = 0
        self._due = 0.0

    def ill(self, matter: Matter, sentence: str) -> None:
        if self.problems.get(matter) != sentence:
            log.error("%s", sentence)
        self.problems[matter] = sentence

    def tell(self, matter: Matter, sentence: str) -> None:
        """Ill where there is a sentence."""
        if sentence:
            self.ill(matter, sentence)
        else:
            self.well(matter)

    def well(self, matter: Matter) -> None:
        if self.problems.pop(matter, None):
            log.info("%s: all is well again", matter)

    def stored(self, batch: Batch) -> None:
        """These are in the record."""
        self._events += batch.count
        self._last_ms = batch.newest_ms or self._last_ms
        for one in batch.lost:
            self._lost_allowed += one.allowed
            self._lost_refused += one.refused
        if batch.lost:
            self.ill(
                Matter.LOST,
                f"there was no room in memory for {self._lost_refused:,} refused and "
                f"{self._lost_allowed:,} allowed questions since recording started: no record of "
                "them could be kept",
            )
        for file, fault in batch.broken:
            self.ill(
                Matter.GARBAGE,
                f"{file.name} is {fault}: what stood before is stored, and the file was set aside",
            )

    def wear(self) -> tuple[int, int]:
        """Bytes that went to the card since this was last asked, and events."""
        now = written_bytes()
        since = now - self._worn_bytes, self._events - self._worn_events
        self._worn_bytes, self._worn_events = now, self._events
        return since

    def tick(self, monotonic: float, record: Record | None, tail: Tail) -> None:
        if monotonic >= self._due:
            self._due = monotonic + HEALTH_SECONDS
            self.write(record, tail)

    def write(self, record: Record | None, tail: Tail) -> None:
        waiting = tail.waiting_bytes()
        if waiting > LATE_BYTES:
            self.ill(Matter.LATE, f"{waiting >> 20} MB of events wait to be stored")
        else:
            self.well(Matter.LATE)
        path = self.folder / FILE
        health = Health(
            pid=os.getpid(),
            version=__version__,
            started=self._started,
            at=self.clock(),
            problems=tuple(self.problems.values()),
            stored=self._events,
            last_event=self._last_ms / 1000 if self._last_ms else None,
            lost_allowed=self._lost_allowed,
            lost_refused=self._lost_refused,
            waiting_bytes=waiting,
            database_bytes=_size(path),
            log_bytes=_size(path.with_name(path.name + BESIDE[0])),
            written=written_bytes() - self._written,
        )
        try:
            health.write(self.folder)
        except OSError as fault:
            log.error("%s: %s", fault.filename, fault.strerror)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
