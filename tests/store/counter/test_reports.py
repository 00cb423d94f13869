"""Anybody tells us of a bad site, without a login; the e-safety team deals with it."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import ReportError, TooManyError
from appliance.store.attachments import Keeper
from appliance.store.book import Book
from appliance.store.counter import reports, telling, triage
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.references import SIGNS, new_reference, read_reference, spelled
from appliance.store.counter.reports import State
from appliance.store.counter.telling import Telling, Thanks, tell
from tests.store.evidence import DAY, JPEG, MINUTE, PDF, TUESDAY, png, webp

TABLET = ipaddress.ip_address("10.20.3.7")
PHONE = ipaddress.ip_address("10.20.3.8")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_counter(tmp_path) as opened:
        yield opened


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return pictures(tmp_path)


def told(
    book: Book, keeper: Keeper, at_ms: int = TUESDAY, is_shared: bool = False, **how: object
) -> Thanks:
    said = {"typed": "badsite.example", "seen": "It shows fights.", "address": TABLET} | how
    return tell(book, keeper, Telling(**said), at_ms=at_ms, is_shared=is_shared)  # type: ignore[arg-type]


def test_a_report_is_taken_blocked_and_its_reference_says_so(book: Book, keeper: Keeper) -> None:
    thanks = told(
        book,
        keeper,
        typed="https://badsite.example/fights",
        read_as="badsite.example",
        who="Mia",
        group="pupils",
        screenshot=png(),
        screenshot_name="../../Screen shot.png",
    )
    assert thanks.has_screenshot
    (report,) = reports.waiting(book)
    assert (report.reference, report.who, report.from_address) == (
        thanks.reference,
        "Mia",
        "10.20.3.7",
    )
    assert report.screenshot
    assert report.screenshot.name == "Screen shot.png"
    assert keeper.read(report.screenshot.sha256) == png()
    triage.look_into(book, report.id, who="Mr Osei", at_ms=TUESDAY + MINUTE)
    public = reports.by_reference(book, thanks.reference)
    assert public and (public.state, public.answer) == (State.LOOKING, "")
    triage.block(book, report.id, who="Mr Osei", at_ms=TUESDAY + 2 * MINUTE)
    assert triage.point(book, report.id, grant_id="badsite-blocked").grant_id == "badsite-blocked"
    public = reports.by_reference(book, thanks.reference.lower().replace("-", " "))
    assert public and (public.state, public.answer) == (State.BLOCKED, triage.BLOCKED)
    assert reports.waiting(book) == []
    assert [one.id for one in reports.history(book)] == [report.id]
    assert [one.id for one in reports.of_site(book, "badsite.example")] == [report.id]


def test_of_two_who_deal_with_it_the_second_hears_who_was_first(
    tmp_path: Path, book: Book, keeper: Keeper
) -> None:
    id = told(book, keeper).id
    with open_counter(tmp_path) as other:
        triage.dismiss(book, id, who="Mr Osei", at_ms=TUESDAY)
        with pytest.raises(ReportError, match="Mr Osei has dismissed it already"):
            triage.block(other, id, who="Mrs Patel", at_ms=TUESDAY)
    assert reports.one(book, id).answer == triage.THANKS


def test_a_decision_that_was_a_mistake_is_opened_again(book: Book, keeper: Keeper) -> None:
    id = told(book, keeper).id
    with pytest.raises(ReportError, match="nobody has decided this report yet"):
        triage.reopen(book, id, who="Mr Osei", at_ms=TUESDAY)
    triage.block(book, id, who="Mr Osei", at_ms=TUESDAY, grant_id="wrong")
    again = triage.reopen(book, id, who="Mrs Patel", at_ms=TUESDAY + MINUTE)
    assert (again.state, again.handler, again.answer, again.grant_id) == (
        State.LOOKING,
        "Mrs Patel",
        "",
        "",
    )


def test_that_a_report_was_escalated_is_not_told_at_the_counter(book: Book, keeper: Keeper) -> None:
    thanks = told(book, keeper)
    triage.escalate(book, thanks.id, who="Mr Osei", at_ms=TUESDAY, case_id=12)
    assert reports.one(book, thanks.id).case_id == 12
    public = reports.by_reference(book, thanks.reference)
    assert public and public.state is State.LOOKING


def test_a_reference_is_short_sayable_and_forgiving() -> None:
    dice = random.Random(7)
    made = {new_reference(dice.choice) for _ in range(200)}
    assert len(made) == 200
    assert not set("01OILAEU") & set(SIGNS)
    for one in made:
        shown = spelled(one)
        assert len(shown) == 9 and shown[4] == "-"
        assert read_reference(f" {shown.lower()} ") == one
    for wrong in ("", "K7QX", "K7QX-4MPDX", "K7QX-4MP0", "' OR 1=1 --", "K" * 10_000):
        assert read_reference(wrong) == ""


def test_a_reference_that_nobody_has_shows_nothing(book: Book, keeper: Keeper) -> None:
    told(book, keeper)
    assert reports.by_reference(book, "K7QX-4MPD") is None
    assert reports.by_reference(book, "%") is None


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"typed": "\n\u200b"}, "the address or app is empty"),
        ({"seen": ""}, "what you have seen is empty"),
        ({"seen": "x" * 4001}, "4,001 characters long"),
        ({"who": "x" * 101}, "your name is 101 characters long"),
        ({"screenshot": b"GIF89a" + bytes(100)}, "no picture that we can take"),
        ({"screenshot": PDF}, "no picture that we can take"),
        ({"screenshot": png() + b"<script>alert(1)</script>"}, "no picture that we can take"),
        ({"screenshot": b"<html>hello"}, "no picture that we can take"),
        ({"screenshot": bytes(telling.PICTURE_BYTES + 1)}, "larger than 5 MB"),
    ],
)
def test_what_will_not_do_is_said_in_one_sentence_and_costs_no_try(
    book: Book, keeper: Keeper, how: dict[str, object], says: str
) -> None:
    with pytest.raises(ReportError, match=says):
        told(book, keeper, **how)  # type: ignore[arg-type]
    assert reports.waiting(book) == []
    assert book.number("SELECT count(*) FROM knock") == 0
    assert not keeper.folder.exists()


@pytest.mark.parametrize("picture", [png(), JPEG, webp()])
def test_pictures_as_phones_take_them(book: Book, keeper: Keeper, picture: bytes) -> None:
    assert told(book, keeper, screenshot=picture).has_screenshot


# floods


def test_one_device_tells_of_five_at_once_and_thirty_a_day(tmp_path: Path, keeper: Keeper) -> None:
    at_ms = TUESDAY
    for _ in range(6):
        for _ in range(5):
            with open_counter(tmp_path) as book:  # a new process each time: it is not forgotten
                told(book, keeper, at_ms)
        with open_counter(tmp_path) as book:
            told(book, keeper, at_ms, address=PHONE)
            with pytest.raises(TooManyError, match="10 minutes|today"):
                told(book, keeper, at_ms)
        at_ms += 10 * MINUTE
    with open_counter(tmp_path) as book:
        with pytest.raises(TooManyError, match="from this device today"):
            told(book, keeper, at_ms)
        told(book, keeper, TUESDAY + DAY)


def test_many_devices_behind_one_address_have_room(book: Book, keeper: Keeper) -> None:
    for _ in range(50):
        told(book, keeper, is_shared=True)
    with pytest.raises(TooManyError, match="a lot at once"):
        told(book, keeper, is_shared=True)


def test_a_device_with_many_addresses_is_one_network(book: Book, keeper: Keeper) -> None:
    for number in range(50):
        told(book, keeper, address=ipaddress.ip_address(f"2001:db8::{number:x}:1"))
    with pytest.raises(TooManyError, match="a lot at once"):
        told(book, keeper, address=ipaddress.ip_address("2001:db8::ffff:1"))
    told(book, keeper, address=ipaddress.ip_address("2001:db8:0:1::1"))


def test_an_address_in_other_clothes_is_the_same(book: Book, keeper: Keeper) -> None:
    for _ in range(5):
        told(book, keeper)
    with pytest.raises(TooManyError, match="a lot at once"):
        told(book, keeper, address=ipaddress.ip_address("::ffff:10.20.3.7"))


def test_a_flood_from_everywhere_fills_neither_the_desk_nor_the_card(
    book: Book, keeper: Keeper
) -> None:
    columns = [row[1] for row in book.conn.execute("PRAGMA table_info(report)")][1:]
    told(book, keeper, screenshot=png())
    book.conn.execute(  # as many as may wait, each with a picture as large as may be
        f"INSERT INTO report ({', '.join(columns)}) "
        "WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < ?) "
        f"SELECT n, {', '.join(columns[1:])} FROM n, report WHERE report.id = 1",
        (telling.WAITING - 1,),
    )
    book.conn.execute("UPDATE report SET picture_bytes = 210000")
    thanks = told(book, keeper, screenshot=JPEG)
    assert not thanks.has_screenshot  # the words are what counts
    assert [path.stat().st_size for path in keeper.folder.iterdir()] == [len(png())]
    with pytest.raises(TooManyError, match="1,000 reports wait to be read"):
        told(book, keeper, address=PHONE)
    triage.dismiss(book, thanks.id, who="Mr Osei", at_ms=TUESDAY)
    told(book, keeper, address=PHONE)
