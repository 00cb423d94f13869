"""How seals lie in the record; recording.seal says what is sealed, and how."""

from __future__ import annotations

from typing import Final

SEALS: Final = """
CREATE TABLE seal_segment (  -- a day's chunks
    kind TEXT NOT NULL,      -- the table whose rows it seals
    number INTEGER NOT NULL,
    day INTEGER NOT NULL,    -- date.toordinal
    key TEXT NOT NULL,
    anchor TEXT NOT NULL,    -- signed; empty while the segment is open
    PRIMARY KEY (kind, number)
) WITHOUT ROWID;
CREATE TABLE seal_chunk (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    segment INTEGER NOT NULL,
    first INTEGER NOT NULL,  -- number of its first row
    count INTEGER NOT NULL,
    root BLOB NOT NULL,
    tags_digest BLOB NOT NULL,
    head BLOB NOT NULL,
    signature BLOB NOT NULL,
    secret BLOB NOT NULL,    -- of the rows' salts
    tags BLOB NOT NULL,      -- four bytes for each row
    leftover TEXT NOT NULL,  -- in place of these two, once rows are forgotten
    UNIQUE (kind, first)
);
CREATE TABLE seal_slip (     -- that rows were forgotten
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    text TEXT NOT NULL,
    key TEXT NOT NULL,
    signature TEXT NOT NULL
);
"""
