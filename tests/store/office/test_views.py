"""Saved views of the refused log, and what each person has seen last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import RequestError
from appliance.store.book import Book
from appliance.store.office import seen, views
from appliance.store.office.office import open_office
from tests.store.office.people import DAY, MONDAY, MR_OSEI, MS_CLARK


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_office(tmp_path) as opened:
        yield opened


def test_a_view_is_ones_own_until_it_is_shared(book: Book) -> None:
    mine = views.save(book, MS_CLARK, "TikTok, pupils", "?service=tiktok&group=pupils&period=")
    assert mine.query == "group=pupils&service=tiktok"
    assert views.of_person(book, MR_OSEI.id) == []
    with pytest.raises(RequestError, match="there is no view"):
        views.one(book, mine.id, MR_OSEI.id)
    shared = views.save(book, MS_CLARK, "TikTok, pupils", "service=tiktok", is_shared=True)
    assert (shared.id, shared.query) == (mine.id, "service=tiktok")  # the same, said anew
    assert views.of_person(book, MR_OSEI.id) == [shared] == [views.one(book, mine.id, MR_OSEI.id)]
    with pytest.raises(RequestError, match="there is no view 1 of yours"):
        views.delete(book, shared.id, MR_OSEI)
    views.delete(book, shared.id, MS_CLARK)
    assert views.of_person(book, MS_CLARK.id) == []


def test_what_somebody_shared_stays_when_they_leave(book: Book) -> None:
    views.save(book, MS_CLARK, "mine", "group=staff")
    shared = views.save(book, MS_CLARK, "ours", "group=pupils", is_shared=True)
    views.forget_person(book, MS_CLARK.id)
    assert views.of_person(book, MS_CLARK.id) == [shared]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("next=https://elsewhere.example", '"next" is no filter of the log'),
        ("<script>=1", "is no filter of the log"),
        ("&".join("name=x" for _ in range(50)), "no search|not a search"),
        ("name=%ff", "not a search of the refused log"),
        ("name=" + "x" * 301, "longer than 300 characters"),
    ],
)
def test_nothing_but_filters_is_saved(book: Book, query: str, says: str) -> None:
    with pytest.raises(RequestError, match=says):
        views.save(book, MS_CLARK, "odd", query)


def test_a_filter_is_kept_without_what_can_not_be_seen(book: Book) -> None:
    view = views.save(book, MS_CLARK, "a\u202eb\nc", "name=a%0D%0AX-Evil%3A1%00b&match=holds")
    assert (view.name, view.query) == ("ab c", "match=holds&name=a+X-Evil%3A1b")


def test_one_person_saves_fifty_views(book: Book) -> None:
    for number in range(views.VIEWS):
        views.save(book, MS_CLARK, f"view {number}", "group=pupils")
    with pytest.raises(RequestError, match="you have saved 50 views"):
        views.save(book, MS_CLARK, "one more", "group=pupils")
    views.save(book, MS_CLARK, "view 7", "group=staff")  # in place of the old one


def test_each_person_has_seen_their_own(book: Book) -> None:
    assert seen.last(book, MS_CLARK.id, "desk") == 0
    seen.looked(book, MS_CLARK.id, "desk", at_ms=MONDAY)
    seen.looked(book, MS_CLARK.id, "desk", at_ms=MONDAY - DAY)  # a tab that was slow
    assert seen.last(book, MS_CLARK.id, "desk") == MONDAY
    assert seen.last(book, MR_OSEI.id, "desk") == seen.last(book, MS_CLARK.id, "log") == 0
    assert seen.forget(book, MONDAY) == 0
    assert seen.forget(book, MONDAY + 1) == 1
    for number in range(seen.PAGES + 20):
        seen.looked(book, MS_CLARK.id, f"case {number}", at_ms=MONDAY + number)
    assert book.number("SELECT count(*) FROM seen") == seen.PAGES
    assert seen.last(book, MS_CLARK.id, "case 0") == 0
