"""DIR/catalogue: the editions that were imported, and which of all catalogues is in use.

    2026-12-01-3f9a…/   an edition, unpacked; its files never change
    current             a link to the one that was imported last, or gone back to
    history.json        the editions in the order in which they came, for the way back

The power may go at any moment: an edition is whole or not there, and the link turns when all is on
the disk. A history that is one step ahead of the link does no harm.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.disk import faults_as, replace_file, to_disk, turn_link
from appliance.errors import CatalogueError, EditionError
from appliance.lists import catalogue

LIBRARY = "catalogue"
OWN = "blocklists"
CURRENT = "current"
HISTORY = "history.json"
ARRIVING = ".arriving"
KEPT = 3  # editions: the one in use, and two steps back


class Library:
    """The catalogues of a box."""

    def __init__(self, folder: Path, shipped: Path = catalogue.SHIPPED) -> None:
        self.folder = folder / LIBRARY
        self.shipped = shipped
        self._own = folder / OWN

    @property
    def own(self) -> Path | None:
        """The school's own files, which are read over any catalogue."""
        return self._own if self._own.is_dir() else None

    def in_use(self) -> Path:
        """The imported edition where it is newer than the one that came with the program."""
        current = self.folder / CURRENT
        return current.resolve() if self._is_newer(current) else self.shipped

    def link(self) -> str:
        """What changes when another edition is imported or gone back to; cheap to look at."""
        with contextlib.suppress(OSError):
            return str((self.folder / CURRENT).readlink())
        return ""

    def before(self) -> Path:
        """What `go_back` would bring into use."""
        *earlier, current = self._history_to_now() or [""]
        usable = (self.folder / name for name in reversed(earlier) if name != current)
        return next(filter(self._is_newer, usable), self.shipped)

    def put(self, name: str, unpack: Callable[[Path], None]) -> None:
        """Bring an edition into use, whose files `unpack` writes into a folder; EditionError leaves
        everything as it was."""
        with faults_as(EditionError, self.folder), self._alone():
            if not (self.folder / name).is_dir():
                self._store(name, unpack)
            history = [*self._history_to_now(), name]
            self._write_history(history)
            turn_link(self.folder / CURRENT, name)
            self._forget_all_but(history[-KEPT:])

    def go_back(self) -> Path:
        """Bring the catalogue before this one into use, and say which it is."""
        with faults_as(EditionError, self.folder), self._alone():
            before = self.before()
            if before == self.shipped:
                (self.folder / CURRENT).unlink(missing_ok=True)
                to_disk(self.folder)
                self._write_history([])
            else:
                turn_link(self.folder / CURRENT, before.name)
                self._write_history(self._history_to_now())
            self._forget_all_but(self._history())  # one that a card ate can be imported again
            return before

    def _is_newer(self, place: Path) -> bool:
        """True where a catalogue is here, and newer than the one that came with the program."""
        if not place.is_dir():
            return False
        try:
            day = catalogue.edition(place)
        except CatalogueError:
            return False  # a card that fails may have eaten it: the shipped one serves
        return day > catalogue.edition(self.shipped)

    def _store(self, name: str, unpack: Callable[[Path], None]) -> None:
        arriving = self.folder / ARRIVING
        shutil.rmtree(arriving, ignore_errors=True)
        arriving.mkdir()
        unpack(arriving)
        os.sync()  # all at once: one by one, a thousand files would wait for the card each
        for path in [*arriving.rglob("*"), arriving]:
            to_disk(path)  # nothing is left to wait for, but a failing card says so here
        os.rename(arriving, self.folder / name)
        to_disk(self.folder)

    def _history(self) -> list[str]:
        """The names of the editions, the oldest first; none where the file is missing or odd."""
        with contextlib.suppress(OSError, ValueError):
            names = json.loads((self.folder / HISTORY).read_bytes())
            if isinstance(names, list):
                return [name for name in names if isinstance(name, str) and "/" not in name]
        return []

    def _history_to_now(self) -> list[str]:
        """The history as far as the edition in use; what was gone back from is forgotten."""
        history = self._history()
        current = self.in_use().name
        while history and history[-1] != current:
            history.pop()
        return history

    def _write_history(self, names: list[str]) -> None:
        replace_file(self.folder / HISTORY, json.dumps(names[-KEPT:]).encode() + b"\n")

    def _forget_all_but(self, kept: list[str]) -> None:
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One change at a time; a second one waits for the first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
