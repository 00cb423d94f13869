"""A book: a small database that people write by way of web pages, beside the record of machines.

Each book has a schema of its own (`office`, `counter`). It is opened by whatever page needs it,
made where it is missing and brought up to date where it is old; who comes second waits for that.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from appliance.disk import faults_as
from appliance.errors import NewerStoreError, StoreError
from appliance.store.database import PRIVATE, first_value, told, transaction

BUSY_SECONDS: Final = 5.0  # writers are people: each is done in milliseconds


@dataclass(frozen=True, slots=True)
class Schema:
    """What a book is: its file in the data folder, its number, and how an older one becomes it."""

    file: str
    application_id: int
    version: int
    migrations: Migrations


class Book:
    """One connection to a book; close it when the page is done."""

    def __init__(self, path: Path, conn: sqlite3.Connection) -> None:
        self.path = path
        self.conn = conn
        # neither plugins nor triggers of others: these are people's accounts and words
        self.db = Database(conn, recursive_triggers=False, execute_plugins=False)

    @classmethod
    def open(cls, folder: Path, schema: Schema) -> Self:
        """StoreError where it can't be had now."""
        path = folder / schema.file
        with faults_as(StoreError, path):
            if not path.exists():
                path.touch(PRIVATE)
        with told(path):
            conn = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        book = cls(path, conn)
        try:
            with told(path):
                book._prepare(schema)
        except BaseException:
            book.close()
            raise
        return book

    def _prepare(self, schema: Schema) -> None:
        execute = self.conn.execute
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        version = int(self.number("PRAGMA user_version"))
        if version > schema.version:
            raise NewerStoreError(
                f"{self.path}: a newer Bellgate has written this (schema {version}, this one knows "
                f"{schema.version}): install that version again, or give another --dir"
            )
        if version == schema.version:
            return
        if self.number("PRAGMA application_id") not in (0, schema.application_id):
            raise StoreError(f"{self.path}: this database is none of ours")
        execute("PRAGMA journal_mode = WAL")
        execute("BEGIN IMMEDIATE")  # two pages may be the first at once
        try:
            if int(self.number("PRAGMA user_version")) < schema.version:
                execute(f"PRAGMA application_id = {schema.application_id}")
                schema.migrations.apply(self.db)
                execute(f"PRAGMA user_version = {schema.version}")
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; nobody else writes meanwhile. Inside another one it is part of
        that one: what is done and what is noted of it stand or fall together."""
        if self.conn.in_transaction:
            yield
            return
        with transaction(self.path, self.conn):
            yield

    def number(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        """The first value of the first row; 0 where there is none."""
        return first_value(self.conn, sql, parameters)

    def clear_log(self) -> bool:
        """Bring all into the file and empty its log, so that what was forgotten is in neither;
        False while somebody reads from it."""
        with told(self.path):
            busy, _, _ = self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        self.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
