"""A teacher asks for a site; others decide; the lesson comes and goes."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.errors import RequestError
from appliance.policy.clock import SchoolClock
from appliance.store.book import Book
from appliance.store.office import asking, deciding, requests
from appliance.store.office.office import open_office
from appliance.store.office.requests import Kind, Request, State
from tests.store.office.people import (
    BELL,
    DAY,
    LESSON_3,
    MINUTE,
    MONDAY,
    MR_OSEI,
    MRS_PATEL,
    MS_CLARK,
    PADLET,
    THE_HEAD,
    Person,
    ms,
    padlet,
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_office(tmp_path) as opened:
        yield opened


def ask(book: Book, *, by: Person = MS_CLARK, needed: int = 1, **how: object) -> Request:
    return asking.ask(book, Kind.LESSON, padlet(**how), by, at_ms=MONDAY, needed=needed)


def approve(book: Book, asked: Request, who: Person, at_ms: int = MONDAY + MINUTE) -> Request:
    return deciding.approve(book, asked.id, who, edition=asked.edition, at_ms=at_ms)


def test_a_teacher_asks_somebody_approves_and_it_is_opened(book: Book) -> None:
    asked = ask(book)
    assert [one.id for one in requests.waiting(book)] == [asked.id]
    assert (asked.asked_name, asked.targets, asked.missing) == ("Ms Clark", ("service:padlet",), 1)
    assert asked.seconds_left(LESSON_3 - 90) == 90
    words = "Have a good lesson."
    approved = deciding.approve(
        book, asked.id, MR_OSEI, edition=1, at_ms=MONDAY + MINUTE, words=words
    )
    assert (approved.state, approved.answer) == (State.APPROVED, words)
    assert [one.id for one in requests.unopened(book)] == [asked.id]
    assert deciding.opened(book, asked.id, "padlet-7b").grant_id == "padlet-7b"
    assert requests.waiting(book) == requests.unopened(book) == []
    assert requests.of_grant(book, "padlet-7b") == requests.one(book, asked.id)
    assert asking.lapse(book, BELL) == []
    assert requests.one(book, asked.id).state is State.ENDED


def test_what_waits_is_listed_by_what_comes_first(book: Book) -> None:
    late = ask(book, start=LESSON_3 + 3600)
    soon = ask(book, start=LESSON_3 - 3600)
    assert [one.id for one in requests.waiting(book)] == [soon.id, late.id]


def test_where_two_are_needed_two_people_have_to_say_yes(book: Book) -> None:
    asked = ask(book, needed=2)
    assert approve(book, asked, MR_OSEI).state is State.WAITING
    with pytest.raises(RequestError, match="you have approved this already: it needs one person"):
        approve(book, asked, MR_OSEI)
    done = approve(book, asked, MRS_PATEL)
    assert done.state is State.APPROVED
    assert [one.name for one in done.approvals] == ["Mr Osei", "Mrs Patel"]


def test_nobody_decides_on_their_own_request(book: Book) -> None:
    asked = ask(book, by=MR_OSEI)
    assert not asked.may_be_decided_by(MR_OSEI.id)
    with pytest.raises(RequestError, match="nobody decides on their own request"):
        approve(book, asked, MR_OSEI)
    with pytest.raises(RequestError, match="nobody decides on their own request"):
        deciding.refuse(book, asked.id, MR_OSEI, at_ms=MONDAY, words="No.")
    assert requests.one(book, asked.id).decisions == ()


def test_of_two_browsers_the_second_hears_who_was_first(tmp_path: Path, book: Book) -> None:
    asked = ask(book)
    with open_office(tmp_path) as other:
        approve(book, asked, MR_OSEI)
        with pytest.raises(RequestError, match="Mr Osei has approved it already"):
            deciding.refuse(other, asked.id, MRS_PATEL, at_ms=MONDAY, words="Not this week.")
    assert requests.one(book, asked.id).state is State.APPROVED


def test_of_many_browsers_at_once_just_as_many_count_as_are_needed(
    tmp_path: Path, book: Book
) -> None:
    asked = ask(book, needed=2)
    ready = threading.Barrier(6)

    def click(number: int) -> str:
        with open_office(tmp_path) as mine:
            ready.wait()
            try:
                return str(approve(mine, asked, Person(10 + number, f"Person {number}")).state)
            except RequestError as fault:
                return str(fault)

    with ThreadPoolExecutor(6) as browsers:
        answers = sorted(browsers.map(click, range(6)))
    done = requests.one(book, asked.id)
    assert (done.state, len(done.approvals)) == (State.APPROVED, 2)
    assert answers.count("waiting") == answers.count("approved") == 1
    said = f"{done.approvals[-1].name} has approved it already: it is not waiting any more"
    assert answers.count(said) == 4


def test_a_refusal_has_words_for_the_teacher(book: Book) -> None:
    asked = ask(book, needed=2)
    with pytest.raises(RequestError, match="the answer is empty"):
        deciding.refuse(book, asked.id, MR_OSEI, at_ms=MONDAY, words=" ")
    refused = deciding.refuse(book, asked.id, MR_OSEI, at_ms=MONDAY, words="Use the class page.")
    assert (refused.state, refused.answer) == (State.REFUSED, "Use the class page.")
    with pytest.raises(RequestError, match="Mr Osei has refused it already"):
        approve(book, asked, MRS_PATEL)
    assert [one.id for one in requests.history(book)] == [asked.id]


def test_approvals_fall_when_the_teacher_asks_for_something_else(book: Book) -> None:
    asked = ask(book, needed=2)
    approve(book, asked, MR_OSEI)
    wish = padlet(targets=("service:reddit",), typed="reddit")
    changed = asking.change(book, asked.id, wish, MS_CLARK, at_ms=MONDAY, needed=2)
    assert (changed.targets, changed.approvals, changed.missing) == (("service:reddit",), (), 2)
    assert [one.name for one in changed.decisions] == ["Mr Osei"]  # it stays on record
    approve(book, changed, MR_OSEI)
    assert approve(book, changed, MRS_PATEL).state is State.APPROVED


def test_nobody_approves_what_they_have_not_seen(book: Book) -> None:
    asked = ask(book)
    asking.change(book, asked.id, padlet(targets=("everything",)), MS_CLARK, at_ms=MONDAY)
    with pytest.raises(RequestError, match="Ms Clark has changed it since you looked"):
        approve(book, asked, MR_OSEI)


def test_only_whoever_asked_may_change_or_withdraw_it(book: Book) -> None:
    asked = ask(book)
    with pytest.raises(RequestError, match=f"there is no request {asked.id}"):
        asking.withdraw(book, asked.id, MR_OSEI, at_ms=MONDAY)
    with pytest.raises(RequestError, match=f"there is no request {asked.id}"):
        asking.change(book, asked.id, PADLET, MR_OSEI, at_ms=MONDAY)
    assert asking.withdraw(book, asked.id, MS_CLARK, at_ms=MONDAY).state is State.WITHDRAWN
    with pytest.raises(RequestError, match="Ms Clark has withdrawn it"):
        approve(book, asked, MR_OSEI)


def test_what_nobody_decided_is_over_with_its_lesson(book: Book) -> None:
    asked = ask(book)
    assert asking.lapse(book, BELL - 1) == []
    with pytest.raises(RequestError, match="its time is over"):
        approve(book, asked, MR_OSEI, at_ms=ms(BELL))
    assert [one.state for one in asking.lapse(book, BELL)] == [State.LAPSED]
    assert asking.lapse(book, BELL) == []


def test_an_approval_that_the_policy_would_not_have_is_taken_back(book: Book) -> None:
    asked = ask(book, needed=2)
    approve(book, asked, MR_OSEI)
    approve(book, asked, THE_HEAD)
    with pytest.raises(RequestError, match="only somebody who has approved it"):
        deciding.taken_back(book, asked.id, MRS_PATEL)
    again = deciding.taken_back(book, asked.id, THE_HEAD)
    assert (again.state, again.missing, again.answer) == (State.WAITING, 1, "")
    assert approve(book, again, THE_HEAD).state is State.APPROVED
    deciding.opened(book, asked.id, "padlet-7b")
    with pytest.raises(RequestError, match="that can't be taken back"):
        deciding.taken_back(book, asked.id, THE_HEAD)
    with pytest.raises(RequestError, match="it is not opened a second time"):
        deciding.opened(book, asked.id, "padlet-again")


def test_what_is_closed_before_its_time_has_ended(book: Book) -> None:
    asked = ask(book)
    approve(book, asked, MR_OSEI)
    deciding.opened(book, asked.id, "padlet-7b")
    found = deciding.ended(book, "padlet-7b", at_ms=MONDAY + DAY)
    assert found and found.state is State.ENDED
    assert deciding.ended(book, "somebody-elses", at_ms=MONDAY) is None


def test_next_week_is_at_the_same_time_although_the_clocks_change(book: Book) -> None:
    clock = SchoolClock("Europe/London")
    wednesday = clock.instant(datetime.datetime(2026, 10, 21, 10))  # in summer time
    wish = padlet(start=wednesday, end=wednesday + 3600)
    asked = asking.ask(book, Kind.LESSON, wish, MS_CLARK, at_ms=ms(wednesday - 3600))
    again = asking.repeat(asked, clock)
    assert clock.local(again.start).isoformat() == "2026-10-28T10:00:00+00:00"
    assert (again.end - again.start, again.targets, again.aim) == (3600, wish.targets, wish.aim)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"targets": ()}, "no site is chosen"),
        ({"targets": ("tiktok",)}, '"tiktok" is no target'),
        ({"scopes": ("7B",)}, '"7B" is nobody we know'),
        ({"targets": ("domain:1.2.3.4",)}, "an address is not a domain name"),
        ({"aim": " \u200b "}, "the reason is empty"),
        ({"aim": "x" * 2001}, "2,001 characters long: 2,000 is the most"),
        ({"end": LESSON_3}, "it would end before it begins"),
        ({"end": LESSON_3 + 86_401}, "longer than a day"),
        ({"start": LESSON_3 - 10**6, "end": LESSON_3 - 10**6 + 1}, "its time is over"),
    ],
)
def test_what_can_not_be_asked_is_said_in_one_sentence(
    book: Book, how: dict[str, object], says: str
) -> None:
    with pytest.raises(RequestError, match=says):
        ask(book, **how)  # type: ignore[arg-type]
    assert requests.waiting(book) == []


def test_one_person_does_not_fill_the_desk(book: Book) -> None:
    for _ in range(asking.WAITING):
        ask(book)
    with pytest.raises(RequestError, match="100 of your requests wait already"):
        ask(book)
    assert ask(book, by=MR_OSEI).asked_by == MR_OSEI.id
    assert len(requests.of_person(book, MR_OSEI.id)) == 1


def test_what_somebody_typed_is_kept_as_text_and_without_tricks(book: Book) -> None:
    asked = ask(book, typed="<b>padlet</b>\n\u202emoc.live", room="=cmd()")
    assert (asked.typed, asked.room) == ("<b>padlet</b> moc.live", "=cmd()")


def test_what_is_long_over_is_forgotten(book: Book) -> None:
    wish = padlet(end=BELL + 86_400 * 300)
    asked, standing = ask(book), asking.ask(book, Kind.EXEMPTION, wish, MS_CLARK, at_ms=MONDAY)
    approve(book, asked, MR_OSEI)
    asking.lapse(book, BELL)
    assert asking.forget(book, ms(BELL)) == 0
    assert asking.forget(book, ms(BELL) + 1) == 1
    with pytest.raises(RequestError, match="there is no request"):
        requests.one(book, asked.id)
    assert book.number("SELECT count(*) FROM decision") == 0
    assert requests.one(book, standing.id)
