"""A box in one file: the record and the books, each whole at one moment, and what its data folder
can't do without.

Left out is what holds only while a box runs, what it can work out again, and snapshots that are no
longer in force. A backup has personal data and keys in it: whoever makes one looks after it.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from appliance import __version__
from appliance.disk import faults_as, replace_file, to_disk
from appliance.errors import BackupError, StoreError
from appliance.policy.snapshot import CURRENT, SNAPSHOTS
from appliance.running import RUN
from appliance.store.book import Book
from appliance.store.copying import Progress, check_book, check_copy, copy, copy_book, leap
from appliance.store.counter.schema import SCHEMA as COUNTER
from appliance.store.database import FILE, Record
from appliance.store.office import office
from appliance.store.office.schema import SCHEMA as OFFICE
from appliance.store.schema import VERSION

MANIFEST: Final = "backup.json"
FORMAT: Final = 1
BEFORE: Final = "before-restore"
PRIVATE: Final = 0o600
PIECE: Final = 1 << 20
BOOKS: Final = (OFFICE, COUNTER)
LAST: Final = "last-backup"  # in the data folder: when the last one was made
_LEFT_OUT: Final = {RUN, FILE, LAST, "publish.lock", "catalogue.json"}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself."""

    version: str
    schema: int  # of the record; 0: there was none
    made: str
    files: dict[str, str]  # path and SHA-256
    links: dict[str, str]


def back_up(
    folder: Path, target: Path, now: float, progress: Progress = lambda done, of: None
) -> Contents:
    """Write a backup of a data folder to a new file; a box that runs goes on meanwhile."""
    if target.exists():
        raise BackupError(f"{target}: there is such a file already; give a new name")
    if not folder.is_dir():
        raise BackupError(f"{folder}: there is no such data folder; give it with --dir")
    with (
        faults_as(BackupError, target),
        tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".backup-") as place,
    ):
        new = Path(place) / "backup.zip"
        new.touch(PRIVATE)
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
            contents = _pack(archive, folder, Path(place) / FILE, now, progress)
            archive.writestr(MANIFEST, json.dumps(_written(contents), indent=1))
        to_disk(new)
        new.rename(target)
    with faults_as(BackupError, folder):
        replace_file(folder / LAST, f"{now:.0f}\n".encode())
    return contents


def last_backup(folder: Path) -> float | None:
    """When the last one was made here; None: never, or nobody remembers."""
    try:
        return float((folder / LAST).read_text())
    except (OSError, ValueError):
        return None


def _pack(
    archive: zipfile.ZipFile, folder: Path, copied: Path, now: float, progress: Progress
) -> Contents:
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    schema = 0
    if (folder / FILE).exists():
        with Record.examine(folder / FILE) as record:
            copy(record, copied, progress)
            schema = record.version
        files[FILE] = _add(archive, copied, FILE)
    for book in _books(folder):
        beside = copied.with_name(book.name)
        copy_book(book, beside)
        files[book.name] = _add(archive, beside, book.name)
    for path in _essentials(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            links[name] = os.readlink(path)
            continue
        with contextlib.suppress(FileNotFoundError):  # replaced while we looked: the next is there
            files[name] = _add(archive, path, name)
    made = datetime.datetime.fromtimestamp(now, datetime.UTC)
    return Contents(__version__, schema, f"{made:%Y-%m-%dT%H:%M:%SZ}", files, links)


def _books(folder: Path) -> list[Path]:
    """Databases beside the record: copied as files they would lack what is in their logs."""
    return sorted(path for path in folder.glob("*.db") if path.name != FILE and path.is_file())


def _essentials(folder: Path) -> Iterator[Path]:
    """Files and links that belong into a backup, besides record and books."""
    in_force = (folder / SNAPSHOTS / CURRENT).resolve().name
    databases = (FILE, *(book.name for book in _books(folder)))
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_passing = any(part.startswith(".") for part in parts) or parts[0].startswith(BEFORE)
        is_of_database = any(
            parts[0] == name or parts[0].startswith(f"{name}-") for name in databases
        )
        is_old = parts[0] == SNAPSHOTS and len(parts) > 1 and parts[1] not in (CURRENT, in_force)
        is_damaged = parts[0].startswith(f"{FILE}.damaged-")
        if is_passing or is_old or is_of_database or is_damaged or parts[0] in _LEFT_OUT:
            continue
        if path.is_symlink() or path.is_file():
            yield path


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def restore(source: Path, folder: Path, stamp: str) -> Contents:
    """Put a backup in place of what a data folder holds, which is set aside in it. BackupError
    leaves everything as it was. Nothing may run there."""
    with faults_as(BackupError, source):
        try:
            with zipfile.ZipFile(source) as archive:
                contents = _contents(archive, source)
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as place:
                    _unpack(archive, contents, Path(place))
                    if contents.schema:
                        _check_record(Path(place) / FILE)
                    _check_books(Path(place))
                    _put_in_place(Path(place), folder, stamp)
        except zipfile.BadZipFile as fault:
            raise BackupError(f"{source}: this is no backup, or it is damaged") from fault
    return contents


def _contents(archive: zipfile.ZipFile, source: Path) -> Contents:
    try:
        content: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if content["format"] > FORMAT or content["schema"] > VERSION:
            raise BackupError(
                f"{source}: Bellgate {content['version']} made this backup, and this is "
                f"{__version__}: install that version or a newer one, then restore again"
            )
        contents = Contents(
            content["version"],
            content["schema"],
            content["made"],
            dict(content["files"]),
            dict(content["links"]),
        )
    except (KeyError, ValueError, TypeError) as fault:
        raise BackupError(f"{source}: this is no backup of Bellgate's") from fault
    for name in (*contents.files, *contents.links):
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise BackupError(f"{source}: {name!r} would lie outside the data folder")
    for target in contents.links.values():
        if "/" in target or target in ("", ".", ".."):
            raise BackupError(f"{source}: a link to {target!r} would lead outside its folder")
    return contents


def _unpack(archive: zipfile.ZipFile, contents: Contents, place: Path) -> None:
    for name, expected in contents.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        path.touch(PRIVATE)
        try:
            with archive.open(name) as source, path.open("wb") as target:
                while piece := source.read(PIECE):
                    digest.update(piece)
                    target.write(piece)
        except KeyError as fault:
            raise BackupError(f"{archive.filename}: {name} is missing in it") from fault
        if digest.hexdigest() != expected:
            raise BackupError(f"{archive.filename}: {name} was altered or is damaged")
        to_disk(path)
    for name, link in contents.links.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(link)


def _check_record(path: Path) -> None:
    try:
        check_copy(path)
        # rows that were written after the backup had numbers too: these are not given twice
        with Record.open(path) as record:
            leap(record)
            record.clear_log()
    except StoreError as fault:
        raise BackupError(str(fault)) from fault


def _check_books(place: Path) -> None:
    try:
        for path in _books(place):
            check_book(path)
        for schema in BOOKS:
            if (place / schema.file).exists():
                Book.open(place, schema).close()  # it may be a newer program's
        if (place / OFFICE.file).exists():
            with office.open_office(place) as opened:
                office.shut(opened)
    except StoreError as fault:
        raise BackupError(str(fault)) from fault


def _put_in_place(place: Path, folder: Path, stamp: str) -> None:
    aside = folder / f"{BEFORE}-{stamp}"
    for path in sorted(folder.iterdir()):
        if path == place or path.name == RUN or path.name.startswith(BEFORE):
            continue
        aside.mkdir(exist_ok=True)
        path.rename(aside / path.name)
    for path in sorted(place.iterdir()):
        path.rename(folder / path.name)
    to_disk(folder)


def _written(contents: Contents) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": contents.version,
        "schema": contents.schema,
        "made": contents.made,
        "files": contents.files,
        "links": contents.links,
    }
