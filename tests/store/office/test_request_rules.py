"""Whatever people do in whatever order: nobody opens anything alone that needs others."""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from appliance.errors import RequestError
from appliance.store.office import asking, deciding, requests
from appliance.store.office.office import open_office
from appliance.store.office.requests import Kind, Request, State
from tests.store.office.people import (
    LESSON_3,
    MONDAY,
    MR_OSEI,
    MRS_PATEL,
    MS_CLARK,
    THE_HEAD,
    Person,
    padlet,
)

PEOPLE = st.sampled_from([MS_CLARK, MR_OSEI, MRS_PATEL, THE_HEAD])
SITES = st.sampled_from(["service:padlet", "service:reddit", "everything"])
NEEDED = st.integers(1, 3)


class Desk(RuleBasedStateMachine):
    """Several people, several requests, one office. What somebody saw may be old by then."""

    asked: Bundle[Request] = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.book = open_office(Path(self.folder.name))
        self.now = MONDAY // 1000
        self.meant: dict[int, dict[int, tuple[str, ...]]] = defaultdict(dict)
        self.opened: set[int] = set()

    def teardown(self) -> None:
        self.book.close()
        self.folder.cleanup()

    @property
    def now_ms(self) -> int:
        return self.now * 1000

    @rule(target=asked, who=PEOPLE, site=SITES, needed=NEEDED)
    def ask(self, who: Person, site: str, needed: int) -> Request:
        start = max(LESSON_3, self.now)
        wish = padlet(targets=(site,), start=start, end=start + 3600)
        return asking.ask(self.book, Kind.LESSON, wish, who, at_ms=self.now_ms, needed=needed)

    @rule(target=asked, seen=consumes(asked))
    def look_again(self, seen: Request) -> Request:
        return requests.one(self.book, seen.id)

    @rule(seen=asked, who=PEOPLE)
    def approve(self, seen: Request, who: Person) -> None:
        with contextlib.suppress(RequestError):
            deciding.approve(self.book, seen.id, who, edition=seen.edition, at_ms=self.now_ms)
            self.meant[seen.id][who.id] = seen.targets

    @rule(seen=asked, who=PEOPLE)
    def refuse(self, seen: Request, who: Person) -> None:
        with contextlib.suppress(RequestError):
            deciding.refuse(self.book, seen.id, who, at_ms=self.now_ms, words="No.")
            assert who.id != seen.asked_by

    @rule(seen=asked, who=PEOPLE, site=SITES, needed=NEEDED)
    def change(self, seen: Request, who: Person, site: str, needed: int) -> None:
        wish = padlet(targets=(site,), start=seen.start, end=seen.end)
        with contextlib.suppress(RequestError):
            changed = asking.change(self.book, seen.id, wish, who, at_ms=self.now_ms, needed=needed)
            assert who.id == seen.asked_by
            assert changed.approvals == ()

    @rule(seen=asked, who=PEOPLE)
    def withdraw(self, seen: Request, who: Person) -> None:
        with contextlib.suppress(RequestError):
            asking.withdraw(self.book, seen.id, who, at_ms=self.now_ms)
            assert who.id == seen.asked_by

    @rule(seen=asked, who=PEOPLE)
    def take_back(self, seen: Request, who: Person) -> None:
        with contextlib.suppress(RequestError):
            deciding.taken_back(self.book, seen.id, who)

    @rule(seen=asked)
    def open(self, seen: Request) -> None:
        with contextlib.suppress(RequestError):
            deciding.opened(self.book, seen.id, f"grant-{seen.id}")
            self.opened.add(seen.id)

    @rule(minutes=st.integers(0, 2_000))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * 60
        asking.lapse(self.book, self.now)

    @invariant()
    def nothing_is_approved_by_its_asker_or_by_too_few(self) -> None:
        for one in [*requests.history(self.book), *requests.waiting(self.book)]:
            people = {said.who for said in one.approvals}
            assert one.asked_by not in people
            assert len(people) == len(one.approvals)
            if one.state in (State.APPROVED, State.ENDED):
                assert len(people) >= one.needed >= 1
                for who in people:  # and each of them meant what is opened
                    assert self.meant[one.id][who] == one.targets
            if one.state is State.WAITING:
                assert len(people) < one.needed
                assert one.end > self.now

    @invariant()
    def what_is_open_was_approved_and_only_ends(self) -> None:
        for id in self.opened:
            assert requests.one(self.book, id).state in (State.APPROVED, State.ENDED)


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
