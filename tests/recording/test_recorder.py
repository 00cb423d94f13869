"""The recorder: what was asked is on record, as it was, each question once."""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config import Recording
from appliance.event import Asker, Event, Flag, Means, State, ruling_of
from appliance.policy.model import Who
from appliance.recording import channel
from appliance.recording.recorder import EVENTS, Recorder
from appliance.store.writer import Rows, final
from tests.recording.noting import (
    AAAA,
    ALLOWED,
    HTTPS,
    LESSON,
    TABLET,
    TIKTOK,
    TUESDAY,
    TXT,
    Box,
    Noter,
    asked_mark,
)

LAPTOP = Asker(
    ipaddress.ip_address("fd00:20::9"),
    Who("staff", "ms-clarks-laptop"),
    Means.MAC,
    forwarder="10.20.0.10",
    mac="02:00:5e:10:00:01",
)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def files(box: Box) -> list[Path]:
    return sorted((box.folder / EVENTS).glob("*/*.events"))


def test_a_refusal_is_on_record_as_it_was(box: Box) -> None:
    box.ask("www.tiktok.com", flags=Flag.LED_ON)
    box.ask("x.com", asker=LAPTOP)
    box.store()
    first, second = box.rows()
    assert (first.name, first.count, first.types) == ("www.tiktok.com", 1, ("A",))
    assert (first.first_ms, first.last_ms) == (int(TUESDAY * 1000),) * 2
    assert (first.asker, first.verdict, first.state) == (TABLET, TIKTOK, LESSON)
    assert (first.flags, first.device) == (Flag.LED_ON, "dans-tablet")
    assert (second.asker, second.sureness) == (
        LAPTOP,
        "by its hardware address, which can be changed",
    )
    assert first.event != second.event


def test_one_visit_is_one_row_however_many_types_it_asks_for(box: Box) -> None:
    for qtype in (1, AAAA, HTTPS, 1):
        box.ask("www.tiktok.com", qtype=qtype)
    box.ask("www.tiktok.com", qtype=TXT)  # no browser asks for that
    box.store()
    visit, text = box.rows()
    assert (visit.count, visit.types) == (4, ("A", "AAAA", "HTTPS"))
    assert (text.count, text.types) == (1, ("TXT",))


def test_a_run_is_a_minute_long_and_then_another_begins(box: Box) -> None:
    for _ in range(7):
        box.ask("www.tiktok.com")
        box.clock.wait(10)
        box.store()
    first, second = box.rows()
    assert first.count + second.count == 7
    assert first.last_ms - first.first_ms < 60_000 <= second.first_ms - first.first_ms


@pytest.mark.parametrize(
    "change",
    [
        {"asker": dataclasses.replace(TABLET, who=Who("staff", "dans-tablet"))},
        {"verdict": dataclasses.replace(TIKTOK, rule="another")},
        {"flags": Flag.LED_ON},
    ],
)
def test_whatever_is_not_the_same_is_another_row(box: Box, change: dict[str, object]) -> None:
    box.ask("www.tiktok.com")
    box.ask("www.tiktok.com", **change)
    box.store()
    assert [row.count for row in box.rows()] == [1, 1]


def test_the_bell_ends_a_run(box: Box) -> None:
    box.ask("www.tiktok.com")
    box.noter.channel.tell(State("a" * 32, "Break", False))
    box.ask("www.tiktok.com")
    box.store()
    assert [row.state.period for row in box.rows()] == ["Lesson 1", "Break"]
    assert [row.state.clock_trusted for row in box.rows()] == [True, False]


@settings(max_examples=25, deadline=None)
@given(
    asked=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-5, 40), st.booleans()),
        max_size=60,
    ),
    restarts=st.sets(st.integers(0, 60), max_size=3),
)
def test_runs_and_sums_add_up_to_what_was_asked(
    asked: list[tuple[int, int, int, bool]],
    restarts: set[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    box = Box(tmp_path_factory.mktemp("box"))
    told: dict[tuple[str, str], int] = {}
    allowed = 0
    for number, (name, device, wait, is_refused) in enumerate(asked):
        box.clock.now += wait
        box.clock.steady += abs(wait)
        who = dataclasses.replace(TABLET, who=Who("pupils", f"tablet-{device}"))
        verdict = TIKTOK if is_refused else ALLOWED
        box.ask(f"www.site{name}.com", verdict=verdict, asker=who)
        if is_refused:
            key = f"www.site{name}.com", f"tablet-{device}"
            told[key] = told.get(key, 0) + 1
        allowed += not is_refused
        if number in restarts:
            box.store()
            box.recorder.shutdown()
            box.start()
    box.settle()
    found: dict[tuple[str, str], int] = {}
    for row in box.rows():
        assert row.last_ms - row.first_ms < 62_000
        found[row.name, row.device] = found.get((row.name, row.device), 0) + row.count
    assert found == told
    with box.look() as record:
        refused = sum(told.values())
        for table in ("site_hour", "site_day", "asker_day", "asker_ruling_day"):
            assert record.number(f"SELECT sum(count) FROM {table}") == refused
        assert record.number("SELECT sum(count) FROM allowed_hour") == allowed
        for table in ("facet_hour", "facet_day"):
            assert record.number(f"SELECT sum(count) FROM {table}") == refused + allowed


def test_of_allowed_questions_nothing_tells_who_asked(box: Box) -> None:
    box.ask("www.bbc.co.uk", "news.bbc.co.uk", verdict=ALLOWED)
    box.settle()
    with box.look() as record:
        assert record.number("SELECT count(*) FROM allowed") == 0
        assert record.number("SELECT count(*) FROM asker") == 0
        assert record.number("SELECT spelled FROM name") == "ku.oc.cbb"
        assert record.number("SELECT sum(count) FROM allowed_hour") == 2


def test_a_school_may_have_each_allowed_question_written_down(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(allowed_questions=True))
    box.ask("www.bbc.co.uk", verdict=ALLOWED)
    box.settle()
    with box.look() as record:
        assert record.number("SELECT count(*) FROM allowed") == 1


def test_hostile_names_lie_still(box: Box) -> None:
    from_the_wire = b"\x08a.b\x00\x1b\xff\\c\x03com\x00"
    box.ask("placeholder.example")
    box.noter.channel.notes[-1] = asked_mark(from_the_wire, 1, ruling_of(TIKTOK))
    box.store()
    (row,) = box.rows()
    assert row.name == r"a\046b\000\027\255\092c.com"


def test_a_file_that_is_stored_and_left_is_deleted(box: Box) -> None:
    box.ask("www.tiktok.com")
    box.store()
    assert len(files(box)) == 1  # the resolver writes it still
    box.noter.stop()
    box.store()
    assert not files(box)
    assert box.count() == 1


def test_files_that_are_full_go_and_the_one_in_use_stays(box: Box) -> None:
    for number in range(25_000):
        box.ask(f"site{number % 50}.example")
        if number % 500 == 0:
            box.noter.flush()
    box.noter.flush()
    assert len(files(box)) > 2
    box.store()
    box.store()
    assert len(files(box)) == 1
    assert box.count() == 25_000


def test_a_resolver_that_dies_and_comes_again_loses_nothing(box: Box) -> None:
    box.ask("one.example")
    box.noter.flush()
    box.noter.channel._finish()  # what the system does when a process dies
    box.clock.now -= 3 * 3600  # and its clock was set back meanwhile
    box.noter = Noter(box.folder, box.clock)
    box.ask("two.example")
    box.store()
    assert {row.name for row in box.rows()} == {"one.example", "two.example"}
    assert len(files(box)) == 1


def test_two_resolvers_are_one_record(box: Box) -> None:
    other = Noter(box.folder, box.clock, number=2)
    box.ask("www.tiktok.com")
    other.ask("www.tiktok.com")
    other.flush()
    box.store()
    assert [row.count for row in box.rows()] == [2]


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_jumps_and_comes_back_loses_nothing(box: Box, hours: int) -> None:
    for number in range(9):
        box.ask(f"site{number}.example")
        box.store()
        box.clock.now += hours * 3600 * (1 if number % 2 else -1)
    box.settle()
    assert box.count() == 9
    assert len(box.rows(since_ms=int((TUESDAY - 4 * 3600) * 1000))) == 9


def test_a_row_is_final_once_its_minute_is_over_and_never_changes_again(box: Box) -> None:
    box.ask("www.tiktok.com")
    box.store()
    with box.look() as record:
        assert final(record, Rows.REFUSED) == 0
    box.settle()
    before = box.rows()
    with box.look() as record:
        assert final(record, Rows.REFUSED) == 1
    box.ask("www.tiktok.com")
    box.store()
    assert box.rows()[:1] == before
    assert len(box.rows()) == 2


def test_a_run_that_was_open_goes_on_after_a_restart(box: Box) -> None:
    box.ask("www.tiktok.com")
    box.store()
    box.recorder.shutdown()
    box.start()
    box.ask("www.tiktok.com")
    box.store()
    assert [row.count for row in box.rows()] == [2]


class Watcher:
    """Sees what detection would."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self.settled = 0
        self.problem = ""

    def begin(self, record: object) -> None:
        pass

    def end(self) -> None:
        pass

    def observe(self, events: object) -> None:
        self.seen += events  # type: ignore[arg-type]

    def settle(self, now: float) -> None:
        self.settled += 1


def test_whoever_looks_for_attempts_sees_each_question_once(tmp_path: Path) -> None:
    box = Box(tmp_path)
    watcher = Watcher()
    clock = box.clock
    box.recorder.shutdown()
    box.recorder = Recorder(tmp_path, Recording(), lambda: clock.now, lambda: clock.steady, watcher)
    box.recorder.startup()
    box.ask("www.tiktok.com")
    box.ask("www.bbc.co.uk", verdict=ALLOWED)
    box.settle()
    assert [event.verdict for event in watcher.seen] == [TIKTOK, ALLOWED]
    assert watcher.settled


def test_what_there_was_no_room_for_is_told(box: Box) -> None:
    box.noter.channel.room_bytes = 100
    box.ask("one.example", "two.example")
    box.noter.flush()
    box.noter.channel.room_bytes = channel.ROOM_BYTES
    box.ask("three.example")
    box.store()
    assert [row.name for row in box.rows()] == ["three.example"]
    assert box.problems == [
        "there was no room in memory for 2 refused and 0 allowed questions since recording "
        "started: no record of them could be kept"
    ]
    with box.look() as record:
        assert record.number("SELECT refused FROM lost") == 2
