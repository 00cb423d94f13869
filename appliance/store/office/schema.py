"""How the office lies in its file, and how an older file becomes this.

What opens a door (a cookie, a link, a recovery code) stands here as SHA-256 only: each has 80
random bits or more, which nobody guesses from a hash. Passwords, which people choose, are argon2id.
The secret of a second factor has to be known to check a code, and stands here as it is: a key for
it would lie on the same card. What protects it is that only Bellgate's own user may read the file
(mode 0600), and that whoever has it still lacks the password.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from appliance.store import throttle
from appliance.store.book import Schema
from appliance.store.office.requestschema import REQUESTS
from appliance.store.schema import run_all

VERSION: Final = 3  # how many migrations there are

migrations = Migrations("office")

_ACCOUNTS: Final = (
    """
    CREATE TABLE person (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- stands in sessions: never used again
        login TEXT NOT NULL UNIQUE,       -- as people.login_of spells it
        name TEXT NOT NULL,
        roles TEXT NOT NULL,              -- JSON, sorted
        is_active INTEGER NOT NULL,
        password TEXT NOT NULL,           -- argon2id with its parameters; empty: none chosen yet
        password_changed INTEGER NOT NULL,  -- milliseconds, as every moment here; 0: never
        created INTEGER NOT NULL,
        last_login INTEGER NOT NULL
    )""",
    """
    CREATE TABLE second_factor (
        person INTEGER PRIMARY KEY REFERENCES person (id),
        secret TEXT NOT NULL,             -- base32, as the phone has it
        begun INTEGER NOT NULL,
        confirmed INTEGER NOT NULL,       -- 0: begun only, and asked of nobody
        last_step INTEGER NOT NULL        -- of 30 s: no code up to this one is taken again
    )""",
    """
    CREATE TABLE recovery_code (
        person INTEGER NOT NULL REFERENCES person (id),
        hash TEXT NOT NULL,
        used INTEGER NOT NULL,            -- 0: not yet
        PRIMARY KEY (person, hash)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- people name it by this; it opens nothing
        hash TEXT NOT NULL UNIQUE,        -- of what the cookie holds
        person INTEGER REFERENCES person (id),  -- NULL: somebody who has not signed in
        made INTEGER NOT NULL,
        seen INTEGER NOT NULL,            -- to the minute
        idle INTEGER NOT NULL,            -- how long it lasts unseen
        ends INTEGER NOT NULL,            -- whatever is seen
        agent TEXT NOT NULL,
        address TEXT NOT NULL,
        content TEXT NOT NULL             -- JSON
    )""",
    "CREATE INDEX session_person ON session (person)",
    """
    CREATE TABLE invitation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        hash TEXT NOT NULL UNIQUE,        -- of what the link holds
        kind TEXT NOT NULL,               -- invitations.Kind
        person INTEGER REFERENCES person (id),  -- NULL: whoever comes first to a new box
        made INTEGER NOT NULL,
        made_by TEXT NOT NULL,
        ends INTEGER NOT NULL,
        used INTEGER NOT NULL             -- 0: not yet
    )""",
    "CREATE INDEX invitation_person ON invitation (person)",
    """
    CREATE TABLE known_place (            -- from where a person has signed in
        person INTEGER NOT NULL REFERENCES person (id),
        address TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (person, address)
    ) WITHOUT ROWID""",
)


@migrations()
def m001_accounts(db: Database) -> None:
    """People, and how they come in."""
    for statement in (*_ACCOUNTS, *throttle.TABLES):
        db.execute(statement)


@migrations()
def m002_requests(db: Database) -> None:
    """Requests, topic notices, saved views, and what somebody has seen."""
    run_all(db, REQUESTS)


@migrations()
def m003_drafts(db: Database) -> None:
    """What somebody has begun to set up, and not yet put in force."""
    db.execute(
        """
        CREATE TABLE draft (
            name TEXT PRIMARY KEY,        -- drafts.FIRST_SCHOOL
            content TEXT NOT NULL,        -- JSON
            at INTEGER NOT NULL           -- when it was last written
        ) WITHOUT ROWID"""
    )


SCHEMA: Final = Schema(
    file="office.db",
    application_id=0x42474F46,  # "BGOF"
    version=VERSION,
    migrations=migrations,
)
