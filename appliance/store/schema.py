"""How the record lies in its file, and how an older file becomes this.

A Pi keeps some thirty million refusals for 90 days on a card that wears out with every page that is
written. Hence:

* `refused` and `allowed` only ever grow at their end; what comes again and again (names, who asked,
  what was ruled, what held) stands in tables of its own, and a row has its numbers. A run, the same
  device asking for the same name under the same ruling within a minute, is one row with a count;
  rows up to the mark `final` never change again.
* No index of these two is kept row by row: each row would cost a page for every index. Rows lie
  in blocks of 4,096, 64 blocks are a stretch, and `place` says with one bit for each block of a
  stretch where a name, an asker or a ruling occurs in it.
* Roll-ups are made now and then of rows that are final, and of `pending` for allowed questions.

Names are spelled backwards (moc.elpmaxe.www): all that lies under a domain lies together.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from appliance.store.caseschema import CASES
from appliance.store.sealschema import SEALS

APPLICATION_ID: Final = 0x42474154  # "BGAT"
VERSION: Final = 3  # of this schema; PRAGMA user_version

BLOCK_BITS: Final = 12
STRETCH_BITS: Final = 6
LARGEST_ID: Final = (1 << 62) - 1

migrations = Migrations("record")

# Columns of a key come first in a table WITHOUT ROWID, in the key's order: where they do not, the
# integrity check of SQLite 3.40 reads others in their place, and calls a good record damaged.
# No SQL function and no trigger: other tools read this file, and a run of them must not change it.
_ROWS = """
CREATE TABLE {name} (
    id INTEGER PRIMARY KEY,  -- the event's number: unique in this series, never used again
    first INTEGER NOT NULL,  -- milliseconds since 1970
    span INTEGER NOT NULL,   -- from there to the last one of the run
    count INTEGER NOT NULL,
    name INTEGER NOT NULL,
    asker INTEGER NOT NULL,
    ruling INTEGER NOT NULL,
    state INTEGER NOT NULL,
    types INTEGER NOT NULL,  -- bits: 1 A, 2 AAAA, 4 HTTPS; any other type shifted left by 3
    flags INTEGER NOT NULL
);
CREATE TABLE {name}_span (   -- which rows an hour has, at least
    hour INTEGER PRIMARY KEY,  -- since 1970, UTC
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL
);
"""

_REST = """
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    spelled TEXT NOT NULL UNIQUE,
    site INTEGER NOT NULL,   -- the name that was registered: another row, or this one
    since INTEGER NOT NULL   -- hour in which it was first met
);
CREATE TABLE asker (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    mac TEXT NOT NULL,
    device TEXT NOT NULL,
    grp TEXT NOT NULL,
    sets TEXT NOT NULL,      -- parted by spaces
    means INTEGER NOT NULL,  -- event.Means
    forwarder TEXT NOT NULL,
    UNIQUE (address, mac, device, grp, sets, means, forwarder)
);
CREATE INDEX asker_device ON asker (device);
CREATE TABLE ruling (
    id INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    rule TEXT NOT NULL,
    clause TEXT NOT NULL,
    target TEXT NOT NULL,
    service TEXT NOT NULL,
    category TEXT NOT NULL,
    safe_search TEXT NOT NULL,
    UNIQUE (action, decided_by, rule, clause, target, service, category, safe_search)
);
CREATE TABLE state (
    id INTEGER PRIMARY KEY,
    policy TEXT NOT NULL,    -- version of the snapshot
    period TEXT NOT NULL,
    trusted INTEGER NOT NULL,  -- whether the clock was
    UNIQUE (policy, period, trusted)
);
CREATE TABLE facet (         -- what roll-ups are told apart by, besides hour and site
    id INTEGER PRIMARY KEY,
    grp TEXT NOT NULL,
    ruling INTEGER NOT NULL,
    period TEXT NOT NULL,
    UNIQUE (grp, ruling, period)
);
CREATE TABLE place (
    stretch INTEGER NOT NULL,
    kind INTEGER NOT NULL,   -- places.Kind
    key INTEGER NOT NULL,
    blocks INTEGER NOT NULL, -- bits
    PRIMARY KEY (stretch, kind, key)
) WITHOUT ROWID;
CREATE TABLE site_hour (     -- refused ones
    hour INTEGER NOT NULL,
    facet INTEGER NOT NULL,
    site INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, facet, site)
) WITHOUT ROWID;
CREATE TABLE allowed_hour (  -- the same of allowed ones, which are forgotten sooner
    hour INTEGER NOT NULL,
    facet INTEGER NOT NULL,
    site INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, facet, site)
) WITHOUT ROWID;
CREATE TABLE facet_hour (    -- both, without their sites: most reports need no more
    hour INTEGER NOT NULL,
    facet INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, facet)
) WITHOUT ROWID;
CREATE TABLE facet_day (     -- the same by the school's own days
    day INTEGER NOT NULL,    -- date.toordinal
    facet INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, facet)
) WITHOUT ROWID;
CREATE TABLE site_day (      -- refused ones
    day INTEGER NOT NULL,
    site INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, site)
) WITHOUT ROWID;
CREATE TABLE asker_day (     -- refused ones
    day INTEGER NOT NULL,
    asker INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, asker)
) WITHOUT ROWID;
CREATE TABLE asker_ruling_day (  -- why
    day INTEGER NOT NULL,
    asker INTEGER NOT NULL,
    ruling INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, asker, ruling)
) WITHOUT ROWID;
CREATE TABLE pending (       -- allowed questions that are not summed up yet
    hour INTEGER NOT NULL,
    facet INTEGER NOT NULL,
    site INTEGER NOT NULL,
    count INTEGER NOT NULL
);
CREATE TABLE document (      -- policies and addresses, by their digests
    digest TEXT PRIMARY KEY,
    content BLOB NOT NULL    -- zlib
) WITHOUT ROWID;
CREATE TABLE in_force (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,     -- milliseconds
    snapshot TEXT NOT NULL,
    policy TEXT NOT NULL,    -- digests
    addresses TEXT NOT NULL
);
CREATE TABLE hold (          -- rows that outlive their time, since a case needs them
    event INTEGER NOT NULL,  -- of refused
    holder TEXT NOT NULL,
    PRIMARY KEY (event, holder)
) WITHOUT ROWID;
CREATE TABLE forgotten (     -- that it was done, and how much
    at INTEGER NOT NULL,     -- milliseconds
    what TEXT NOT NULL,
    before INTEGER NOT NULL, -- milliseconds
    rows INTEGER NOT NULL
);
CREATE TABLE lost (          -- questions of which no record could be kept
    hour INTEGER PRIMARY KEY,
    allowed INTEGER NOT NULL,
    refused INTEGER NOT NULL
);
CREATE TABLE wear (
    day INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL,
    commits INTEGER NOT NULL,
    events INTEGER NOT NULL
);
CREATE TABLE mark (          -- how far we are: offsets of files, last rows, watermarks
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE box (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


def run_all(db: Database, text: str) -> None:
    """Each statement of this text."""
    for statement in text.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m001_begin(db: Database) -> None:
    """The first record."""
    run_all(db, _ROWS.format(name="refused") + _ROWS.format(name="allowed") + _REST)


@migrations()
def m002_cases(db: Database) -> None:
    """Cases, who did what, and detection's memory."""
    run_all(db, CASES)


@migrations()
def m003_seals(db: Database) -> None:
    """Rows are sealed."""
    run_all(db, SEALS)
