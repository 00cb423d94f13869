"""Whatever people do in whatever order: nobody opens anything alone that needs others."""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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

TEAM = st.sampled_from([MS_CLARK, MR_OSEI, MRS_PATEL, THE_HEAD])
SITES = st.sampled_from(["service:padlet", "service:reddit", "everything"])
NEEDED = st.integers(1, 3)
ASKERS = (MS_CLARK, MR_OSEI)
WHICH = st.sampled_from([0, 1])
ITS_ASKER = st.none() | TEAM  # or hardly any change would be allowed


class Desk(RuleBasedStateMachine):
    """Two requests, four people, one office. What somebody looks at may be old by then."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.book = open_office(Path(self.folder.name))
        self.now = MONDAY // 1000
        self.pages: list[list[Request]] = []  # of each request, as somebody has it open
        self.meant: dict[int, dict[int, tuple[str, ...]]] = defaultdict(dict)
        self.opened: set[int] = set()

    def teardown(self) -> None:
        self.book.close()
        self.folder.cleanup()

    @initialize(needed=st.tuples(NEEDED, NEEDED))
    def ask(self, needed: tuple[int, int]) -> None:
        for who, number in zip(ASKERS, needed, strict=True):
            asked = asking.ask(
                self.book, Kind.LESSON, padlet(), who, at_ms=self.now_ms, needed=number
            )
            self.pages.append([asked])

    @property
    def now_ms(self) -> int:
        return self.now * 1000

    def page(self, which: int, is_old: bool = False) -> Request:
        return self.pages[which][-2 if is_old and len(self.pages[which]) > 1 else -1]

    @rule(which=WHICH, who=TEAM, is_old=st.booleans())
    def approve(self, which: int, who: Person, is_old: bool) -> None:
        page = self.page(which, is_old)
        with contextlib.suppress(RequestError):
            deciding.approve(self.book, page.id, who, edition=page.edition, at_ms=self.now_ms)
            self.meant[page.id][who.id] = page.targets

    @rule(which=WHICH, who=ITS_ASKER, site=SITES, needed=NEEDED)
    def change(self, which: int, who: Person | None, site: str, needed: int) -> None:
        page = self.page(which)
        wish = padlet(targets=(site,), start=page.start, end=page.end)
        someone = who or ASKERS[which]
        with contextlib.suppress(RequestError):
            changed = asking.change(
                self.book, page.id, wish, someone, at_ms=self.now_ms, needed=needed
            )
            self.pages[which].append(changed)
            assert someone == ASKERS[which]
            assert changed.approvals == ()

    @rule(which=WHICH, who=TEAM)
    def take_back(self, which: int, who: Person) -> None:
        with contextlib.suppress(RequestError):
            deciding.taken_back(self.book, self.page(which).id, who)

    @rule(which=WHICH)
    def open(self, which: int) -> None:
        id = self.page(which).id
        with contextlib.suppress(RequestError):
            deciding.opened(self.book, id, f"grant-{id}")
            self.opened.add(id)

    @rule(which=WHICH, who=TEAM, is_withdrawn=st.booleans())
    def end(self, which: int, who: Person, is_withdrawn: bool) -> None:
        id = self.page(which).id
        with contextlib.suppress(RequestError):
            if is_withdrawn:
                asking.withdraw(self.book, id, who, at_ms=self.now_ms)
            else:
                deciding.refuse(self.book, id, who, at_ms=self.now_ms, words="No.")
            assert (who == ASKERS[which]) is is_withdrawn

    @rule(share=st.sampled_from([1, 2, 40]))
    def time_passes(self, share: int) -> None:
        """Until the lessons are over, or a small part of that."""
        self.now += (LESSON_3 - MONDAY // 1000) // share
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
TestDesk.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
