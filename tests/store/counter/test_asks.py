"""A class meets the block page, and clicks on "ask a teacher"."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import ReportError, TooManyError
from appliance.store.book import Book
from appliance.store.counter import asks
from appliance.store.counter.asks import Ask
from appliance.store.counter.counter import open_counter
from tests.store.evidence import DAY, MINUTE, TUESDAY


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_counter(tmp_path) as opened:
        yield opened


def click(book: Book, site: str, seat: int, at_ms: int = TUESDAY, **how: str) -> None:
    address = ipaddress.ip_address(f"10.20.3.{seat}")
    asks.put(book, Ask(site=site, address=address, group="pupils", **how), at_ms=at_ms)


def test_a_teacher_sees_how_many_devices_miss_a_site(book: Book) -> None:
    for seat in (7, 8, 9):
        click(book, "padlet.com", seat, device=f"ipad-{seat}", service="padlet")
    click(book, "Padlet.com", 9, TUESDAY + MINUTE, device="ipad-9", words="For the Romans, please")
    click(book, "reddit.com", 7, device="ipad-7")
    padlet, reddit = asks.by_site(book)
    assert (padlet.site, padlet.service, padlet.devices, padlet.clicks) == (
        "padlet.com",
        "padlet",
        3,
        4,
    )
    assert (padlet.groups, padlet.words) == (("pupils",), ("For the Romans, please",))
    assert (padlet.first_ms, padlet.last_ms) == (TUESDAY, TUESDAY + MINUTE)
    assert reddit.devices == 1
    assert [one.site for one in asks.by_site(book, since_ms=TUESDAY + 1)] == ["padlet.com"]


def test_what_a_teacher_has_taken_up_is_asked_anew_later(book: Book) -> None:
    click(book, "padlet.com", 7)
    assert asks.take(book, "padlet.com", who="Ms Clark", at_ms=TUESDAY, request=5) == 1
    assert asks.by_site(book) == []
    assert asks.take(book, "padlet.com", who="Mr Osei", at_ms=TUESDAY) == 0  # she was first
    click(book, "padlet.com", 7, TUESDAY + DAY)
    assert [one.devices for one in asks.by_site(book)] == [1]


def test_nobody_clicks_without_end(book: Book) -> None:
    for number in range(10):
        click(book, f"site-{number}.example", 7)
    with pytest.raises(TooManyError, match="a lot at once"):
        click(book, "one-more.example", 7)
    click(book, "one-more.example", 8)
    click(book, "one-more.example", 7, TUESDAY + 10 * MINUTE)


def test_a_message_is_short_and_has_nothing_hidden_in_it(book: Book) -> None:
    click(book, "padlet.com", 7, words="please\n\u202e=cmd()")
    assert asks.by_site(book)[0].words == ("please =cmd()",)
    with pytest.raises(ReportError, match="the message is 301 characters long"):
        click(book, "padlet.com", 7, words="x" * 301)
    with pytest.raises(ReportError, match="the site is empty"):
        click(book, " ", 7)


def test_clicks_of_last_term_are_forgotten(book: Book) -> None:
    click(book, "padlet.com", 7)
    assert asks.forget(book, TUESDAY) == 0
    assert asks.forget(book, TUESDAY + 1) == 1
    assert asks.by_site(book) == []
