"""How requests, topic notices, saved views and what somebody has seen lie in the office.

People stand here by number and by the name they had then: who leaves the school takes nothing away
from what was decided.
"""

from __future__ import annotations

from typing import Final

REQUESTS: Final = """
CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- stands in letters and audits: never used again
    kind TEXT NOT NULL,      -- requests.Kind
    asked_by INTEGER NOT NULL,
    asked_name TEXT NOT NULL,
    asked_ms INTEGER NOT NULL,
    typed TEXT NOT NULL,
    targets TEXT NOT NULL,   -- these two are lists, in JSON
    scopes TEXT NOT NULL,
    room TEXT NOT NULL,
    begins INTEGER NOT NULL,  -- seconds; the end is not included
    ends INTEGER NOT NULL,
    lesson TEXT NOT NULL,
    aim TEXT NOT NULL,
    risk_assessment TEXT NOT NULL,
    needed INTEGER NOT NULL,
    needed_why TEXT NOT NULL,
    edition INTEGER NOT NULL,  -- what was said of an older one does not count
    state TEXT NOT NULL,     -- requests.State
    settled_ms INTEGER NOT NULL,  -- 0: it waits
    grant_id TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX request_state ON request (state, begins);
CREATE INDEX request_asked_by ON request (asked_by, id);
CREATE INDEX request_grant ON request (grant_id) WHERE grant_id <> '';
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    request INTEGER NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    edition INTEGER NOT NULL,
    who INTEGER NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,     -- milliseconds
    is_yes INTEGER NOT NULL,
    words TEXT NOT NULL,
    UNIQUE (request, edition, who)  -- one person, one word
);
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    who INTEGER NOT NULL,
    name TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    topic TEXT NOT NULL,
    scopes TEXT NOT NULL,    -- JSON
    lesson TEXT NOT NULL,
    begins INTEGER NOT NULL,
    ends INTEGER NOT NULL,    -- earlier than it was, where it was withdrawn
    is_withdrawn INTEGER NOT NULL
);
CREATE INDEX notice_ends ON notice (ends);
CREATE INDEX notice_who ON notice (who, id);
CREATE TABLE saved_view (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    owner_name TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    is_shared INTEGER NOT NULL,
    UNIQUE (owner, name)
);
CREATE TABLE seen (
    person INTEGER NOT NULL,
    page TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (person, page)
) WITHOUT ROWID;
"""
