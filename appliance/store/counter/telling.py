"""Taking a report in, from anybody, within bounds: a flood of them must not fill the card."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from appliance.endpoint import Address
from appliance.errors import ReportError, TooManyError
from appliance.store.attachments import JPEG, PNG, WEBP, Keeper, Kept, sniff
from appliance.store.book import Book
from appliance.store.counter.knocking import Limit, knock
from appliance.store.counter.references import Choose, new_reference, spelled
from appliance.store.plain import written

LIMIT: Final = Limit("report", at_once=5, minutes=10, a_day=30)
WAITING: Final = 1_000  # reports that nobody has decided
PICTURE_BYTES: Final = 5_000_000  # of one screenshot
WAITING_BYTES: Final = 200_000_000  # of screenshots of reports that nobody has decided
KEPT_BYTES: Final = 1_000_000_000  # of all screenshots
PICTURES: Final = (PNG, JPEG, WEBP)
TYPED_LENGTH: Final = 500
SEEN_LENGTH: Final = 4_000
WHO_LENGTH: Final = 100
GROUP_LENGTH: Final = 100
_NO_PICTURE: Final = Kept("", "", 0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What somebody hands in."""

    typed: str  # an address or an app
    seen: str
    address: Address  # where it comes from
    who: str = ""
    group: str = ""
    read_as: str = ""
    screenshot: bytes = b""  # the page has seen to it that this is not endless
    screenshot_name: str = ""


@dataclass(frozen=True, slots=True)
class Thanks:
    """What whoever told us gets."""

    id: int
    reference: str
    has_screenshot: bool  # False: there was none, or no room for it; the report counts all the same


def tell(
    book: Book,
    keeper: Keeper,
    telling: Telling,
    *,
    at_ms: int,
    is_shared: bool = False,
    choose: Choose = secrets.choice,
) -> Thanks:
    """Keep a report; ReportError where it will not do, TooManyError where it is one too many.
    `is_shared` where many devices come from this address: a forwarder, a proxy."""
    words = (
        _line(telling.typed, "the address or app", TYPED_LENGTH),
        _line(telling.read_as, "the site", TYPED_LENGTH, may_be_empty=True),
        written(telling.seen, "what you have seen", SEEN_LENGTH, ReportError),
        _line(telling.who, "your name", WHO_LENGTH, may_be_empty=True),
        str(telling.address),
        _line(telling.group, "the group", GROUP_LENGTH, may_be_empty=True),
    )
    _refuse_other_files(telling.screenshot)
    with book.transaction():
        knock(book, LIMIT, telling.address, at_ms, is_shared=is_shared)
        if book.number(_HOW_MANY) >= WAITING:
            raise TooManyError(
                f"{WAITING:,} reports wait to be read, and no more are taken before they are: "
                "please tell a member of staff"
            )
        reference = _unused(book, choose)
        with _kept(book, keeper, telling) as picture:
            cursor = book.conn.execute(
                "INSERT INTO report (reference, at, typed, read_as, seen, who, address, grp, "
                "picture_name, picture_type, picture_bytes, picture_sha256, state, handler, "
                "handled_ms, answer, grant_id, case_id) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', '', 0, '', '', 0)",
                (
                    *(reference, at_ms, *words),
                    *(picture.name, picture.type, picture.bytes, picture.sha256),
                ),
            )
    return Thanks(int(cursor.lastrowid or 0), spelled(reference), bool(picture.sha256))


_HOW_MANY: Final = "SELECT count(*) FROM report WHERE state IN ('new', 'looking')"
_HOW_LARGE: Final = "SELECT sum(picture_bytes) FROM report WHERE state IN ('new', 'looking')"
_HOW_LARGE_ALL: Final = "SELECT sum(picture_bytes) FROM report"


def _refuse_other_files(data: bytes) -> None:
    if len(data) > PICTURE_BYTES:
        raise ReportError(
            f"the screenshot is larger than {PICTURE_BYTES // 1_000_000} MB, the most that is taken"
        )
    if data and sniff(data) not in PICTURES:
        raise ReportError(
            "the screenshot is no picture that we can take: PNG, JPEG and WebP are, or send the "
            "report without it"
        )


@contextlib.contextmanager
def _kept(book: Book, keeper: Keeper, telling: Telling) -> Iterator[Kept]:
    """The words matter most: where there is no room for a picture, they are taken without it."""
    length = len(telling.screenshot)
    is_full = (
        book.number(_HOW_LARGE) + length > WAITING_BYTES
        or book.number(_HOW_LARGE_ALL) + length > KEPT_BYTES
    )
    if not length or is_full:
        yield _NO_PICTURE
        return
    with keeper.keep_bytes(telling.screenshot, telling.screenshot_name or "screenshot") as kept:
        yield kept


def _unused(book: Book, choose: Choose) -> str:
    while True:
        reference = new_reference(choose)
        if not book.number("SELECT 1 FROM report WHERE reference = ?", (reference,)):
            return reference


def _line(text: str, what: str, longest: int, *, may_be_empty: bool = False) -> str:
    return written(text, what, longest, ReportError, may_be_empty=may_be_empty, lines=False)
