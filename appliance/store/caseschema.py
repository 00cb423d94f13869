"""How cases lie in the record, and who did what to them.

A case's row says how it stands now. What happened to it, and what people wrote, stands in
`case_entry`, which only grows and goes with the case when its time is over; `audit` says who did
what, in words that may outlive it.
"""

from __future__ import annotations

from typing import Final

CASES: Final = """
CREATE TABLE cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number stands in letters home: never used again
    device TEXT NOT NULL,    -- its name then, or its address where it had none
    grp TEXT NOT NULL,
    opened INTEGER NOT NULL, -- milliseconds, as every moment here
    last INTEGER NOT NULL,   -- its newest sign
    closed INTEGER NOT NULL, -- 0: it goes on
    status TEXT NOT NULL,    -- cases.Status
    grade TEXT NOT NULL,
    score REAL NOT NULL,
    kinds TEXT NOT NULL,     -- these three are lists, in JSON
    speaks_for TEXT NOT NULL,
    speaks_against TEXT NOT NULL,
    events INTEGER NOT NULL, -- signs, those included that are not kept one by one
    outcome TEXT NOT NULL,   -- cases.Outcome, or nothing
    lesson TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    reviewed INTEGER NOT NULL,
    linked INTEGER NOT NULL  -- signs up to this moment have their rows
);
CREATE UNIQUE INDEX cases_open ON cases (device) WHERE status = 'open';
CREATE INDEX cases_last ON cases (last);
CREATE TABLE case_sign (     -- the same sign within a minute is one row
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,     -- what it is a sign of
    name TEXT NOT NULL,      -- what was asked for, or where a packet went
    action TEXT NOT NULL     -- what was answered
);
CREATE INDEX case_sign_case ON case_sign (case_id, last);
CREATE TABLE case_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,      -- cases.Happened
    text TEXT NOT NULL,
    facts TEXT NOT NULL      -- JSON
);
CREATE INDEX case_entry_case ON case_entry (case_id);
CREATE TABLE attachment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    name TEXT NOT NULL,      -- made safe
    type TEXT NOT NULL,      -- as its content shows it
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL     -- and the name of its file
);
CREATE INDEX attachment_case ON attachment (case_id);
CREATE INDEX attachment_file ON attachment (sha256);
CREATE INDEX hold_holder ON hold (holder);
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,   -- "case 12"
    before TEXT NOT NULL,    -- JSON
    after TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject);
CREATE TABLE memory (        -- what a program wants to know again when it is started the next time
    key TEXT PRIMARY KEY,
    content BLOB NOT NULL
) WITHOUT ROWID;
"""
