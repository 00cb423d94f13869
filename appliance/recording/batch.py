"""What one transaction takes in from the files of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from appliance.event import Broken, Event, Lost
from appliance.recording.intake import Intake
from appliance.recording.tail import File, Tail

MOST: Final = 50_000  # questions of one transaction: some 0.3 s, while others wait for the lock


class Batch:
    """Questions on their way into the record, and what was found on the way."""

    def __init__(self, tail: Tail, intake: Intake, *, with_events: bool) -> None:
        self.tail = tail
        self.intake = intake
        self.with_events = with_events
        self.read_from: list[File] = []
        self.broken: list[tuple[File, Broken]] = []
        self.events: list[Event] = []  # for the observer
        self.lost: list[Lost] = []
        self.count = 0
        self.newest_ms = 0
        self.has_more = False

    def read(self, files: Iterable[File]) -> None:
        """Take in what is new, in every file, up to a bound."""
        for file in files:
            if self.count >= MOST:
                self.has_more = True
                return
            self.read_from.append(file)
            try:
                self._read(file)
            except Broken as fault:
                self.broken.append((file, fault))

    def stored(self) -> None:
        """The transaction has been committed."""
        for file in self.read_from:
            self.tail.stored(file)
        for file, _ in self.broken:
            self.tail.set_aside(file)
        self.tail.drop_finished()

    def _read(self, file: File) -> None:
        for found in self.tail.read(file):
            if isinstance(found, Lost):
                self.lost.append(found)
                self.intake.lose(found)
                continue
            try:
                self.intake.take(found)
            except (ValueError, IndexError) as fault:
                raise Broken(file.marks.place) from fault
            self.count += 1
            self.newest_ms = max(self.newest_ms, found.at_ms)
            if self.with_events:
                self.events.append(found.event())
            if self.count >= MOST:
                self.has_more = True
                return
