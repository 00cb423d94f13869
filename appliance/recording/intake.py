"""From questions to rows: refusals run together, allowed ones are only counted.

All of it happens inside one transaction of the store, with the offsets of the files it came from.
When that fails, `forget` everything: the files have it still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from appliance.config import Recording
from appliance.event import Lost, Noted, is_refusal
from appliance.store.database import Record
from appliance.store.interned import HOUR_MS, Interned
from appliance.store.rows import OTHER_TYPE, types_of
from appliance.store.writer import (
    Rows,
    Run,
    add_lost,
    add_sums,
    insert_runs,
    last,
    open_runs,
    set_marks,
    update_runs,
)

RUN_MS: Final = 60_000  # from the first question of a run to its last
BACK_MS: Final = 2_000  # resolvers write in turns, so that a run's first may come in second
# A run is closed so long after its first question came in, by a clock that nobody sets: whatever
# resolvers had noted within its minute has come in by then.
CLOSED_SECONDS: Final = 65.0
MOST_OPEN: Final = 200_000

Key = tuple[int, int, int, int, int, int]


class Runs:
    """The open rows of one table."""

    def __init__(self, record: Record, table: Rows, monotonic: Callable[[], float]) -> None:
        self.record = record
        self.table = table
        self.monotonic = monotonic
        self.open: dict[Key, Run] = {}
        self.new: dict[int, Run] = {}
        self.changed: dict[int, Run] = {}
        self.order: dict[int, Key] = {}  # of open runs, by their numbers
        for run in open_runs(record, table, monotonic()):
            self._begin(_key(run), run)
        self._last = last(record, table)

    def add(self, noted: Noted, name: int, asker: int, ruling: int, state: int) -> None:
        at, types = noted.at_ms, types_of(noted.qtype)
        key = asker, name, ruling, state, noted.flags, types >> OTHER_TYPE
        run = self.open.get(key)
        if run is None or not -BACK_MS <= at - run.first < RUN_MS:
            self._last += 1
            columns = name, asker, ruling, state, types, noted.flags
            run = Run(self._last, at, at, 1, *columns, opened=self.monotonic())
            self._begin(key, run)
            self.new[run.id] = run
            return
        run.count += 1
        run.first, run.last = min(run.first, at), max(run.last, at)
        run.types |= types
        if run.id not in self.new:
            self.changed[run.id] = run

    def write(self) -> None:
        """Write down what is new and what has changed, and how far rows are final."""
        insert_runs(self.record, self.table, self.new.values())
        update_runs(self.record, self.table, self.changed.values())
        self.new.clear()
        self.changed.clear()
        self._close()
        final = next(iter(self.order), self._last + 1) - 1
        set_marks(self.record, {f"{self.table} final": final, f"{self.table} last": self._last})

    @property
    def has_to_close(self) -> bool:
        oldest = next(iter(self.order.values()), None)
        return oldest is not None and self.open[oldest].opened <= self._closed_before()

    def _begin(self, key: Key, run: Run) -> None:
        before = self.open.get(key)
        if before:
            self.order.pop(before.id, None)
        self.open[key] = run
        self.order[run.id] = key

    def _close(self) -> None:
        """Runs that are over; the oldest, where there are more than anybody needs."""
        before = self._closed_before()
        for id, key in list(self.order.items()):
            if self.open[key].opened > before and len(self.order) <= MOST_OPEN:
                break
            del self.open[key], self.order[id]

    def _closed_before(self) -> float:
        return self.monotonic() - CLOSED_SECONDS


class Intake:
    """Takes questions one by one and hands the store what comes of them."""

    def __init__(self, record: Record, settings: Recording, monotonic: Callable[[], float]) -> None:
        self.record = record
        self.settings = settings
        self.monotonic = monotonic
        self.interned = Interned(record)
        self.forget()

    def forget(self) -> None:
        """A transaction has failed: nothing that we remember may be believed."""
        self._runs: dict[Rows, Runs] = {}
        self._sums: Counter[tuple[int, int, int]] = Counter()
        self._lost: list[Lost] = []
        self.interned.forget_remembered()

    def begin(self) -> None:
        """Inside a transaction, before the first question."""
        if not self._runs:
            for table in Rows:
                self._runs[table] = Runs(self.record, table, self.monotonic)

    def take(self, noted: Noted) -> None:
        """ValueError where a question makes no sense."""
        if is_refusal(noted.ruling):
            self._add_row(Rows.REFUSED, noted)
            return
        interned = self.interned
        facet = interned.facet(noted.asker, noted.ruling, noted.state)
        site = interned.site(noted.name, noted.at_ms)
        self._sums[noted.at_ms // HOUR_MS, facet, site] += 1
        if self.settings.allowed_questions:
            self._add_row(Rows.ALLOWED, noted)

    def lose(self, lost: Lost) -> None:
        self._lost.append(lost)

    def write(self) -> None:
        for runs in self._runs.values():
            runs.write()
        add_sums(self.record, self._sums)
        add_lost(self.record, self._lost)
        self._sums.clear()
        self._lost.clear()

    @property
    def has_to_close(self) -> bool:
        """True where rows have become final without any further question, or may have: those that
        were open when recording ended are not known yet."""
        return not self._runs or any(runs.has_to_close for runs in self._runs.values())

    def _add_row(self, table: Rows, noted: Noted) -> None:
        interned = self.interned
        self._runs[table].add(
            noted,
            interned.name(noted.name, noted.at_ms),
            interned.asker(noted.asker),
            interned.ruling(noted.ruling),
            interned.state(noted.state),
        )


def _key(run: Run) -> Key:
    other_type = run.types >> OTHER_TYPE
    return run.asker, run.name, run.ruling, run.state, run.flags, other_type
