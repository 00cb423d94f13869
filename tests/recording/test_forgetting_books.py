"""What people wrote has its time too: the recorder forgets it, and its bytes are gone."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Final

from appliance.config import Recording
from appliance.recording.recorder import BEHIND_SECONDS, FORGET_SECONDS
from appliance.store.counter import asks, telling
from appliance.store.counter.asks import Ask
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.telling import Telling
from appliance.store.office import asking, notices, requests
from appliance.store.office.office import open_office
from appliance.store.office.requests import Kind
from tests.recording.noting import TUESDAY, Box
from tests.store.evidence import png
from tests.store.office.people import MS_CLARK, padlet

NOW: Final = int(TUESDAY)
DAY: Final = 86_400
SETTINGS: Final = Recording(refused_days=1, case_days=2, audit_days=3)
TABLET: Final = ipaddress.ip_address("10.20.3.7")
WORDS: Final = ("zebra-one", "zebra-two", "zebra-three", "zebra-four")


def write(folder: Path) -> None:
    now_ms = NOW * 1000
    wish = padlet(aim=WORDS[0], start=NOW + 60, end=NOW + 3600)
    with open_office(folder) as office:
        asking.ask(office, Kind.LESSON, wish, MS_CLARK, at_ms=now_ms)
        notices.give(office, MS_CLARK, WORDS[1], ["everyone"], NOW + 60, NOW + 3600, at_ms=now_ms)
    with open_counter(folder) as counter:
        told = Telling(typed="x.example", seen=WORDS[2], address=TABLET, screenshot=png())
        telling.tell(counter, pictures(folder), told, at_ms=now_ms)
        asks.put(counter, Ask(site="y.example", address=TABLET, words=WORDS[3]), at_ms=now_ms)


def found(folder: Path) -> set[str]:
    """Which of the words are anywhere in the books' files, their logs included."""
    content = b"".join(
        path.read_bytes()
        for path in folder.iterdir()
        if path.name.startswith(("office", "counter"))
    )
    return {word for word in WORDS if word.encode() in content}


def live(box: Box, days: int) -> None:
    """So many days, one after the other, as a recorder sees them."""
    for _ in range(days):
        for _ in range(DAY // int(FORGET_SECONDS)):
            box.clock.wait(FORGET_SECONDS)
            box.recorder.tick()


def test_everything_goes_when_its_time_is_over(tmp_path: Path) -> None:
    box = Box(tmp_path, SETTINGS)
    write(tmp_path)
    (picture,) = pictures(tmp_path).folder.iterdir()
    os.utime(picture, (NOW, 0))  # it came hours ago
    live(box, 1)
    assert found(tmp_path) == set(WORDS)
    live(box, 1)
    assert found(tmp_path) == set(WORDS[:3])
    live(box, 1)
    assert found(tmp_path) == set(WORDS[:2])
    assert not picture.exists()
    live(box, 2)
    assert found(tmp_path) == set()
    assert not box.problems
    box.recorder.shutdown()


def test_a_clock_that_is_years_ahead_for_an_hour_costs_nothing(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording())
    write(tmp_path)
    live(box, 1)
    box.clock.now += 14 * 365 * DAY
    for _ in range(6):
        box.clock.wait(BEHIND_SECONDS)
        box.recorder.tick()
    assert found(tmp_path) == set(WORDS)
    box.recorder.shutdown()


def test_books_that_nobody_has_opened_are_not_begun(tmp_path: Path) -> None:
    box = Box(tmp_path, SETTINGS)
    live(box, 1)
    assert not [path.name for path in tmp_path.glob("*.db") if path.name != "record.db"]
    box.recorder.shutdown()


def test_a_book_that_is_broken_does_not_keep_the_recorder_from_recording(tmp_path: Path) -> None:
    box = Box(tmp_path, SETTINGS)
    (tmp_path / "office.db").write_bytes(b"no database" * 1000)
    live(box, 1)
    (problem,) = box.problems
    assert "what people wrote is kept longer than it should" in problem
    box.ask("www.tiktok.com")
    box.store()
    assert box.count() == 1
    (tmp_path / "office.db").unlink()
    live(box, 1)
    assert box.problems == []
    box.recorder.shutdown()


def test_what_still_waits_for_its_lesson_stays(tmp_path: Path) -> None:
    box = Box(tmp_path, SETTINGS)
    standing = padlet(start=NOW + 60, end=NOW + 300 * DAY)
    with open_office(tmp_path) as office:
        id = asking.ask(office, Kind.EXEMPTION, standing, MS_CLARK, at_ms=NOW * 1000).id
    live(box, 6)
    with open_office(tmp_path) as office:
        assert requests.one(office, id).typed == standing.typed
    box.recorder.shutdown()
