"""How the counter lies in its file. Whoever stands at it sees nothing of this but one state."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from appliance.store.book import Schema
from appliance.store.schema import run_all

VERSION: Final = 1  # how many migrations there are

migrations = Migrations("counter")

_REPORTS: Final = """
CREATE TABLE report (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,  -- without its hyphen
    at INTEGER NOT NULL,     -- milliseconds, as every moment here
    typed TEXT NOT NULL,
    read_as TEXT NOT NULL,   -- the site or service that it was taken for; empty: an app, or neither
    seen TEXT NOT NULL,
    who TEXT NOT NULL,       -- where they wished to say
    address TEXT NOT NULL,
    grp TEXT NOT NULL,
    picture_name TEXT NOT NULL,
    picture_type TEXT NOT NULL,
    picture_bytes INTEGER NOT NULL,  -- 0: there is none
    picture_sha256 TEXT NOT NULL,
    state TEXT NOT NULL,     -- reports.State
    handler TEXT NOT NULL,   -- who looks, or has decided
    handled_ms INTEGER NOT NULL,
    answer TEXT NOT NULL,    -- shown with the reference
    grant_id TEXT NOT NULL,
    case_id INTEGER NOT NULL -- 0: none
);
CREATE INDEX report_state ON report (state, id);
CREATE TABLE ask (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    service TEXT NOT NULL,
    grp TEXT NOT NULL,
    device TEXT NOT NULL,    -- its name, or its address where it has none
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    words TEXT NOT NULL,     -- the newest
    taken_by TEXT NOT NULL,  -- empty: nobody has
    taken_ms INTEGER NOT NULL,
    request INTEGER NOT NULL -- what was made of it; 0: nothing
);
CREATE UNIQUE INDEX ask_open ON ask (site, device) WHERE taken_by = '';
CREATE INDEX ask_last ON ask (last);
CREATE TABLE knock (         -- that something was handed in: nobody may do so without end
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX knock_source ON knock (kind, source, at);
CREATE INDEX knock_at ON knock (at);
"""


@migrations()
def m001_reports(db: Database) -> None:
    """Reports, asks, and how often somebody knocks."""
    run_all(db, _REPORTS)


SCHEMA: Final = Schema(
    file="counter.db",
    application_id=0x42474354,  # "BGCT"
    version=VERSION,
    migrations=migrations,
)
