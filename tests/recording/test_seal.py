"""A record that was altered says so, and which row it was; one that was not says that."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import StoreError
from appliance.recording import anchor
from appliance.recording.findings import Findings, What
from appliance.recording.keyring import Keyring, followers
from appliance.recording.seal import prune, root_of
from appliance.recording.sealer import Sealer
from appliance.store.database import FILE, Record
from appliance.store.farewell import delete
from appliance.store.sealed import Sealed
from tests.recording.sealed import TUESDAY_9_00, Box, verify

NAMES = [f"www{number}.tiktok.com" for number in range(12)]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """Two days that are over, and one that is not."""
    box = Box(tmp_path / "box")
    for _ in range(2):
        box.refuse(*NAMES)
        box.refuse("www.instagram.com", device="zoes-phone", address="10.20.3.9")
        box.seal()
        box.tomorrow()
    box.refuse(*NAMES)
    box.seal()
    yield box
    box.stop()


def first(findings: Findings) -> tuple[What, str]:
    fault = findings.faults[0]
    return fault.what, "r" + fault.event.partition("-r")[2]


def test_a_record_that_nobody_touched_is_good(box: Box) -> None:
    found = verify(box.folder)
    assert (found.faults, found.rows, found.anchors, found.unsealed) == ([], 38, 2, 0)


def test_it_is_good_while_the_recorder_goes_on(box: Box) -> None:
    box.refuse("www.snapchat.com")
    box.wait(1, steps=3)
    found = verify(box.folder)
    assert (found.faults, found.rows, found.unsealed) == ([], 38, 1)
    box.seal()
    assert verify(box.folder).rows == 39


def test_it_is_good_after_a_restart(box: Box) -> None:
    box.restart()
    box.refuse("www.snapchat.com")
    box.seal()
    found = verify(box.folder)
    assert (found.faults, found.rows) == ([], 39)


COLUMNS = {
    "first": "first + 1",
    "span": "span + 1",
    "count": "count + 1",
    "name": "1 + name % 2",
    "asker": "1 + asker % 2",
    "types": "3",
    "flags": "4",
    "ruling": "99",
    "state": "99",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_each_column_of_a_row_is_sealed(box: Box, column: str) -> None:
    assert box.change(f"UPDATE refused SET {column} = {COLUMNS[column]} WHERE id = 20") == 1
    assert first(verify(box.folder)) == (What.ALTERED, "r20")


MEANINGS = [
    ("name", "spelled", "'moc.elpmaxe'", 5),
    ("asker", "address", "'10.20.3.8'", 1),
    ("asker", "mac", "'02:00:00:00:00:08'", 1),
    ("asker", "device", "'zoes-tablet'", 1),
    ("asker", "grp", "'staff'", 1),
    ("asker", "sets", "'class-7a'", 1),
    ("asker", "means", "3", 1),
    ("asker", "forwarder", "'10.1.1.1'", 1),
    ("ruling", "action", "'restrict'", 1),
    ("ruling", "decided_by", "'list'", 1),
    ("ruling", "rule", "'another'", 1),
    ("ruling", "clause", "'7.2'", 1),
    ("ruling", "target", "'everything'", 1),
    ("ruling", "service", "'youtube'", 1),
    ("ruling", "category", "'adult'", 1),
    ("ruling", "safe_search", "'strict'", 1),
    ("state", "policy", "'1234'", 1),
    ("state", "period", "'Break'", 1),
    ("state", "trusted", "0", 1),
    ("name", "spelled", "CAST(x'ff' AS TEXT)", 5),
    ("asker", "address", "'nowhere'", 1),
]


@pytest.mark.parametrize("table, column, value, row", MEANINGS, ids=lambda value: str(value)[:20])
def test_what_a_row_refers_to_is_sealed_with_it(
    box: Box, table: str, column: str, value: str, row: int
) -> None:
    assert box.change(f"UPDATE {table} SET {column} = {value} WHERE id = {6 if row == 5 else 1}")
    what, event = first(verify(box.folder))
    assert what is What.ALTERED
    assert event == f"r{row}"


def test_a_row_that_was_deleted_is_named(box: Box) -> None:
    box.change("DELETE FROM refused WHERE id = 20")
    assert first(verify(box.folder)) == (What.MISSING, "r20")


def test_a_row_that_was_put_in_between_is_named(box: Box) -> None:
    box.change("UPDATE refused SET id = 5000000 WHERE id = 38")
    box.change(
        "INSERT INTO refused SELECT -3, first, span, count, name, asker, ruling, state, "
        "types, flags FROM refused WHERE id = 3"
    )
    assert first(verify(box.folder)) == (What.INSERTED, "r-3")


def test_two_rows_that_changed_places_are_named(box: Box) -> None:
    for old, new in ((20, 900), (23, 20), (900, 23)):
        box.change(f"UPDATE refused SET id = {new} WHERE id = {old}")
    found = verify(box.folder)
    assert first(found) == (What.SWAPPED, "r20")
    assert [fault.what for fault in found.faults] == [What.SWAPPED, What.SWAPPED]


def test_the_end_cannot_be_cut_off_without_its_seal(box: Box) -> None:
    box.change("DELETE FROM refused WHERE id > 30")
    assert first(verify(box.folder)) == (What.MISSING, "r31")


def test_a_day_cannot_be_cut_off_where_its_anchor_was_kept(box: Box) -> None:
    ((text,),) = box.ask("SELECT anchor FROM seal_segment WHERE number = 2")
    kept = list(anchor.read(f"Dear governor,\r\n> {text.replace(chr(10), chr(10) + '> ')}"))
    assert verify(box.folder, kept).is_good
    box.change("DELETE FROM refused WHERE id > 13")
    box.change("DELETE FROM seal_chunk WHERE segment > 1")
    box.change("DELETE FROM seal_segment WHERE number > 1")
    box.change("UPDATE mark SET value = 13 WHERE key LIKE 'refused %'")
    assert verify(box.folder).is_good  # nothing inside the box can tell
    found = verify(box.folder, kept)
    assert "sealed anew, or cut off" in found.faults[0].sentence


def test_whoever_seals_anew_needs_the_key(box: Box, tmp_path: Path) -> None:
    """Another box's recorder seals the altered rows in its own name."""
    box.stop()
    ((text,),) = box.ask("SELECT anchor FROM seal_segment WHERE number = 1")
    ours = {one.key for one in Keyring(box.folder).known()}
    box.change("UPDATE refused SET count = 7 WHERE id = 3")
    for table in ("seal_chunk", "seal_segment", "seal_slip"):
        box.change(f"DELETE FROM {table}")
    keys = box.folder / "keys"
    keys.rename(tmp_path / "keys")
    forger = Box(box.folder)
    forger.seal()
    forger.stop()
    assert verify(box.folder).is_good  # by the forger's own key, and that is what it says
    (box.folder / "keys").rename(tmp_path / "forged")
    (tmp_path / "keys").rename(keys)
    found = verify(box.folder)
    assert ours.isdisjoint(found.signers)
    assert "another key" in found.faults[0].sentence
    assert not verify(box.folder, list(anchor.read(text))).is_good


SEALS: list[tuple[str, str]] = [
    ("seal_chunk", "first = first + 1"),
    ("seal_chunk", "count = count - 1"),
    ("seal_chunk", "segment = 2"),
    ("seal_chunk", "root = zeroblob(32)"),
    ("seal_chunk", "tags = zeroblob(length(tags))"),
    ("seal_chunk", "tags_digest = zeroblob(32)"),
    ("seal_chunk", "head = zeroblob(32)"),
    ("seal_chunk", "signature = zeroblob(64)"),
    ("seal_chunk", "secret = zeroblob(16)"),
    ("seal_chunk", "secret = x'', tags = x''"),
    ("seal_chunk", "leftover = '{}'"),
    ("seal_segment", "number = 77"),
    ("seal_segment", "day = day + 1"),
    ("seal_segment", "key = 'ff' || substr(key, 3)"),
    ("seal_segment", "anchor = ''"),
    ("seal_segment", "anchor = replace(anchor, 'rows: 13', 'rows: 12')"),
    ("seal_segment", "anchor = anchor || ' '"),
]


@pytest.mark.parametrize("table, change", SEALS, ids=str)
def test_the_seal_itself_can_not_be_altered(box: Box, table: str, change: str) -> None:
    which = "number = 1" if table == "seal_segment" else "id = 1"
    assert box.change(f"UPDATE {table} SET {change} WHERE {which}") == 1
    assert not verify(box.folder).is_good


@pytest.mark.parametrize("table", ["seal_chunk", "seal_segment"])
def test_no_part_of_the_seal_can_be_taken_out(box: Box, table: str) -> None:
    box.change(
        f"DELETE FROM {table} WHERE rowid = 1"
        if table == "seal_chunk"
        else f"DELETE FROM {table} WHERE number = 1"
    )
    assert not verify(box.folder).is_good


# Forgetting


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Box]:
    """A week, of which two days are kept; Zoe's row of the first day is held for a case."""
    box = Box(tmp_path / "box", days_kept=2)
    for day in range(7):
        box.refuse(*NAMES)
        box.refuse("www.instagram.com", device="zoes-phone", address="10.20.3.9")
        box.seal()
        if day == 0:
            box.change("INSERT INTO hold (holder, event) VALUES ('case 1', 13)")
        box.tomorrow()
    box.wait(3 * 3600, steps=12)
    yield box
    box.stop()


def test_forgotten_days_leave_the_rest_verifiable(forgetful: Box) -> None:
    rows = forgetful.ask("SELECT count(*), min(id) FROM refused")
    found = verify(forgetful.folder)
    assert rows[0][1] == 13  # the one that is held
    assert found.faults == []
    assert found.rows == rows[0][0]
    assert found.rows + found.forgotten == 7 * 13
    assert found.forgotten > 40


def test_nothing_is_left_that_could_tell_what_was_forgotten(forgetful: Box) -> None:
    secrets = forgetful.ask("SELECT count(*) FROM seal_chunk WHERE first < 20 AND secret <> x''")
    assert secrets == [(0,)]


def test_a_row_that_is_held_is_sealed_as_before(forgetful: Box) -> None:
    forgetful.change("UPDATE refused SET count = 9 WHERE id = 13")
    assert first(verify(forgetful.folder)) == (What.ALTERED, "r13")


def test_a_row_that_is_held_can_not_pass_for_forgotten(forgetful: Box) -> None:
    forgetful.change("DELETE FROM refused WHERE id = 13")
    forgetful.change("UPDATE seal_chunk SET leftover = '' WHERE first = 1")
    assert first(verify(forgetful.folder)) == (What.MISSING, "r13")


def test_a_forgotten_row_can_not_come_back(forgetful: Box) -> None:
    forgetful.change(
        "INSERT INTO refused SELECT 3, first, span, count, name, asker, ruling, "
        "state, types, flags FROM refused WHERE id = 13"
    )
    assert first(verify(forgetful.folder)) == (What.INSERTED, "r3")


@pytest.mark.parametrize("change", [
    "DELETE FROM seal_slip WHERE low = (SELECT min(low) FROM seal_slip)",
    "UPDATE seal_slip SET high = high + 1",
    "UPDATE seal_slip SET text = replace(text, '13', '14')",
    "UPDATE seal_slip SET signature = 'ab'",
])  # fmt: skip
def test_nobody_can_say_what_was_forgotten_but_the_box(forgetful: Box, change: str) -> None:
    assert forgetful.change(change)
    assert not verify(forgetful.folder).is_good


def test_rows_that_somebody_deletes_are_not_forgotten(box: Box) -> None:
    box.change("DELETE FROM refused WHERE id <= 13")
    box.change("UPDATE seal_chunk SET secret = x'', tags = x'' WHERE first <= 13")
    assert first(verify(box.folder)) == (What.MISSING, "r1")


# What people did


@pytest.fixture
def handled(box: Box) -> Box:
    """A case that Ms Clark wrote two notes in, on a day that is over."""
    for number in (1, 2, 3):
        box.change(
            "INSERT INTO case_entry (case_id, at, who, what, text, facts) "
            "VALUES (?, 0, 'ms-clark', 'noted', ?, '{}')",
            (1 + number // 3, f"Note {number}"),
        )
        box.change(
            "INSERT INTO audit (at, who, what, subject, before, after) "
            "VALUES (?, 'ms-clark', 'noted', 'case 1', '{}', '{}')",
            (TUESDAY_9_00 * 1000,),
        )
    box.seal()
    box.tomorrow()
    return box


def test_what_people_did_is_sealed(handled: Box) -> None:
    found = verify(handled.folder)
    assert (found.faults, found.rows) == ([], 38 + 3 + 3)
    kinds = handled.ask("SELECT kind FROM seal_segment WHERE anchor <> '' GROUP BY kind")
    assert kinds == [("audit",), ("case_entry",), ("refused",)]


@pytest.mark.parametrize("column", ["case_id", "at", "who", "what", "text", "facts"])
def test_each_word_of_a_case_is_sealed(handled: Box, column: str) -> None:
    handled.change(f"UPDATE case_entry SET {column} = 77 WHERE id = 2")
    fault = verify(handled.folder).faults[0]
    assert (fault.what, fault.event.partition("-")[2]) == (What.ALTERED, "c2")


@pytest.mark.parametrize("column", ["at", "who", "what", "subject", "before", "after"])
def test_each_word_of_the_audit_is_sealed(handled: Box, column: str) -> None:
    handled.change(f"UPDATE audit SET {column} = 77 WHERE id = 2")
    fault = verify(handled.folder).faults[0]
    assert (fault.what, fault.event.partition("-")[2]) == (What.ALTERED, "u2")


@pytest.mark.parametrize("table, letter", [("case_entry", "c"), ("audit", "u")])
def test_nobody_takes_back_what_was_done(handled: Box, table: str, letter: str) -> None:
    handled.change(f"DELETE FROM {table} WHERE id = 3")
    fault = verify(handled.folder).faults[0]
    assert (fault.what, fault.event.partition("-")[2]) == (What.MISSING, f"{letter}3")


def test_a_case_that_is_forgotten_leaves_the_others_verifiable(handled: Box) -> None:
    sealer = Sealer(handled.folder)
    with Record.open(handled.folder / FILE) as record, record.transaction():

        def farewell(table: str, low: int, high: int, staying: Sequence[int]) -> None:
            sealer.forgetting(record, Sealed(table), low, high, staying, 0)

        delete(record, "case_entry", "case_id = 1", (), farewell)
    found = verify(handled.folder)
    assert (found.faults, found.forgotten, found.rows) == ([], 2, 38 + 1 + 3)


# Keys


def test_the_key_is_the_owners_alone(box: Box) -> None:
    keys = Keyring(box.folder)
    assert keys.private.stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o777 == 0o700


def test_a_new_key_leaves_what_was_sealed_as_it_is(box: Box) -> None:
    keys = Keyring(box.folder)
    (old,) = keys.known()
    new = keys.rotate(old.since)
    box.refuse(*NAMES)
    box.seal()
    box.tomorrow()
    found = verify(box.folder)
    assert found.faults == []
    assert found.signers == [old.key, new]
    assert followers(keys.known(), old.key) == {old.key, new}
    assert followers(keys.known(), new) == {new}


def test_a_new_key_that_the_old_one_did_not_sign_is_not_believed_for_it(box: Box) -> None:
    keys = Keyring(box.folder)
    (old,) = keys.known()
    keys.rotate(old.since, is_lost=True)
    assert followers(keys.known(), old.key) == {old.key}


def test_without_its_key_recording_goes_on_and_says_so(box: Box) -> None:
    Keyring(box.folder).private.unlink()
    box.refuse("www.snapchat.com")
    box.seal()
    assert any("not sealed" in problem for problem in box.recorder.report.problems.values())
    assert box.ask("SELECT count(*) FROM refused") == [(39,)]


@pytest.mark.parametrize("change", [
    "UPDATE seal_segment SET anchor = 'garbage' WHERE kind = 'refused' AND number = 2",
    "UPDATE seal_segment SET number = number + 9 WHERE kind = 'refused' AND number = 3",
    "UPDATE seal_chunk SET first = 'garbage' WHERE kind = 'refused' AND id = 1",
    "UPDATE seal_chunk SET first = 40 WHERE kind = 'refused' AND id = 1",
    "UPDATE seal_chunk SET count = 'garbage' WHERE kind = 'refused' AND id = 3",
    "UPDATE seal_chunk SET head = 'garbage' WHERE kind = 'refused' AND id = 3",
    "DELETE FROM seal_chunk WHERE kind = 'refused' AND id = 3",
    "DELETE FROM seal_segment",
])  # fmt: skip
def test_recording_goes_on_whatever_becomes_of_the_seal(box: Box, change: str) -> None:
    assert box.change(change)
    box.refuse("www.snapchat.com")
    box.seal()
    box.tomorrow()
    assert box.ask("SELECT count(*) FROM refused") == [(39,)]
    found = verify(box.folder)
    assert not found.is_good or "garbage" not in change


# Whatever somebody does


@given(data=st.data())
@settings(max_examples=40)
def test_every_edit_that_changes_a_meaning_is_found(
    data: st.DataObject, sealed_once: Callable[[Path], Path]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = sealed_once(Path(place) / "copy")
        before = meanings(folder)
        table, columns = data.draw(st.sampled_from(list(EDITED.items())))
        conn = sqlite3.connect(folder / FILE, isolation_level=None)
        ids = [row[0] for row in conn.execute(f"SELECT id FROM {table}")]
        try:
            for _ in range(data.draw(st.integers(1, 3))):
                column = data.draw(st.sampled_from(columns))
                value = data.draw(VALUES)
                try:
                    conn.execute(
                        f"UPDATE {table} SET {column} = ? WHERE id = ?",
                        (value, data.draw(st.sampled_from(ids))),
                    )
                except sqlite3.IntegrityError:
                    continue
        finally:
            conn.close()
        found = verify(folder)
        assert found.is_good is (meanings(folder) == before)


EDITED = {
    "refused": ["id", "first", "span", "count", "name", "asker", "ruling", "state", "flags"],
    "name": ["id", "spelled"],
    "asker": ["id", "address", "mac", "device", "grp", "forwarder"],
    "ruling": ["id", "decided_by", "rule", "clause", "target", "service", "category"],
    "state": ["id", "policy", "period"],
}
VALUES = st.one_of(
    st.integers(-3, 60),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.binary(max_size=4),
)


def meanings(folder: Path) -> list[Any]:
    """All that rows say, put together by SQLite itself."""
    conn = sqlite3.connect(folder / FILE)
    conn.text_factory = bytes
    try:
        return conn.execute(
            "SELECT refused.id, first, span, count, types, flags, spelled, address, mac, device, "
            "grp, sets, means, forwarder, action, decided_by, rule, clause, target, service, "
            "category, safe_search, policy, period, trusted FROM refused "
            "LEFT JOIN name ON name.id = name LEFT JOIN asker ON asker.id = asker "
            "LEFT JOIN ruling ON ruling.id = ruling LEFT JOIN state ON state.id = state "
            "ORDER BY refused.id"
        ).fetchall()
    finally:
        conn.close()


@pytest.fixture(scope="module")
def sealed_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    box = Box(tmp_path_factory.mktemp("sealed") / "box")
    box.refuse(*NAMES, "www.instagram.com")
    box.refuse("www.instagram.com", device="zoes-phone", address="10.20.3.9", rule="two")
    box.seal()
    box.stop()
    return box.copy


@given(data=st.data())
@settings(max_examples=60)
def test_no_byte_of_the_file_changes_a_meaning_unnoticed(
    data: st.DataObject, sealed_once: Callable[[Path], Path]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = sealed_once(Path(place) / "copy")
        before = meanings(folder)
        content = bytearray((folder / FILE).read_bytes())
        used = [at for at, byte in enumerate(content) if byte]  # the rest is empty
        content[data.draw(st.sampled_from(used))] ^= data.draw(st.integers(1, 255))
        (folder / FILE).write_bytes(content)
        try:
            is_good = verify(folder).is_good
        except StoreError:
            is_good = False
        try:
            is_same = meanings(folder) == before
        except (sqlite3.DatabaseError, UnicodeDecodeError):  # a complaint that quotes the damage
            is_same = False
        assert is_same or not is_good


@given(count=st.integers(1, 70), data=st.data())
def test_what_is_left_of_a_tree_makes_the_same_root(count: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) * 32 for number in range(count)]
    kept = data.draw(st.sets(st.integers(0, count - 1)))
    fewer = data.draw(st.sets(st.sampled_from(sorted(kept)))) if kept else set()
    everything = dict(enumerate(leaves))
    root, pruned = prune(count, everything, (), kept)
    assert root == root_of(leaves)
    some = {place: everything[place] for place in kept}
    root, pruned = prune(count, some, pruned, fewer)
    assert root == root_of(leaves)
    root, _ = prune(count, {place: everything[place] for place in fewer}, pruned, ())
    assert root == root_of(leaves)
