"""The recorder: the only one who writes the record. startup → main_loop → shutdown.

What resolvers note lies in their files until it is stored, and a file's offset is stored in the
same transaction as its questions. So the recorder may be killed at any moment, the card may be full
and the database locked: each question is in the record once, as soon as that is over.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from appliance.config import Recording
from appliance.errors import (
    BrokenStoreError,
    NewerStoreError,
    SealError,
    SigningKeyError,
    StoreError,
)
from appliance.event import Event
from appliance.recording.batch import Batch
from appliance.recording.intake import Intake
from appliance.recording.policies import Policies
from appliance.recording.report import Matter, Report
from appliance.recording.seal import CHUNK_ROWS
from appliance.recording.sealer import Sealer
from appliance.recording.tail import Tail
from appliance.store import retention, rollups
from appliance.store.attachments import Keeper
from appliance.store.bookretention import forget_books
from appliance.store.caseretention import forget_cases
from appliance.store.database import FILE, Record, set_aside
from appliance.store.sealed import Sealed
from appliance.store.writer import (
    FILE_MARK,
    Rows,
    add_wear,
    drop_files,
    file_offsets,
    set_marks,
)

EVENTS: Final = Path("run", "events")  # in the data folder; resolvers write there
LOOK_SECONDS: Final = 0.2
LINGER_SECONDS: Final = 0.6  # less than whoever ends us waits
FULL_BYTES: Final = 4 << 20  # that wait: then they are stored at once
POLICY_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 60.0
SEAL_SECONDS: Final = 60.0
# A sum that grows costs the card a page each time, so they are written seldom; reports count what
# is not summed up yet from rows.
FOLD_SECONDS: Final = 600.0
FOLD_ROWS: Final = 200_000  # that wait to be summed up: then it is done at once
FORGET_SECONDS: Final = 3 * 3600.0
BEHIND_SECONDS: Final = 600.0  # where there is more to forget than a day, or a reader is in the way
CHECK_AGAIN_SECONDS: Final = 6 * 3600.0
CHECK_SECONDS: Final = 3.0  # a large record is not looked through to its end
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """Something that is done again and again."""

    do: Callable[[], float | None]
    seconds: float
    due: float


class Observer(Protocol):
    """Whoever looks for attempts to get round the filter."""

    @property
    def problem(self) -> str:
        """A sentence where it can't do its work."""

    def begin(self, record: Record) -> None:
        """This record is written from now on; what is found may be written into it."""

    def observe(self, events: Sequence[Event]) -> None:
        """These are stored; each is told once. After a crash the last ones may not be."""

    def settle(self, now: float) -> None:
        """Time has passed."""

    def end(self) -> None:
        """Recording ends."""


class Recorder:
    """One data folder's recorder."""

    def __init__(
        self,
        folder: Path,
        settings: Recording,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        observer: Observer | None = None,
    ) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.settings = settings
        self.clock = clock
        self.monotonic = monotonic
        self.observer = observer
        self.stop = threading.Event()
        self.tail = Tail(folder / EVENTS, {})
        self.policies = Policies(folder)
        self.report = Report(folder, clock)
        self.sealer = Sealer(folder)
        self.record: Record | None = None
        self._jobs = (
            Job(self._look_at_policy, POLICY_SECONDS, monotonic()),
            Job(self.store_new, float(settings.commit_seconds), monotonic()),
            Job(self._settle, SETTLE_SECONDS, monotonic() + SETTLE_SECONDS),
            Job(self._seal_rest, SEAL_SECONDS, monotonic() + SEAL_SECONDS),
            Job(self._fold, FOLD_SECONDS, monotonic() + FOLD_SECONDS),
            Job(self._forget, FORGET_SECONDS, monotonic() + SETTLE_SECONDS),
            Job(self._check, CHECK_AGAIN_SECONDS, monotonic() + CHECK_AGAIN_SECONDS),
        )

    def run(self, on_ready: Callable[[], None]) -> None:
        """Until `stop` is set. NewerStoreError where this record is not ours to write."""
        self.startup()
        on_ready()
        try:
            self.main_loop()
            self.linger()
        finally:
            self.shutdown()

    def startup(self) -> None:
        (self.folder / EVENTS).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._try(self._open)
        self.report.write(self.record, self.tail)

    def main_loop(self) -> None:
        while not self.stop.wait(LOOK_SECONDS):
            self.tick()

    def linger(self) -> None:
        """Where all of a box ends at once, resolvers have something to write yet."""
        end = self.monotonic() + LINGER_SECONDS
        while self.tail.is_written_to() and self.monotonic() < end:
            time.sleep(LINGER_SECONDS / 20)

    def tick(self) -> None:
        """Whatever is due now."""
        self._try(self._work)
        if self.observer:
            self.report.tell(Matter.DETECTION, self.observer.problem)
        self.report.tick(self.monotonic(), self.record, self.tail)

    def shutdown(self) -> None:
        """Store what is there, and leave the record as one file."""
        if self.record:
            self._try(self.store_new)
            self._try(self._seal_rest)
            self._try(self._count_wear)
            if self.observer:
                self._try(self.observer.end)
            self._try(self._tidy)
        self.report.write(self.record, self.tail)
        if self.record:
            self.record.close()

    def _try(self, work: Callable[[], object]) -> None:
        """Do this; what the store or the disk refuses is told, and tried again later."""
        try:
            work()
        except NewerStoreError:
            raise
        except BrokenStoreError as fault:
            self._begin_anew(fault)
        except StoreError as fault:
            self.report.ill(Matter.RECORD, f"nothing is stored: {fault}; events wait in memory")
            self._begin_reading_anew()
        except OSError as fault:
            self.report.ill(Matter.EVENTS, f"{fault.filename or EVENTS}: {fault.strerror}")
            self._begin_reading_anew()
        else:
            self.report.well(Matter.EVENTS)
            if self.record:
                self.report.well(Matter.RECORD)

    def _work(self) -> None:
        if self.record is None:
            self._open()
        now = self.monotonic()
        for job in self._jobs:
            is_pressing = job is self._jobs[1] and self.tail.waiting_bytes() > FULL_BYTES
            if now >= job.due or is_pressing:
                job.due = now + job.seconds  # before it: what fails is not tried at once again
                wait = job.do()
                if wait is not None:
                    job.due = now + wait

    def _open(self) -> None:
        record = Record.open(self.path)
        try:
            if not record.quick_check(CHECK_SECONDS):
                log.info("the record is too large to be looked through at every start")
            self.tail.begin(file_offsets(record))
        except StoreError:
            record.close()
            raise
        self.record = record
        self.intake = Intake(record, self.settings, self.monotonic)
        self.policies.forget()
        if self.observer:
            self.observer.begin(record)

    def _begin_anew(self, fault: BrokenStoreError) -> None:
        """Damaged: keep it for whoever can mend it, and go on with an empty one."""
        if self.record:
            self.record.close()
        self.record = None
        stamp = datetime.datetime.fromtimestamp(self.clock(), datetime.UTC)
        aside = set_aside(self.path, f"{stamp:%Y%m%d-%H%M%S}")
        self.report.ill(
            Matter.DAMAGE,
            f"{fault}; it was moved to {aside.name} and a new, empty record was begun: restore a "
            "backup with bellgate restore, and check the card",
        )
        self.tail.begin({})

    def _begin_reading_anew(self) -> None:
        """A transaction failed: what was read in it is read again."""
        self.tail.begin_again()
        if self.record:
            self.intake.forget()

    # What is due: each says when it wants to be called next, where that is not the usual time

    def _look_at_policy(self) -> None:
        self.policies.look(self._open_record, self.clock())

    def store_new(self) -> float | None:
        """Store what is new, in one transaction; 0 where there is more."""
        record, intake = self._open_record, self.intake
        files = self.tail.look()
        if not self.tail.waiting_bytes() and not intake.has_to_close:
            for file in files:
                self.tail.look_whether_finished(file)
            self.tail.drop_finished()
            return None
        batch = Batch(self.tail, intake, with_events=self.observer is not None)
        with record.transaction():
            intake.begin()
            batch.read(files)
            intake.write()
            self._seal(at_least=CHUNK_ROWS)
            set_marks(record, {FILE_MARK + file.name: file.marks.place for file in batch.read_from})
            gone = self.tail.gone()
            drop_files(record, gone)
        batch.stored()
        self.tail.forget(gone)
        self.report.stored(batch)
        if self.observer and batch.events:
            self.observer.observe(batch.events)
        return 0.0 if batch.has_more else None

    def _settle(self) -> float | None:
        """Tell whoever looks for attempts that time has passed; sum up where much waits for it."""
        if self.observer:
            self.observer.settle(self.clock())
        if rollups.waiting(self._open_record) > FOLD_ROWS:
            self._fold()
        return None

    def _fold(self) -> None:
        """Sum up; nothing new: nothing is written."""
        record = self._open_record
        if rollups.is_due(record):
            with record.transaction():
                rollups.fold(record, self.policies.day)
            self._count_wear()

    def _count_wear(self) -> None:
        """What it all has cost the card."""
        record = self._open_record
        with record.transaction():
            add_wear(record, self.policies.today(self.clock()), *self.report.wear())

    def _seal_rest(self) -> None:
        """What has become final since, and the end of a day."""
        record = self._open_record
        if self.sealer.is_due(record, self.policies.today(self.clock())):
            with record.transaction():
                self._seal(at_least=1)

    def _seal(self, *, at_least: int) -> None:
        """Within a transaction. Chunks that are full are sealed at once, the rest once a minute:
        each one costs the card a page."""
        try:
            today = self.policies.today(self.clock())
            self.sealer.join(self._open_record, today, at_least=at_least)
        except (SealError, SigningKeyError) as fault:
            self.report.ill(Matter.SEAL, f"what is refused is stored, but not sealed: {fault}")
        else:
            self.report.well(Matter.SEAL)

    def _farewell(self, table: str, low: int, high: int, staying: Sequence[int]) -> None:
        """Within a transaction, before these are forgotten."""
        if table not in set(Sealed):
            return
        now_ms = int(self.clock() * 1000)
        try:
            self.sealer.forgetting(self._open_record, Sealed(table), low, high, staying, now_ms)
        except (SealError, SigningKeyError) as fault:  # what has to be forgotten is, all the same
            self.report.ill(Matter.SEAL, f"something was forgotten, and can't be proven: {fault}")

    def _forget(self) -> float | None:
        """One step of forgetting; nearly at once again where there is more."""
        record, now = self._open_record, self.clock()
        now_ms = int(now * 1000)
        is_behind = False
        for table, days in (
            (Rows.REFUSED, self.settings.refused_days),
            (Rows.ALLOWED, self.settings.allowed_days),
        ):
            before = retention.cutoff(record, table, now_ms, days)
            is_behind |= before < now_ms - days * retention.DAY_MS
            if not retention.forget_rows(record, table, before, now_ms, self._farewell).is_done:
                return LOOK_SECONDS
            retention.forget_sums(record, table, before, self.policies.today(before / 1000))
        before = now_ms - self.settings.audit_days * retention.DAY_MS
        retention.forget_audit(record, before, self.policies.today(before / 1000), self._farewell)
        days = self.settings.case_days
        is_behind |= not forget_cases(record, Keeper(self.folder), now_ms, days, self._farewell)
        is_behind |= not self._forget_books(now_ms)
        is_clear = retention.give_back(record)
        return BEHIND_SECONDS if is_behind or not is_clear else None

    def _forget_books(self, now_ms: int) -> bool:
        """What people wrote has its time too. A book that can't be had is no fault of the record:
        recording goes on."""
        try:
            is_done = forget_books(self._open_record, self.folder, self.settings, now_ms)
        except StoreError as fault:
            self.report.ill(
                Matter.BOOKS, f"what people wrote is kept longer than it should: {fault}"
            )
            return False
        self.report.well(Matter.BOOKS)
        return is_done

    def _check(self) -> None:
        """Cards go bad under a program that has what it needs in memory: look with other eyes."""
        with Record.examine(self.path) as fresh:
            fresh.quick_check(CHECK_SECONDS)

    def _tidy(self) -> None:
        self._open_record.clear_log()

    @property
    def _open_record(self) -> Record:
        if self.record is None:
            raise StoreError(f"{self.path}: it is not open")
        return self.record
