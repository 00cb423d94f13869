"""DIR/lists: the last good copy of each public list, and what is known of it.

A copy is NAME.txt, or has another ending of `container.ENDINGS`; NAME.json is its record. The power
may go at any moment: each file is whole or not there, a copy is in its place before its record
says so, and what was under way lies in .arriving, which the next refresh empties.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from appliance.disk import replace_file, to_disk
from appliance.errors import ListError
from appliance.lists.packing import ENDINGS
from appliance.policy.clock import Instant

ARRIVING = ".arriving"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a list's copy, and how the last try to refresh it went."""

    address: str = ""  # where the copy came from
    tried: Instant = 0  # 0: never, here and below
    fetched: Instant = 0  # when the copy came
    confirmed: Instant = 0  # when the server last said that it is still the newest
    etag: str = ""
    last_modified: str = ""
    names: int = 0
    unsupported: int = 0
    failure: str = ""  # the sentence of the last try; empty when it went well
    failing_since: Instant = 0


class Shelf:
    """The lists that lie on this box."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "lists"

    def copy(self, name: str) -> Path | None:
        """The last good copy. A power cut may leave one of another ending: the newer counts."""
        copies = [path for path in self._places(name) if path.is_file()]
        return max(copies, key=lambda path: path.stat().st_mtime_ns, default=None)

    def record(self, name: str) -> Record:
        """What is known; nothing where the record is missing or damaged, for a fetch mends that."""
        try:
            known = json.loads(self._record_file(name).read_bytes())
            record = Record(**known)
        except (OSError, ValueError, TypeError):
            return Record()
        has_sound_values = all(
            type(getattr(record, field.name)) is type(field.default) for field in fields(Record)
        )
        return record if has_sound_values else Record()

    def note(self, name: str, record: Record) -> None:
        data = json.dumps(asdict(record), indent=1, ensure_ascii=False).encode()
        with _on_disk(self.folder):
            replace_file(self._record_file(name), data + b"\n")

    def put(self, name: str, arrived: Path, ending: str) -> None:
        """Make this file, which is on the disk already, the last good copy."""
        place = self.folder / f"{name}{ending}"
        with _on_disk(self.folder):
            os.replace(arrived, place)
            to_disk(self.folder)
            for other in self._places(name):
                if other != place:
                    other.unlink(missing_ok=True)

    @contextlib.contextmanager
    def workshop(self) -> Iterator[Path]:
        """A folder for what arrives, on the same disk; a second refresh waits for the first."""
        arriving = self.folder / ARRIVING
        with _on_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            shutil.rmtree(arriving, ignore_errors=True)
            with _on_disk(self.folder):
                arriving.mkdir()
            try:
                yield arriving
            finally:
                shutil.rmtree(arriving, ignore_errors=True)

    def _places(self, name: str) -> list[Path]:
        return [self.folder / f"{name}{ending}" for ending in ENDINGS]

    def _record_file(self, name: str) -> Path:
        return self.folder / f"{name}.json"


@contextlib.contextmanager
def _on_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise ListError(f"{fault.filename or folder}: {fault.strerror}") from fault
