"""Clicks on "ask a teacher" of the block page: which sites are missed, and by how many devices.

Nothing is promised and nothing is opened by it. A teacher sees "3 devices asked for padlet.com" and
may make a request of it; the same device counts once for a site, however often it clicks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from appliance.endpoint import Address
from appliance.errors import ReportError, TooManyError
from appliance.store.book import Book
from appliance.store.counter.knocking import Limit, knock
from appliance.store.database import told
from appliance.store.plain import written

LIMIT: Final = Limit("ask", at_once=10, minutes=10, a_day=60)
OPEN: Final = 5_000  # that nobody has taken up; a day's worth of a large school is some dozens
SHOWN: Final = 200
WORDS_SHOWN: Final = 20  # of one site
SITE_LENGTH: Final = 253
WORDS_LENGTH: Final = 300
NAME_LENGTH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One click."""

    site: str
    address: Address  # where it comes from
    service: str = ""
    group: str = ""
    device: str = ""  # its name, where it has one
    words: str = ""


@dataclass(frozen=True, slots=True)
class SiteAsked:
    """What was asked of one site, and not taken up yet. All words of it are a stranger's."""

    site: str
    service: str
    devices: int
    clicks: int
    groups: tuple[str, ...]
    first_ms: int
    last_ms: int
    words: tuple[str, ...]  # the newest first


def put(book: Book, ask: Ask, *, at_ms: int, is_shared: bool = False) -> None:
    """Count it; ReportError where it will not do, TooManyError where it is one too many."""
    site = _line(ask.site, "the site", SITE_LENGTH).lower()
    device = _line(ask.device or str(ask.address), "the device", NAME_LENGTH)
    said = _line(ask.words, "the message", WORDS_LENGTH, may_be_empty=True)
    service = _line(ask.service, "the service", NAME_LENGTH, may_be_empty=True)
    group = _line(ask.group, "the group", NAME_LENGTH, may_be_empty=True)
    with book.transaction():
        knock(book, LIMIT, ask.address, at_ms, is_shared=is_shared)
        if book.number("SELECT count(*) FROM ask WHERE taken_by = ''") >= OPEN:
            raise TooManyError("so many have asked already: please ask a teacher in the room")
        book.conn.execute(
            "INSERT INTO ask (site, service, grp, device, first, last, count, words, taken_by, "
            "taken_ms, request) VALUES (?, ?, ?, ?, ?, ?, 1, ?, '', 0, 0) "
            "ON CONFLICT (site, device) WHERE taken_by = '' DO UPDATE SET last = excluded.last, "
            "count = count + 1, words = CASE excluded.words WHEN '' THEN words "
            "ELSE excluded.words END",
            (site, service, group, device, at_ms, at_ms, said),
        )


def by_site(book: Book, *, since_ms: int = 0, limit: int = SHOWN) -> list[SiteAsked]:
    """What nobody has taken up, by site; what most devices miss first."""
    with told(book.path):
        rows = book.conn.execute(
            "SELECT site, max(service), count(*) AS devices, sum(count), "
            "json_group_array(DISTINCT grp), min(first), max(last) AS newest FROM ask "
            "WHERE taken_by = '' AND last >= ? GROUP BY site "
            "ORDER BY devices DESC, newest DESC, site LIMIT ?",
            (since_ms, limit),
        ).fetchall()
        return [
            SiteAsked(
                *(site, service, devices, clicks),
                tuple(sorted(filter(None, json.loads(groups)))),
                *(first, last, _words(book, site, since_ms)),
            )
            for site, service, devices, clicks, groups, first, last in rows
        ]


def take(book: Book, site: str, *, who: str, at_ms: int, request: int = 0) -> int:
    """Somebody makes a request of it, or puts it aside; of how many devices."""
    who = _line(who, "the name of who does it", NAME_LENGTH)
    with book.transaction():
        return book.conn.execute(
            "UPDATE ask SET taken_by = ?, taken_ms = ?, request = ? "
            "WHERE site = ? AND taken_by = ''",
            (who, at_ms, request, site.lower()),
        ).rowcount


def forget(book: Book, before_ms: int) -> int:
    """Those that were last clicked before this moment; how many."""
    with book.transaction():
        return book.conn.execute("DELETE FROM ask WHERE last < ?", (before_ms,)).rowcount


def _words(book: Book, site: str, since_ms: int) -> tuple[str, ...]:
    rows = book.conn.execute(
        "SELECT words FROM ask WHERE site = ? AND taken_by = '' AND words <> '' AND last >= ? "
        "ORDER BY last DESC LIMIT ?",
        (site, since_ms, WORDS_SHOWN),
    )
    return tuple(str(row[0]) for row in rows)


def _line(text: str, what: str, longest: int, *, may_be_empty: bool = False) -> str:
    return written(text, what, longest, ReportError, may_be_empty=may_be_empty, lines=False)
