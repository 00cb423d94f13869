"""Whatever goes wrong with card and database: it is said, and what was accepted is stored later."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import NewerStoreError
from appliance.recording import health
from appliance.recording.recorder import EVENTS
from appliance.store.database import FILE
from tests.recording.noting import Box
from tests.recording.process import Process


def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("www.tiktok.com")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    box.store()
    assert box.problems == [
        f"nothing is stored: {tmp_path / FILE}: another program has locked it; events wait in "
        "memory"
    ]
    said = health.read(tmp_path)
    assert said is not None
    assert said.problems == tuple(box.problems)
    other.execute("ROLLBACK")
    other.close()
    box.ask("www.tiktok.com")
    box.store()
    assert box.problems == []
    assert box.count() == 2


@pytest.mark.parametrize("damage", ["garbage", "cut short", "another database", "empty"])
def test_a_damaged_record_is_moved_aside_and_a_new_one_begun(tmp_path: Path, damage: str) -> None:
    box = Box(tmp_path)
    box.ask(*(f"site{number}.example" for number in range(500)))
    box.noter.stop()  # what is in files still would be stored again
    box.settle()
    box.recorder.shutdown()
    record = tmp_path / FILE
    for beside in tmp_path.glob(f"{FILE}-*"):
        beside.unlink()
    match damage:
        case "garbage":
            record.write_bytes(os.urandom(50_000))
        case "cut short":
            with record.open("r+b") as file:
                file.truncate(20_000)
        case "another database":
            record.unlink()
            with contextlib.closing(sqlite3.connect(record)) as other:
                other.execute("CREATE TABLE sums (number)")
        case _:
            record.write_bytes(b"")
    box.start()
    box.ask("after.example")
    box.store()
    assert [row.name for row in box.rows()] == ["after.example"]
    if damage != "empty":
        (aside,) = tmp_path.glob(f"{FILE}.damaged-*")
        (problem,) = box.problems
        assert f"it was moved to {aside.name} and a new, empty record was begun" in problem
        assert box.recorder.record is not None


def test_a_record_that_is_damaged_while_it_is_written_is_found_out_within_hours(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path)
    box.ask(*(f"site{number}.example" for number in range(3000)))
    box.settle()
    assert box.recorder.record is not None
    box.recorder.record.clear_log()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(200_000))
    box.clock.wait(7 * 3600)
    box.ask("later.example")
    box.store()
    box.store()
    assert any("a new, empty record was begun" in problem for problem in box.problems)
    assert "later.example" in {row.name for row in box.rows()}


def test_what_a_resolver_still_has_in_its_file_is_in_the_new_record_too(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("www.tiktok.com")
    box.store()
    box.recorder.shutdown()
    (tmp_path / FILE).write_bytes(os.urandom(50_000))
    box.start()
    box.store()
    assert box.count() == 1


def test_a_record_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.recorder.shutdown()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as newer:
        newer.execute("PRAGMA user_version = 999")
    with pytest.raises(NewerStoreError, match="a newer Bellgate has written this record"):
        box.start()
    with Process(tmp_path, wait=False) as process:
        assert process.wait() == 2
    assert "install that version again" in process.said


def test_a_file_of_garbage_is_set_aside_and_the_others_are_stored(tmp_path: Path) -> None:
    box = Box(tmp_path)
    (tmp_path / EVENTS / "dns-2").mkdir()
    garbage = tmp_path / EVENTS / "dns-2" / "000000000000001-00000001.events"
    garbage.write_bytes(b"BGE1" + os.urandom(5_000))
    box.ask("www.tiktok.com")
    box.store()
    assert box.count() == 1
    assert not garbage.exists()
    assert garbage.with_suffix(".broken").exists()
    (problem,) = box.problems
    assert problem.startswith("dns-2/000000000000001-00000001.events is broken at byte ")


def test_what_stands_before_the_garbage_is_stored(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("before.example")
    box.noter.flush()
    (file,) = (tmp_path / EVENTS / "dns-1").glob("*.events")
    with file.open("ab") as handle:
        handle.write(b"\xff" * 100)
    box.store()
    assert [row.name for row in box.rows()] == ["before.example"]
    assert len(box.problems) == 1


def test_a_mark_that_is_cut_short_for_ever_keeps_nothing_else_waiting(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("whole.example")
    box.noter.flush()
    (file,) = (tmp_path / EVENTS / "dns-1").glob("*.events")
    with file.open("ab") as handle:
        handle.write(b"\x03\x00\x40half")
    box.noter.channel._finish()  # the resolver was killed as it wrote
    box.store()
    box.store()
    assert not file.exists()
    assert [row.name for row in box.rows()] == ["whole.example"]


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk that is soon full; skipped where nobody may mount one."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], capture_output=True
    )
    if made.returncode:
        pytest.skip("only root may mount a disk of its own")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_is_told_and_after_the_cure_everything_is_stored(tmp_path: Path) -> None:
    with small_disk(tmp_path / "card", "2m") as card:
        box = Box(card)
        filler = card / "filler"
        room = os.statvfs(card).f_bavail * os.statvfs(card).f_frsize
        filler.write_bytes(b"x" * (room - 300_000))
        asked = 0
        for _ in range(8):
            names = [f"site{asked + n}.{'long' * 10}.example" for n in range(300)]
            box.ask(*names)
            asked += len(names)
            box.store()
        assert any("the disk is full" in problem for problem in box.problems), box.problems
        accepted = asked - box.noter.channel.lost_refused
        filler.unlink()
        box.store()
        box.store()
        box.recorder.shutdown()
        said = [problem for problem in box.problems if "no room in memory" not in problem]
        assert said == []
        assert box.count() == accepted > 300


def test_a_disk_that_refuses_to_write_is_told_and_tried_again(tmp_path: Path) -> None:
    """No root needed: a process of its own whose files may not grow."""
    box = Box(tmp_path)
    box.recorder.shutdown()
    with Process(tmp_path) as process:
        limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8_192, limits[1]))
        box.ask("www.tiktok.com")
        box.noter.flush()
        process.until(lambda said: any("nothing is stored" in one for one in said.problems))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
        process.until(lambda said: not said.problems and said.stored == 1)
    assert box.count() == 1


def test_it_ends_cleanly_and_leaves_one_file(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.recorder.shutdown()
    with Process(tmp_path) as process:
        box.ask("www.tiktok.com")
        box.noter.stop()
        process.until(lambda said: said.stored == 1)
        process.send(signal.SIGTERM)
        assert process.wait() == 0
    assert [path.name for path in sorted(tmp_path.glob(f"{FILE}*"))] == [FILE]
    assert box.count() == 1
