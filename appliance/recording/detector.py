"""Looks for attempts to get round the filter in what has just been stored, and keeps their cases.

Runs inside the recorder, behind each transaction: a question that is not stored yet counts for
nothing. What it remembers of devices is written down every half hour and at the end; after a crash
the refusals since then are looked at again, and nothing that was told before is told a second time.
What was allowed in between is not known any more, so a grade is not lowered for want of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from appliance.detection.casework import Case, Casework
from appliance.detection.names import Sign
from appliance.detection.observation import Observation
from appliance.detection.order import TOLERANCE_SECONDS, TooLate
from appliance.detection.score import Grade
from appliance.endpoint import Network
from appliance.errors import ApplianceError, StoreError
from appliance.event import Event
from appliance.policy.clock import DAY_SECONDS
from appliance.recording import remembered
from appliance.recording.knowing import Knowing
from appliance.recording.seen import Seeing
from appliance.store import findings
from appliance.store.cases import Status
from appliance.store.cases import find as find_cases
from appliance.store.database import FILE, Record, told
from appliance.store.findings import Finding, Signed
from appliance.store.rows import Reader
from appliance.store.writer import Rows, last, mark, set_marks

WRITE_SECONDS: Final = 20.0  # what is no more than noise can wait so long
SAVE_SECONDS: Final = 1800.0
KNOW_SECONDS: Final = 2.0  # between two looks at what is in force
# To look at refusals again after a crash: while it lasts nothing is stored, and a recorder that
# dies once more before it has caught up must not fall behind for ever. A busy half hour's rows.
AGAIN_ROWS: Final = 40_000
AGAIN_SECONDS: Final = 2.0
AGAIN_DAYS: Final = 7
LATE_ONES: Final = 300  # in a row: then it is the clock that was set back
MOST_WAITING: Final = 20_000  # findings and signs, while the disk refuses
MOST_CASES: Final = 100_000
TOLD_LATE: Final = 1_000
log = logging.getLogger(__name__)


class Detector:
    """An Observer of the recorder."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
        forwarders: Sequence[Network] = (),
    ) -> None:
        self.clock = clock
        self.monotonic = monotonic
        self.knowing = Knowing(folder)
        self.seeing = Seeing(forwarders)
        self.casework: Casework | None = None
        self.late = self.unseen = 0
        self._record: Record | None = None
        self._waiting: list[Finding | Signed] = []
        self._unsure: set[str] = set()  # devices of whose open case we may know too little
        self._late_in_a_row = 0
        self._entry = 0  # the newest one of a case's history that we have looked at
        self._is_again = False
        self._written = self._saved = self._known = monotonic()
        self._fault = ""
        self._stumbled = 0

    @property
    def problem(self) -> str:
        """A sentence for the health file; empty: all is well."""
        if self._fault:
            return f"attempts are not looked for: {self._fault}; the record itself goes on"
        if self._stumbled:
            return (
                f"the search for attempts stumbled {self._stumbled:,} times since recording "
                "started: its log says over what; the record itself is whole"
            )
        if self.late >= TOLD_LATE:
            return (
                f"{self.late:,} questions came too late to be looked at for attempts since "
                "recording started: they are stored, but the clock was set back, or the box is "
                "too slow"
            )
        return ""

    def begin(self, record: Record) -> None:
        """From now on it is this record; an empty one hears of all open cases anew."""
        self._record = record
        _, self._entry = findings.reviewed_since(record, 0)
        if self.casework:
            self._waiting += map(_finding, self.casework.cases())
        self._safely(self._know)

    def observe(self, events: Sequence[Event]) -> None:
        self._safely(lambda: self._observe(events))

    def settle(self, now: float) -> None:
        self._safely(lambda: self._settle(now))

    def end(self) -> None:
        """Recording ends: write down what is known."""
        self._safely(self._end)

    def _safely(self, work: Callable[[], None]) -> None:
        """A guest in the recorder's house: whatever it stumbles over, a name perhaps that somebody
        made up for that, must not cost the school its record."""
        try:
            with told(self.knowing.folder / FILE):
                work()
        except StoreError:
            raise  # the recorder knows what to do about it, and what waits here goes on waiting
        except Exception:
            log.exception("detection stumbled")
            self._stumbled += 1

    def _observe(self, events: Sequence[Event]) -> None:
        casework = self._ready()
        if casework is None:
            self.unseen += len(events)
            return
        self._look_for_reviews(casework)
        for event in sorted(events, key=lambda one: one.at_ms):
            seen = self.seeing.observation(event)
            if seen:
                self._look_at(casework, seen)
        self._write()

    def _look_at(self, casework: Casework, seen: Observation) -> None:
        try:
            changed = casework.note(seen)
        except TooLate:
            self.late += 1
            self._late_in_a_row += 1
            if self._late_in_a_row >= LATE_ONES:
                casework.begin_order_anew()
                self._late_in_a_row = 0
            return
        self._late_in_a_row = 0
        self._waiting += map(_finding, changed)

    def _settle(self, now: float) -> None:
        casework = self._ready()
        if casework is None or self._record is None:
            return
        record, now_ms = self._record, int(now * 1000)
        self._look_for_reviews(casework)
        # not yet the last seconds: what resolvers noted in them is still on its way
        self._waiting += map(_finding, casework.settle(int(now) - 2 * TOLERANCE_SECONDS))
        self._write(at_once=True)
        quiet_ms = casework.numbers.quiet_hours * 3_600_000
        with record.transaction():
            findings.quieten(record, now_ms - quiet_ms, casework.open_devices, now_ms)
            findings.link(record, now_ms)
        if self.monotonic() - self._saved >= SAVE_SECONDS:
            self._save()

    def _end(self) -> None:
        if self.casework and self._record:
            now = int(self.clock())
            self._waiting += map(_finding, self.casework.settle(now))  # nothing older comes now
            self._write(at_once=True)
            with self._record.transaction():
                findings.link(self._record, now * 1000)
            self._save()

    def _ready(self) -> Casework | None:
        if self.monotonic() - self._known >= KNOW_SECONDS:
            self._know()
        return self.casework

    def _know(self) -> None:
        """Go by the policy and the catalogue that are in force now."""
        self._known = self.monotonic()
        try:
            news = self.knowing.look()
        except ApplianceError as fault:
            self._fault = str(fault).partition("\n")[0]
            return
        if news is None:
            return
        self._fault = ""
        self.seeing.go_by(news.school)
        if self.casework:
            self.casework.learn(news.knowledge, news.schedule)
        else:
            self.casework = Casework(news.knowledge, news.schedule, heard=self._hear)
            self._recall(self.casework)

    def _hear(self, sign: Sign, seen: Observation) -> None:
        item = seen.name or sign.item
        found = Signed(
            device=seen.device,
            at_ms=seen.at * 1000,
            kind=sign.kind,
            title=sign.title,
            name=item,
            action=seen.action,
            is_usual=sign.by_itself or sign.habit is not None,
        )
        if self._is_again and self._record and findings.is_signed(self._record, found):
            return
        self._waiting.append(found)

    def _write(self, *, at_once: bool = False) -> None:
        """Store what was found: at once where it may concern a person."""
        now = self.monotonic()
        is_grave = any(
            isinstance(one, Finding) and one.grade != Grade.NOISE for one in self._waiting
        )
        is_due = at_once or is_grave or now - self._written >= WRITE_SECONDS
        if not (self._waiting and is_due and self._record):
            return
        now_ms = int(self.clock() * 1000)
        left: list[Finding | Signed] = []
        with self._record.transaction():
            for one in self._waiting:
                if isinstance(one, Finding):
                    may_lower = one.device not in self._unsure
                    findings.join(self._record, one, now_ms, may_lower=may_lower)
                    if one.closed_ms is not None:
                        self._unsure.discard(one.device)  # its next case begins from nothing
                elif not findings.sign(self._record, one):
                    left.append(one)  # its case is told later, when it has been weighed
            # a second time for those whose case has been opened after them
            left = [one for one in left if not findings.sign(self._record, one)]  # type: ignore[arg-type]
        self._waiting = left[-MOST_WAITING:]
        self._written = now

    def _look_for_reviews(self, casework: Casework) -> None:
        """What people have judged does not count again."""
        if self._record:
            devices, self._entry = findings.reviewed_since(self._record, self._entry)
            for device in devices:
                casework.lay_aside(device)
                self._unsure.discard(device)

    # Memory

    def _save(self) -> None:
        if self.casework and self._record:
            with self._record.transaction():
                remembered.save(self._record, self.casework.memory())
                set_marks(self._record, {remembered.MARK: last(self._record, Rows.REFUSED)})
            self._saved = self.monotonic()

    def _recall(self, casework: Casework) -> None:
        """What was remembered, and the refusals since."""
        record = self._record
        if record is None:
            return
        memory = remembered.load(record)
        since = mark(record, remembered.MARK) if memory else 0
        if memory:
            casework.recall(memory)
        newest = last(record, Rows.REFUSED)
        if newest <= since:
            return
        found = find_cases(record, statuses=[Status.OPEN], limit=MOST_CASES)
        self._unsure = {one.device for one in found}
        self._is_again = True
        try:
            self._look_again(casework, max(since, newest - AGAIN_ROWS) + 1, newest)
            self._waiting += map(_finding, casework.cases())
        finally:
            self._is_again = False

    def _look_again(self, casework: Casework, first: int, newest: int) -> None:
        assert self._record
        end = self.monotonic() + AGAIN_SECONDS
        since_ms = int((self.clock() - AGAIN_DAYS * DAY_SECONDS) * 1000)
        rows = Reader(self._record).rows(first, newest, since_ms=since_ms)
        for seen in self.seeing.of_rows(rows):
            self._look_at(casework, seen)
            if self.monotonic() > end:
                log.info("not all refusals since the last start could be looked at again")
                break
        # none of these comes again: what is asked from now on is not late
        self._waiting += map(_finding, casework.settle(int(self.clock())))
        casework.begin_order_anew()


def _finding(case: Case) -> Finding:
    return Finding(
        device=case.device,
        group=case.group,
        opened_ms=case.opened * 1000,
        last_ms=case.last * 1000,
        closed_ms=None if case.closed is None else case.closed * 1000,
        grade=str(case.grade),
        score=case.score,
        kinds=case.kinds,
        speaks_for=case.speaks_for,
        speaks_against=case.speaks_against,
    )
