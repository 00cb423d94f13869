"""A whole box whose card or memory fails: it goes on answering, says what is wrong, and what it
accepted is on record when that is over."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.processes import running as programs
from appliance.recording import health
from appliance.store.database import FILE, Record
from tests.journeys.asking import query
from tests.journeys.running import Box, eventually, running
from tests.soak.record import soak
from tests.upstream import Upstream


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk that is soon full; skipped where nobody may mount one."""
    place.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], capture_output=True
    )
    if made.returncode:
        pytest.skip("only root may mount a disk of its own")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def recorded(folder: Path, up: Upstream) -> contextlib.AbstractContextManager[Box]:
    """A box with a recorder that commits every second."""
    soon = "[recording]\ncommit_seconds = 1\n"
    return running(folder, upstreams=[up.plain], appliance=soon, only="dns,recording")


def ask(box: Box, first: int, count: int) -> int:
    """So many refused questions, each for another name; all have to be answered."""
    names = [f"x{number}.tiktok.com" for number in range(first, first + count)]
    for begin in range(0, count, 100):
        some = names[begin : begin + 100]
        tablet = box.device(f"127.20.{(first + begin) // 100 % 250}.4")  # none asks too often
        replies = tablet.send_all([query(name) for name in some], seconds=20)
        assert len(replies) == len(some)
    return count


def problems(box: Box) -> tuple[str, ...]:
    said = health.read(box.data)
    return said.problems if said else ()


def lost(box: Box) -> int:
    said = health.read(box.data)
    return said.lost_refused if said else 0


def stored(box: Box) -> int:
    try:
        record = Record.look(box.data / FILE)
    except StoreError:
        return 0  # a new one is begun in a moment
    with record:
        return int(record.number("SELECT sum(count) FROM refused"))


def says(box: Box, words: str) -> None:
    eventually(lambda: any(words in one for one in problems(box)) or None, 30)


def has(box: Box, count: int) -> None:
    eventually(lambda: stored(box) >= count or None, 30)
    assert stored(box) == count


def test_a_database_that_is_locked_for_seconds(tmp_path: Path) -> None:
    with Upstream() as up, recorded(tmp_path, up) as box:
        asked = ask(box, 0, 50)
        has(box, asked)
        with contextlib.closing(sqlite3.connect(box.data / FILE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            asked += ask(box, asked, 200)
            says(box, "another program has locked it; events wait in memory")
            eventually(lambda: time.monotonic() - began > 3 or None)
            asked += ask(box, asked, 200)
            other.execute("ROLLBACK")
        has(box, asked)
        eventually(lambda: not problems(box) or None)


def test_a_card_that_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "var", "24m") as card, small_disk(card / "run", "24m"):
        with Upstream() as up, recorded(tmp_path, up) as box:
            asked = ask(box, 0, 50)
            has(box, asked)
            filler = card / "filler"
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            asked += ask(box, asked, 3_000)
            says(box, "the disk is full; events wait in memory")
            asked += ask(box, asked, 100)
            filler.unlink()
            has(box, asked)
            eventually(lambda: not problems(box) or None)


def test_memory_that_is_full(tmp_path: Path) -> None:
    """The recorder hangs until there is no room for what resolvers note."""
    with small_disk(tmp_path / "var" / "run", "300k"):
        with Upstream() as up, recorded(tmp_path, up) as box:
            asked = ask(box, 0, 50)
            has(box, asked)
            (recorder,) = [one.pid for one in programs(box.data) if one.name == "recording"]
            os.kill(recorder, signal.SIGSTOP)
            asked += ask(box, asked, 5_000)
            os.kill(recorder, signal.SIGCONT)
            end = time.monotonic() + 30
            while not lost(box):  # it is told with the next question that there is room for
                assert time.monotonic() < end
                asked += ask(box, asked, 1)
            says(box, "there was no room in memory for")
            eventually(lambda: stored(box) + lost(box) == asked or None, 30)
            assert stored(box) > 500  # what there was room for


@pytest.mark.parametrize("damage", ["garbage", "cut short"])
def test_a_database_of_garbage(tmp_path: Path, damage: str) -> None:
    with Upstream() as up:
        with recorded(tmp_path, up) as box:
            ask(box, 0, 500)
            has(box, 500)
        record = box.data / FILE
        if damage == "garbage":
            record.write_bytes(os.urandom(100_000))
        else:
            os.truncate(record, record.stat().st_size // 2)
        with recorded(tmp_path, up) as box:
            asked = ask(box, 1_000, 100)
            says(box, "a new, empty record was begun")
            has(box, asked)
        assert len(list(box.data.glob(f"{FILE}.damaged-*"))) == 1


def test_recorder_and_resolvers_are_killed_under_load_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    """A slice of python -m tests.soak.record; whether answers come soon is for a quiet machine."""
    account = soak(tmp_path, 12, 600, every=2.0)
    assert account.deaths.total() >= 2
    assert account.sure.total() > 500
    assert (account.missing, account.doubled) == (0, 0), account
    assert not account.seen.wrong
    assert not account.complaints
