"""The record's file: opened with care, written in whole transactions, checked within bounds."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from appliance.disk import faults_as
from appliance.errors import BrokenStoreError, NewerStoreError, StoreError
from appliance.store.schema import APPLICATION_ID, VERSION, migrations

FILE: Final = "record.db"
BESIDE: Final = ("-wal", "-shm")  # what SQLite keeps beside the file
PRIVATE: Final = 0o600
BUSY_SECONDS: Final = 2.0
WAL_BYTES: Final = 8 << 20  # to which its log shrinks again after a burst
CACHE_KB: Final = 8 << 10
STEPS: Final = 20_000  # of SQLite's machine between two looks at the time

_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SAYINGS: Final = {
    sqlite3.SQLITE_BUSY: "another program has locked it",
    sqlite3.SQLITE_LOCKED: "another program has locked it",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk refuses to read or write",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened",
    sqlite3.SQLITE_NOTADB: "it is no database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_INTERRUPT: "it took too long",
}


class Record:
    """One connection to a record. `conn` is for reading and the hot insert, `db` for the rest."""

    def __init__(self, path: Path, conn: sqlite3.Connection) -> None:
        self.path = path
        self.conn = conn
        # neither plugins nor triggers of others: this is a record
        self.db = Database(conn, recursive_triggers=False, execute_plugins=False)

    @classmethod
    def open(cls, path: Path) -> Record:
        """For the recorder alone: made where it is missing, brought up to date where it is old."""
        with faults_as(StoreError, path):
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(PRIVATE)
        record = cls(path, _connect(path, "rwc"))
        try:
            with told(path):
                record._prepare()
        except BaseException:
            record.close()
            raise
        return record

    @classmethod
    def look(cls, path: Path) -> Record:
        """For whoever reads beside the recorder; StoreError where there is no record yet."""
        if not path.exists():
            raise StoreError(f"{path}: nothing has been recorded yet")
        record = cls.examine(path)
        if record.version != VERSION:
            record.close()
            raise StoreError(f"{path}: it is brought up to date when recording starts")
        return record

    @classmethod
    def change(cls, path: Path) -> Record:
        """For whoever adds to it beside the recorder, in short transactions."""
        cls.look(path).close()
        record = cls(path, _connect(path, "rw"))
        record.conn.execute("PRAGMA secure_delete = ON")
        return record

    @classmethod
    def examine(cls, path: Path) -> Record:
        """For whoever wants to know whether a file is a record that this program can use."""
        record = cls(path, _connect(path, "ro"))
        try:
            with told(path):
                record._refuse_strangers()
        except BaseException:
            record.close()
            raise
        return record

    @property
    def version(self) -> int:
        return int(self.number("PRAGMA user_version"))

    def _refuse_strangers(self) -> None:
        if self.version > VERSION:
            raise NewerStoreError(
                f"{self.path}: a newer Bellgate has written this record (schema {self.version}, "
                f"this one knows {VERSION}): install that version again, or give another --dir"
            )
        kind = self.number("PRAGMA application_id")
        tables = self.number("SELECT count(*) FROM sqlite_master")
        if kind != APPLICATION_ID and tables:
            raise BrokenStoreError(f"{self.path}: this database is none of ours")

    def _prepare(self) -> None:
        self._refuse_strangers()
        execute = self.conn.execute
        # before the first table, or it would take a VACUUM of the whole file
        execute("PRAGMA auto_vacuum = INCREMENTAL")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last seconds, no more
        execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        execute(f"PRAGMA cache_size = -{CACHE_KB}")
        if self.version < VERSION or not self.number("SELECT count(*) FROM sqlite_master"):
            execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrations.apply(self.db)
            execute(f"PRAGMA user_version = {VERSION}")
        execute("INSERT OR IGNORE INTO box VALUES ('series', ?)", (secrets.token_hex(6),))

    @property
    def series(self) -> str:
        """Of this file's events: with it their numbers are unique among all boxes."""
        return str(self.number("SELECT value FROM box WHERE key = 'series'"))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. StoreError where it can't be begun or finished."""
        with transaction(self.path, self.conn):
            yield

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """The record holds still meanwhile, whatever is written to it."""
        if self.conn.in_transaction:
            yield
            return
        with told(self.path):
            self.conn.execute("BEGIN")
            try:
                yield
            finally:
                self.conn.execute("ROLLBACK")

    def number(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        """The first value of the first row; 0 where there is none."""
        return first_value(self.conn, sql, parameters)

    def quick_check(self, seconds: float) -> bool:
        """BrokenStoreError where the file is damaged as far as could be seen in this time; False
        where it did not reach the end."""
        end = time.monotonic() + seconds
        self.conn.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        try:
            found = [str(row[0]) for row in self.conn.execute("PRAGMA quick_check(1)")]
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return False
            raise _as_ours(self.path, fault) from fault
        except sqlite3.DatabaseError as fault:
            raise _as_ours(self.path, fault) from fault
        finally:
            self.conn.set_progress_handler(None, 0)
        if found != ["ok"]:
            raise BrokenStoreError(f"{self.path}: it is damaged: {found[0][:120]}")
        return True

    def clear_log(self) -> bool:
        """Bring all into the file and empty the log; False while somebody reads from it."""
        with told(self.path):
            busy, _, _ = self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        self.conn.close()

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def set_aside(path: Path, stamp: str) -> Path:
    """Move a damaged record, and what lies beside it, out of the way; where it is now."""
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    with faults_as(StoreError, path):
        for ending in ("", *BESIDE):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + ending))
    return aside


@contextlib.contextmanager
def transaction(path: Path, conn: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; nobody else writes meanwhile."""
    with told(path):
        conn.execute("BEGIN IMMEDIATE")  # at once: a lock must not show after the work
        try:
            yield
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise


def first_value(conn: sqlite3.Connection, sql: str, parameters: tuple[Any, ...]) -> Any:
    """The first value of the first row; 0 where there is none."""
    row = conn.execute(sql, parameters).fetchone()
    return row[0] if row and row[0] is not None else 0


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's complaints as sentences of ours."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        raise _as_ours(path, fault) from fault
    except UnicodeDecodeError as fault:  # a complaint that quotes damaged text
        raise BrokenStoreError(f"{path}: {_SAYINGS[sqlite3.SQLITE_CORRUPT]}") from fault


def _as_ours(path: Path, fault: sqlite3.DatabaseError) -> StoreError:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF  # the rest of it is detail
    if code in _DAMAGED or code == 0 and "malformed" in str(fault):
        return BrokenStoreError(f"{path}: {_SAYINGS.get(code, fault)}")
    return StoreError(f"{path}: {_SAYINGS.get(code, fault)}")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    with told(path):
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions begin where we say so
        )
