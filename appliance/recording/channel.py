"""From a resolver to the recorder: files of events in memory, one folder for each resolver.

The resolver only ever appends, in batches, and starts a new file when one is long enough. It holds
a lock on the file that it writes; one that nobody holds is finished, and whoever has stored it
deletes it. (A younger file beside it would say so too, but clocks are set back.) When nobody does,
room runs out: then questions that were allowed are dropped first, and counted; never does a
question wait for its record.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from appliance.event import MAGIC, State, lost_mark, refusals_of, state_mark, time_mark, whole_of

FLUSH_SECONDS: Final = 0.05  # what was noted longer ago than this is in the file
FILE_BYTES: Final = 1 << 20
ROOM_BYTES: Final = 64 << 20  # for one resolver; some 600,000 questions
ALLOWED_SHARE: Final = 0.75  # of the room: beyond it only refusals are kept
SUFFIX: Final = ".events"
BEGUN: Final = "next"


class Channel:
    """One resolver's end. `notes` takes marks as event.py makes them; flush writes them down."""

    def __init__(self, folder: Path, now: float, *, room_bytes: int = ROOM_BYTES) -> None:
        self.folder = folder
        self.room_bytes = room_bytes
        self.notes: list[bytes] = []
        self.lost_allowed = self.lost_refused = 0  # since the last mark that said so
        self.fault = ""  # what the disk says, while it refuses
        self._state = State()
        self._file = -1
        self._length = 0
        self._number = 0
        self._path = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # a clock may be set back to the very moment at which another one began
        self._start = f"{int(now * 1000):015d}-{os.urandom(4).hex()}"

    def tell(self, state: State) -> None:
        """What holds for the questions that are noted from now on."""
        if state != self._state:
            self._state = state
            self.notes.append(state_mark(state))

    def flush(self, now: float) -> None:
        """Write down what was noted."""
        if not self.notes:
            return
        data = b"".join(self.notes)
        self.notes.clear()
        taken = self._taken()
        if taken + len(data) > self.room_bytes * ALLOWED_SHARE:
            data, refused, allowed = refusals_of(data)
            self.lost_allowed += allowed
            if taken + len(data) > self.room_bytes:
                self.lost_refused += refused
                return
        told = b""
        if self.lost_allowed or self.lost_refused:
            told = lost_mark(self.lost_allowed, self.lost_refused)
        self._write(told, data, now)

    def close(self, now: float) -> None:
        self.flush(now)
        self._finish()

    def _write(self, told: bytes, marks: bytes, now: float) -> None:
        """Write these marks, behind what is told of those that were lost before."""
        is_new = self._file < 0 or self._length >= FILE_BYTES
        if is_new:  # a file of its own begins with what holds now: the ones before it may be gone
            told = MAGIC + time_mark(int(now * 1000)) + state_mark(self._state) + told
        data = told + marks
        written = 0
        try:
            if is_new:
                self._begin()
            written = os.write(self._file, data)
            if is_new and written == len(data):
                self._show()
            if written < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as fault:
            self.fault = fault.strerror or str(fault)
            self._leave_half(marks, written - len(told))
            return
        self._length += len(data)
        self.lost_allowed = self.lost_refused = 0
        self.fault = ""

    def _begin(self) -> None:
        self._finish()
        self._number += 1
        self._path = self.folder / f"{self._start}-{self._number:08d}{SUFFIX}"
        begun = self.folder / BEGUN
        self._file = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _show(self) -> None:
        """Let the recorder see a new file: not before it is locked, or it would pass for finished;
        not before something is in it, or what it tells could be read and yet be taken back."""
        os.rename(self.folder / BEGUN, self._path)

    def _finish(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._length = -1, 0

    def _leave_half(self, marks: bytes, written: int) -> None:
        """Part of a batch may be in the file, and somebody may have read it: that part counts. The
        rest is lost, and what comes next goes into another file."""
        kept = whole_of(marks[: max(written, 0)])
        if not self._length:  # a new file, which nobody has seen
            kept = kept if kept and self._is_shown() else 0
            written = kept or -1
        if written >= 0:
            self.lost_allowed = self.lost_refused = 0  # the file tells of them
        _, refused, allowed = refusals_of(marks[kept:])
        self.lost_allowed += allowed
        self.lost_refused += refused
        self._finish()

    def _is_shown(self) -> bool:
        with contextlib.suppress(OSError):
            self._show()
            return True
        return False

    def _taken(self) -> int:
        """Bytes that wait for the recorder. Files other than ours are as long as they get."""
        with os.scandir(self.folder) as entries:
            count = sum(1 for entry in entries if entry.name.endswith(SUFFIX))
        return max(count - 1, 0) * FILE_BYTES + self._length
