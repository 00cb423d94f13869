"""Who is at work in a data folder: one `bellgate run`, or nobody."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.disk import faults_as
from appliance.errors import RunError

RUN = "run"  # in the data folder: what holds while we run, for our own user alone
LOCK = "lock"
CLOCK = "clock"
PRIVATE = 0o700


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """Nobody else runs in this data folder: two would spoil one another's record. Gives the
    folder for what holds while we run."""
    place = folder / RUN
    with faults_as(RunError, folder):
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(PRIVATE)
        lock = (place / LOCK).open("a+")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            lock.seek(0)
            raise RunError(
                f"{folder}: another bellgate run is at work there, process {lock.read().strip()}"
            ) from fault
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        os.set_inheritable(lock.fileno(), True)  # `bellgate run` turns into another program
        yield place


def set_clock(place: Path, offset_seconds: float) -> None:
    """What --clock has put between our clock and the system's, for commands beside this run."""
    with faults_as(RunError, place):
        (place / CLOCK).write_text(f"{offset_seconds:.3f}\n")


def now(folder: Path) -> float:
    """The time by the clock of whoever is at work in this folder; else by the system's."""
    return time.time() + clock_offset(folder)


def clock_offset(folder: Path) -> float:
    """Seconds between the clock of whoever is at work in this folder and the system's."""
    if who(folder):
        with contextlib.suppress(OSError, ValueError):  # begun a moment ago: not written yet
            return float((folder / RUN / CLOCK).read_text())
    return 0.0


def who(folder: Path) -> str:
    """The number of the process that is at work there; empty: nobody is."""
    try:
        lock = (folder / RUN / LOCK).open()
    except OSError:
        return ""  # nobody ever was, or another user, whose folder we may not see into
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read().strip()
    return ""
