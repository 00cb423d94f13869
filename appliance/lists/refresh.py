"""Public lists kept fresh: fetched when due, believed or not, and the last good copy kept.

Each list goes its own way on its own thread: fetch, count, believe, put on the shelf. Whatever goes
wrong on the way becomes one sentence in its record, and the copy of before stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from appliance.errors import ListError
from appliance.lists.fetch import NO_MARKS, OPEN_ROAD, Marks, Road, fetch
from appliance.lists.packing import ending_of, refuse_bomb
from appliance.lists.review import Counts, OverBlock, Yardstick, count_names
from appliance.lists.shelf import Record, Shelf
from appliance.policy.clock import Instant
from appliance.policy.services import Source

AT_ONCE = 6  # a hung server holds one of them until its time is up
HOUR_SECONDS = 3600
SLACK_SECONDS = 600  # a daily list at 03:10 is due again at 03:05: timers are not that exact
BELIEVED_CHANGE = 30  # per cent, up or down

Progress = Callable[[str, int, int], None]  # list, bytes so far, bytes in all (0: not known)


class Result(StrEnum):
    REFRESHED = "refreshed"
    UNCHANGED = "unchanged"  # the server says that our copy is the newest
    NOT_DUE = "not-due"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one list."""

    name: str
    result: Result
    record: Record
    over_blocks: tuple[OverBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """How a refresh is meant to go."""

    yardstick: Yardstick
    road: Road = OPEN_ROAD
    force: bool = False  # fetch whole what is not due, too
    believe: frozenset[str] = frozenset()  # lists whose sharp change somebody vouches for
    progress: Progress = lambda name, done, total: None


class _BrokenOff(Exception):
    """Somebody wants this run to end; it is no fault of a list."""


def refresh(
    sources: Mapping[str, Source], shelf: Shelf, now: Instant, terms: Terms
) -> Iterator[Outcome]:
    """Refresh each list from its source; outcomes come as they are ready."""
    is_over = threading.Event()

    def progress(name: str, done: int, total: int) -> None:
        if is_over.is_set():
            raise _BrokenOff
        terms.progress(name, done, total)

    told = replace(terms, progress=progress)
    with shelf.workshop() as workshop, ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(_Errand(name, source, shelf, workshop, now, told).run)
            for name, source in sources.items()
        ]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            is_over.set()  # after Ctrl-C nobody waits for the rest of a hundred megabytes
            pool.shutdown(wait=False, cancel_futures=True)


def is_due(source: Source, record: Record, now: Instant) -> bool:
    """Old enough, or not well: what failed is tried at every run, for that is what mends it."""
    if record.failure or record.address != source.address:
        return True
    age = now - record.confirmed
    return not 0 <= age < source.every_hours * HOUR_SECONDS - SLACK_SECONDS


@dataclass(frozen=True, slots=True)
class _Errand:
    """One list on its way from the server to the shelf."""

    name: str
    source: Source
    shelf: Shelf
    workshop: Path
    now: Instant
    terms: Terms

    def run(self) -> Outcome:
        before = self.shelf.record(self.name)
        has_copy = self.shelf.copy(self.name) is not None
        is_wanted = self.terms.force or self.name in self.terms.believe or not has_copy
        if not is_wanted and not is_due(self.source, before, self.now):
            return Outcome(self.name, Result.NOT_DUE, before)
        try:
            outcome = self._fetch(before, has_copy)
            self.shelf.note(self.name, outcome.record)
            return outcome
        except ListError as fault:
            return self._failed(before, str(fault))

    def _fetch(self, before: Record, has_copy: bool) -> Outcome:
        is_same_list = has_copy and before.address == self.source.address
        arrived = self.workshop / self.name
        marks = fetch(
            self.source.address,
            arrived,
            marks=_marks(before) if is_same_list and not self.terms.force else NO_MARKS,
            is_private=self.source.is_private,
            road=self.terms.road,
            progress=lambda done, total: self.terms.progress(self.name, done, total),
        )
        if marks is None:
            return Outcome(self.name, Result.UNCHANGED, self._well(before))
        ending = ending_of(arrived)
        arrived = arrived.rename(arrived.with_name(f"{self.name}{ending}"))
        refuse_bomb(arrived, self.terms.road.limits.largest_bytes)
        counts = count_names(arrived)
        self._believe(counts, self._names_before(before) if is_same_list else 0)
        over_blocks = self.terms.yardstick.review(arrived).over_blocks
        self.shelf.put(self.name, arrived, ending)
        return Outcome(self.name, Result.REFRESHED, self._new(marks, counts), over_blocks)

    def _names_before(self, before: Record) -> int:
        copy = self.shelf.copy(self.name)
        return before.names or (count_names(copy).names if copy else 0)

    def _believe(self, counts: Counts, names_before: int) -> None:
        """ListError where so many names can't be right."""
        if counts.names < self.source.least_names:
            raise ListError(
                f"the server sent {counts.names:,} names, and this list never has fewer than "
                f"{self.source.least_names:,}"
            )
        change = abs(counts.names - names_before) * 100
        if names_before and change > BELIEVED_CHANGE * names_before:
            if self.name not in self.terms.believe:
                raise ListError(
                    f"the server sent {counts.names:,} names where there were {names_before:,}, "
                    "more likely a fault than a wish (if it is meant: bellgate lists refresh "
                    f"--believe {self.name})"
                )

    def _new(self, marks: Marks, counts: Counts) -> Record:
        return Record(
            address=self.source.address,
            tried=self.now,
            fetched=self.now,
            confirmed=self.now,
            etag=marks.etag,
            last_modified=marks.last_modified,
            names=counts.names,
            unsupported=counts.unsupported,
        )

    def _well(self, before: Record) -> Record:
        return replace(before, tried=self.now, confirmed=self.now, failure="", failing_since=0)

    def _failed(self, before: Record, sentence: str) -> Outcome:
        record = replace(
            before,
            tried=self.now,
            failure=sentence,
            failing_since=before.failing_since or self.now,
        )
        try:
            self.shelf.note(self.name, record)
        except ListError:
            pass  # a full disk takes no note of its being full; the outcome says it
        return Outcome(self.name, Result.FAILED, record)


def _marks(record: Record) -> Marks:
    return Marks(record.etag, record.last_modified)
