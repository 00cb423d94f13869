"""The files that resolvers write, read on from where reading stopped."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from appliance.event import Lost, Marks, Noted
from appliance.recording.channel import SUFFIX

BROKEN: Final = ".broken"
BROKEN_KEPT: Final = 3  # for whoever wants to know why; they take room from events
PIECE_BYTES: Final = 1 << 20


@dataclass(slots=True)
class File:
    """One file: how far it was read, and what holds there."""

    path: Path
    name: str  # below the folder of all
    marks: Marks = field(default_factory=Marks)
    is_finished: bool = False  # read to its end, and nobody writes any more
    is_held: bool = False  # somebody writes it
    is_new: bool = True  # not read since we began

    def context(self, offset: int) -> None:
        """Read again what is stored already: what holds further on stands there."""
        with self.path.open("rb") as file:
            for _ in self.marks.read(file.read(offset)):
                pass  # it is stored
        self.is_new = False


class Tail:
    """All files of events. `read` gives what is new; what was read is stored before `drop`."""

    def __init__(self, folder: Path, offsets: Mapping[str, int]) -> None:
        self.folder = folder
        self.begin(offsets)

    def begin(self, offsets: Mapping[str, int]) -> None:
        """Forget all reading and begin from what is stored."""
        self.files: dict[str, File] = {}
        self._offsets = dict(offsets)

    def begin_again(self) -> None:
        """Go back to what is stored."""
        self.begin(self._offsets)

    def look(self) -> list[File]:
        """Every file that is there, in the order in which a resolver wrote them."""
        found: dict[str, File] = {}
        for path in sorted(self.folder.glob(f"*/*{SUFFIX}")):
            name = f"{path.parent.name}/{path.name}"
            found[name] = self.files.get(name) or File(path, name)
        self.files = found
        return list(found.values())

    def gone(self) -> list[str]:
        """Files that were stored and are no longer there."""
        return [name for name in self._offsets if name not in self.files]

    def forget(self, names: list[str]) -> None:
        for name in names:
            self._offsets.pop(name, None)

    def read(self, file: File) -> Iterator[Noted | Lost]:
        """What is new in a file. Broken where it makes no sense from some place on."""
        try:
            with file.path.open("rb") as handle:
                # before reading: what is written until then is read below
                has_ended = _is_left_alone(handle.fileno())
                if file.is_new:
                    file.context(min(self._offsets.get(file.name, 0), _size(handle.fileno())))
                while True:
                    before = file.marks.place
                    handle.seek(before)
                    data = handle.read(PIECE_BYTES)
                    yield from file.marks.read(data)
                    if file.marks.place == before:
                        break
        except FileNotFoundError:
            return  # a resolver took back what it could not write
        file.is_finished = has_ended

    def look_whether_finished(self, file: File) -> None:
        """Nobody writes it any more, and all of it is stored."""
        try:
            with file.path.open("rb") as handle:
                # in this order: a resolver may write its last and end between the two
                is_left = _is_left_alone(handle.fileno())
                is_stored = _size(handle.fileno()) <= self._offsets.get(file.name, 0)
        except FileNotFoundError:
            return
        file.is_held = not is_left
        file.is_finished = is_left and is_stored

    def is_written_to(self) -> bool:
        """True while a resolver has one of the files in hand."""
        for file in self.look():
            self.look_whether_finished(file)
        return any(file.is_held for file in self.files.values())

    def stored(self, file: File) -> None:
        self._offsets[file.name] = file.marks.place

    def set_aside(self, file: File) -> Path:
        """Keep a file that makes no sense for whoever wants to know why, out of the way."""
        aside = file.path.with_suffix(BROKEN)
        file.path.replace(aside)
        self.files.pop(file.name, None)
        kept = sorted(self.folder.glob(f"*/*{BROKEN}"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-BROKEN_KEPT]:
            old.unlink(missing_ok=True)
        return aside

    def drop_finished(self) -> None:
        """Delete what is finished. Only after it was stored."""
        for name, file in list(self.files.items()):
            if file.is_finished and self._offsets.get(name, 0) >= file.marks.place:
                file.path.unlink(missing_ok=True)
                del self.files[name]

    def waiting_bytes(self) -> int:
        """What lies there and is not stored yet."""
        waiting = 0
        for file in self.files.values():
            try:
                waiting += max(file.path.stat().st_size - self._offsets.get(file.name, 0), 0)
            except FileNotFoundError:
                continue  # gone between two looks
        return waiting


def _is_left_alone(descriptor: int) -> bool:
    """True where nobody writes a file any more: whoever does holds a lock on it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size
