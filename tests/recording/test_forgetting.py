"""Forgetting: after its time not one byte of a name is left, and the rest is all there."""

from __future__ import annotations

import random
from pathlib import Path

from appliance.config import Recording
from appliance.store import policies
from appliance.store.database import FILE
from tests.recording.noting import ALLOWED, TUESDAY, Box

DAY = 86_400


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{FILE}*")))


def made_up(count: int, seed: int) -> list[str]:
    """Names as no two are alike, so that pages split and fill in every way."""
    dice = random.Random(seed)
    return [
        "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(6, 40)))
        + dice.choice((".com", ".co.uk", ".sub.example.net"))
        for _ in range(count)
    ]


def days_pass(box: Box, days: int) -> None:
    """Each round forgets a day at most: a clock gone wild must not cost the record."""
    for _ in range(days):
        box.clock.wait(DAY)
        for _ in range(12):
            box.clock.wait(1)
            box.recorder.tick()


def test_no_byte_of_a_forgotten_name_is_left(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(refused_days=3, allowed_days=2, allowed_questions=True))
    old = made_up(3_000, seed=1)
    for at in range(0, len(old), 300):
        box.ask(*old[at : at + 300])
        box.ask(*(f"open-{name}" for name in old[at : at + 300]), verdict=ALLOWED)
        box.store()
    box.settle()
    assert all(name[::-1].encode() in bytes_of(tmp_path) for name in old[:50])
    days_pass(box, 2)
    kept = made_up(500, seed=2)
    box.ask(*kept)
    box.settle()
    days_pass(box, 3)
    left = bytes_of(tmp_path)
    found = [name for name in old if name.rpartition(".")[0][::-1].encode() in left]
    assert not found, f"{len(found)} names, such as {found[:3]}"
    assert [row.name for row in box.rows()] == kept
    with box.look() as record:
        names = record.number("SELECT count(*) FROM name")
        assert names == len(kept) + len({name.split(".", 1)[1] for name in kept if "sub" in name})
        assert record.number("SELECT sum(rows) FROM forgotten") == 2 * len(old)


def test_each_kind_is_kept_as_long_as_the_school_says(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(refused_days=5, allowed_days=2, allowed_questions=True))
    box.ask("refused.example")
    box.ask("allowed.example", verdict=ALLOWED)
    box.settle()
    days_pass(box, 4)
    with box.look() as record:
        assert record.number("SELECT count(*) FROM refused") == 1
        assert record.number("SELECT count(*) FROM allowed") == 0
        assert record.number("SELECT count(*) FROM allowed_hour") == 0
        assert record.number("SELECT sum(count) FROM facet_hour") == 2  # tells of nobody
    days_pass(box, 4)
    assert not box.rows()
    with box.look() as record:
        assert record.number("SELECT count(*) FROM name") == 0
        assert record.number("SELECT count(*) FROM asker") == 0


def test_numbers_of_events_are_never_used_again(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(refused_days=1))
    box.ask("one.example", "two.example")
    box.settle()
    days_pass(box, 4)
    assert not box.rows()
    box.recorder.shutdown()
    box.start()
    box.ask("three.example")
    box.store()
    assert [row.id for row in box.rows()] == [3]


def test_a_clock_gone_wild_does_not_cost_the_record(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("refused.example")
    box.settle()
    box.clock.now += 20 * 365 * DAY  # for some hours it is 2046
    for _ in range(300):
        box.clock.wait(60)
        box.recorder.tick()
    box.clock.now = TUESDAY + DAY
    box.ask("another.example")
    box.settle()
    assert {row.name for row in box.rows()} == {"refused.example", "another.example"}


def test_a_row_that_a_case_holds_outlives_its_time(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(refused_days=1))
    box.ask("held.example", "other.example")
    box.settle()
    record = box.recorder.record
    assert record is not None
    record.db.table("hold").insert({"holder": "case 1", "event": 1})
    days_pass(box, 5)
    (row,) = box.rows(name="held.example")
    assert row.name == "held.example"
    assert not box.rows(name="other.example")
    assert b"elpmaxe.rehto" not in bytes_of(tmp_path)


def test_forgetting_is_itself_on_record(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(refused_days=1))
    box.ask("one.example", "two.example")
    box.settle()
    days_pass(box, 3)
    with box.look() as record:
        found = record.conn.execute("SELECT what, rows FROM forgotten").fetchall()
    assert found == [("refused", 2)]


def test_policies_stay_as_long_as_what_was_done(tmp_path: Path) -> None:
    box = Box(tmp_path, Recording(refused_days=1, audit_days=4))
    record = box.recorder.record
    assert record is not None
    policies.note_in_force(record, int(TUESDAY * 1000), "v1", b"the first", b"{}")
    policies.note_in_force(record, int(TUESDAY * 1000) + 1, "v2", b"the second", b"{}")
    box.ask("one.example")
    box.settle()
    days_pass(box, 2)
    assert policies.in_force_as(record, "v1")
    days_pass(box, 5)
    assert not policies.in_force_as(record, "v1")
    assert policies.last_in_force(record) == policies.in_force_as(record, "v2")
    assert b"the first" not in bytes_of(tmp_path)
