"""Topic notices: what a class looks into, so that nobody wonders about odd look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import RequestError
from appliance.policy.model import Who
from appliance.store.book import Book
from appliance.store.office import notices
from appliance.store.office.notices import Notice
from appliance.store.office.office import open_office
from tests.store.office.people import BELL, LESSON_3, MONDAY, MR_OSEI, MS_CLARK, Person, ms

TABLET = Who("pupils", "dans-tablet", frozenset({"year-10"}))
LAPTOP = Who("staff", "office-laptop")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_office(tmp_path) as opened:
        yield opened


def drugs_education(book: Book, who: Person = MS_CLARK, scope: str = "set:year-10") -> Notice:
    return notices.give(
        book,
        who,
        "Drugs education",
        [scope],
        LESSON_3,
        BELL,
        at_ms=MONDAY,
        lesson="Lesson 3",
    )


def test_a_notice_holds_for_its_class_in_its_lesson(book: Book) -> None:
    notice = drugs_education(book)
    assert (notice.name, notice.topic, notice.lesson) == ("Ms Clark", "Drugs education", "Lesson 3")
    assert notices.in_force(book, LESSON_3 - 1) == []
    assert notices.in_force(book, LESSON_3) == [notice] == notices.in_force(book, BELL - 1)
    assert notices.in_force(book, BELL) == []
    assert notices.in_force(book, LESSON_3, TABLET.scopes()) == [notice]
    assert notices.in_force(book, LESSON_3, LAPTOP.scopes()) == []
    assert notice.covers(LESSON_3, TABLET.scopes())
    assert not notice.covers(BELL, TABLET.scopes())
    assert not notice.covers(LESSON_3, LAPTOP.scopes())


def test_a_page_of_rows_asks_once_for_all_its_hours(book: Book) -> None:
    everyone = drugs_education(book, scope="everyone")
    assert notices.between(book, LESSON_3 - 7200, LESSON_3) == []
    assert notices.between(book, LESSON_3 - 7200, LESSON_3 + 1) == [everyone]
    assert notices.between(book, BELL - 1, BELL + 7200, LAPTOP.scopes()) == [everyone]


def test_a_notice_that_is_withdrawn_stays_for_the_time_it_held(book: Book) -> None:
    notice = drugs_education(book)
    with pytest.raises(RequestError, match="there is no notice 1 of yours"):
        notices.withdraw(book, notice.id, MR_OSEI, at_ms=MONDAY)
    half = LESSON_3 + 3600
    withdrawn = notices.withdraw(book, notice.id, MS_CLARK, at_ms=ms(half))
    assert (withdrawn.end, withdrawn.is_withdrawn) == (half, True)
    assert notices.in_force(book, half - 1) == [withdrawn]
    assert notices.in_force(book, half) == []
    with pytest.raises(RequestError, match="this notice is over already"):
        notices.withdraw(book, notice.id, MS_CLARK, at_ms=ms(half))


def test_a_notice_that_is_withdrawn_before_its_lesson_never_holds(book: Book) -> None:
    notice = drugs_education(book)
    notices.withdraw(book, notice.id, MS_CLARK, at_ms=MONDAY)
    assert notices.between(book, LESSON_3 - 7200, BELL) == []
    assert [one.is_withdrawn for one in notices.of_person(book, MS_CLARK.id)] == [True]


@pytest.mark.parametrize(
    ("topic", "scope", "start", "end", "says"),
    [
        (" ", "everyone", LESSON_3, BELL, "the topic is empty"),
        ("Drugs", "7B", LESSON_3, BELL, "nobody we know"),
        ("Drugs", "everyone", BELL, LESSON_3, "choose when it begins and ends"),
        ("Drugs", "everyone", LESSON_3, LESSON_3 + 86_401, "for a lesson or a day"),
        ("Drugs", "everyone", LESSON_3 - 10**6, LESSON_3 - 10**6 + 60, "its time is over"),
    ],
)
def test_what_can_not_be_a_notice(
    book: Book, topic: str, scope: str, start: int, end: int, says: str
) -> None:
    with pytest.raises(RequestError, match=says):
        notices.give(book, MS_CLARK, topic, [scope], start, end, at_ms=MONDAY)


def test_one_person_gives_no_flood_of_notices(book: Book) -> None:
    for _ in range(notices.WAITING):
        drugs_education(book)
    with pytest.raises(RequestError, match="you have given 100 notices"):
        drugs_education(book)
    drugs_education(book, MR_OSEI)
