"""A hunt: a trial is run on many inputs, in several processes, and what it finds is kept.

Input N of a seed depends on the seed and N alone, so that any finding can be made again by itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Protocol

from tests.fuzz.reduce import reduced

LONGEST_SECONDS = 2.0  # of processor time for one input; more is a hang
STALLED_SECONDS = 60.0  # a worker that Python's own signals no longer reach
SHOWN_OF_A_KIND = 3
KEPT_OF_A_KIND = 20
PROGRESS_SECONDS = 10.0
REDUCING_SECONDS = 20.0
LOST = "the worker died or hangs beyond reach"


class Finding(Exception):
    """What must never be: its first line names the kind, the rest is of this input alone."""


class TookTooLong(BaseException):
    """Not an Exception: the code under trial must not be able to swallow it."""


class Trial(Protocol):
    ending: str  # of kept files

    def make(self, random: Random) -> bytes:
        """An input."""

    def check(self, data: bytes) -> bool:
        """Was it accepted? Finding, or any other exception, is a finding."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one worker says of one input, or at its end of all of them (number -1)."""

    number: int
    kind: str = ""
    accepted: int = 0
    slowest: tuple[float, int] = (0.0, 0)  # seconds, input


def main(make_trial: Callable[[], Trial]) -> None:
    words = _arguments()
    if words.check or words.only is not None:
        sys.exit(_check_few(make_trial(), words))
    sys.exit(_hunt(make_trial, words))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where findings are written")
    parser.add_argument("--only", type=int, metavar="N", help="this input alone, shown")
    parser.add_argument("--check", type=Path, nargs="+", metavar="FILE", help="these files alone")
    return parser.parse_args()


def random_of(seed: int, number: int) -> Random:
    return Random(f"{seed}:{number}")


def verdict(trial: Trial, data: bytes) -> tuple[bool, str]:
    """Was this input accepted, and the kind of finding; empty when all is well."""
    try:
        with _time_limit():
            return trial.check(data), ""
    except Finding as finding:
        return False, str(finding)
    except TookTooLong:
        return False, f"took more than {LONGEST_SECONDS:g} s"
    except Exception as fault:
        place = traceback.extract_tb(fault.__traceback__)[-1]
        name = Path(place.filename).name
        return False, f"{type(fault).__name__} at {name}:{place.lineno}\n{str(fault)[:200]}"


@contextmanager
def _time_limit() -> Iterator[None]:
    """TookTooLong after so much processor time: a busy machine is nobody's fault."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _check_few(trial: Trial, words: argparse.Namespace) -> int:
    """The inputs of --only and --check, with what becomes of each."""
    inputs = {str(path): path.read_bytes() for path in words.check or ()}
    if words.only is not None:
        inputs[f"input {words.only}"] = trial.make(random_of(words.seed, words.only))
        sys.stdout.buffer.write(inputs[f"input {words.only}"] + b"\n")
    found = 0
    for name, data in inputs.items():
        accepted, kind = verdict(trial, data)
        found += bool(kind)
        print(f"{name}: {kind or ('accepted' if accepted else 'refused as it should be')}")
    return 1 if found else 0


def _work(
    make_trial: Callable[[], Trial],
    seed: int,
    numbers: range,
    reports: Any,
    place: Synchronized[int],
) -> None:
    """One process's share of the inputs."""
    trial, accepted, slowest = make_trial(), 0, (0.0, 0)
    for number in numbers:
        place.value = number
        data = trial.make(random_of(seed, number))
        began = time.process_time()
        was_accepted, kind = verdict(trial, data)
        slowest = max(slowest, (time.process_time() - began, number))
        accepted += was_accepted
        if kind:
            reports.put(Report(number, kind))
    reports.put(Report(-1, "", accepted, slowest))


class _Worker:
    """A process and how far it has come."""

    def __init__(
        self, make_trial: Callable[[], Trial], seed: int, numbers: range, reports: Any
    ) -> None:
        self.numbers = numbers
        self.place: Synchronized[int] = multiprocessing.Value("q", numbers.start)
        self.seen = (numbers.start, time.monotonic())
        self.process = multiprocessing.Process(
            target=_work, args=(make_trial, seed, numbers, reports, self.place), daemon=True
        )
        self.process.start()

    @property
    def done(self) -> int:
        return (self.place.value - self.numbers.start) // self.numbers.step

    def stalled_at(self) -> int | None:
        """The input over which it hangs beyond help, or died; None while it moves."""
        if self.process.exitcode == 0:
            return None
        place, now = self.place.value, time.monotonic()
        if place != self.seen[0]:
            self.seen = (place, now)
        has_died = self.process.exitcode is not None
        return place if has_died or now - self.seen[1] > STALLED_SECONDS else None


def _hunt(make_trial: Callable[[], Trial], words: argparse.Namespace) -> int:
    began = time.monotonic()
    reports: Any = multiprocessing.Queue()
    workers = [
        _Worker(make_trial, words.seed, range(job, words.runs, words.jobs), reports)
        for job in range(words.jobs)
    ]
    bag = _Bag(make_trial(), words.seed, words.keep)
    accepted, slowest, ended = 0, (0.0, 0), 0
    told = began
    while ended < len(workers):
        for report in _waiting(reports):
            if report.number >= 0:
                bag.add(report)
                continue
            ended += 1
            accepted += report.accepted
            slowest = max(slowest, report.slowest)
        _give_up_stalled(workers, bag)
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            _tell_progress(sum(worker.done for worker in workers), told - began, bag)
    seconds = time.monotonic() - began
    bag.reduce()
    print(
        f"seed {words.seed}: {words.runs:,} inputs in {seconds:.0f} s ({words.runs / seconds:.0f}/s"
        f"), {accepted / max(words.runs, 1):.1%} accepted, "
        f"slowest {slowest[0]:.2f} s (input {slowest[1]})"
    )
    print(bag.summary())
    return 1 if bag.kinds else 0


def _waiting(reports: Any) -> Iterator[Report]:
    """What has been reported; waits a moment for the first."""
    try:
        yield reports.get(timeout=0.5)
        while True:
            yield reports.get_nowait()
    except queue.Empty:
        return


def _give_up_stalled(workers: list[_Worker], bag: _Bag) -> None:
    for worker in list(workers):
        place = worker.stalled_at()
        if place is not None:
            bag.add(Report(place, LOST))
            worker.process.kill()
            workers.remove(worker)


def _tell_progress(done: int, seconds: float, bag: _Bag) -> None:
    print(
        f"{done:,} inputs, {done / seconds:.0f}/s, {bag.kinds.total():,} findings", file=sys.stderr
    )


class _Bag:
    """The findings: a line for the first few of each kind, files for some more."""

    def __init__(self, trial: Trial, seed: int, folder: Path | None) -> None:
        self.trial = trial
        self.seed = seed
        self.folder = folder
        self.kinds: Counter[str] = Counter()
        self.first: dict[str, int] = {}

    def add(self, report: Report) -> None:
        kind, _, detail = report.kind.partition("\n")
        self.kinds[kind] += 1
        self.first.setdefault(kind, report.number)
        if self.kinds[kind] <= SHOWN_OF_A_KIND:
            print(f"FOUND input {report.number}: {kind}: {ascii(detail)}", flush=True)
        if self.kinds[kind] <= KEPT_OF_A_KIND:
            self._keep(f"{self.seed}-{report.number}", self._input(report.number))

    def _input(self, number: int) -> bytes:
        return self.trial.make(random_of(self.seed, number))

    def _keep(self, name: str, data: bytes) -> None:
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{name}{self.trial.ending}").write_bytes(data)

    def summary(self) -> str:
        counts = (f"  {count:7,} × {kind}" for kind, count in self.kinds.most_common())
        return "\n".join([f"{self.kinds.total():,} findings of {len(self.kinds)} kinds", *counts])

    def reduce(self) -> None:
        """Keep the first input of each kind once more, as short as it will go."""
        self.first.pop(LOST, None)  # it would take this process with it
        for kind, number in self.first.items() if self.folder else ():

            def is_same(data: bytes, kind: str = kind) -> bool:
                return verdict(self.trial, data)[1].partition("\n")[0] == kind

            if is_same(self._input(number)):
                small = reduced(self._input(number), is_same, REDUCING_SECONDS)
                self._keep(f"{self.seed}-{number}-reduced", small)
