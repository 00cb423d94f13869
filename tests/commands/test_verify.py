"""Evidence leaves the box, and anybody can tell whether it is as it was."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.keys import fingerprint
from appliance.recording.evidence import bundle, container
from appliance.recording.evidence.gather import gather
from appliance.recording.evidence.wanted import Wanted
from appliance.recording.keyring import Keyring
from appliance.store.attachments import Keeper
from appliance.store.database import FILE, Record
from appliance.store.policies import note_in_force
from tests.console import bellgate
from tests.recording.sealed import POLICY, TUESDAY_9_00, Box

NOW = TUESDAY_9_00 + 3 * 86_400
LONG = ".".join(["x" * 60] * 4)
HOSTILE = (
    "=cmd-pipe.example",
    "-2+3.example",
    f"{LONG}.example",
    "<b>&.example",
    "\x1b[2j.example",
)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Dan's tablet and Zoe's phone, on a day that is over and one that is not."""
    box = Box(tmp_path_factory.mktemp("box") / "data")
    with Record.open(box.folder / FILE) as record:
        note_in_force(record, int(box.now * 1000), "5f3c9a01c277de5b", POLICY, b"{}")
    for _ in range(2):
        for number in range(5):
            box.refuse(f"v{number}.tiktok.com")
            box.refuse("www.instagram.com", device="zoes-phone", address="10.20.3.9")
        box.refuse(*HOSTILE)
        box.seal()
        box.tomorrow()
    box.refuse("www.snapchat.com")
    box.seal()
    box.stop()
    yield box


@pytest.fixture(scope="module")
def evidence(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "dan.zip"
    said = bellgate("export", "evidence", path, "--device", "dans-tablet", "--dir", box.folder)
    assert said.code == 0, said.err
    assert "21 entries" in said.out
    return path


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def with_files(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


# The record


def test_a_good_record_is_good(box: Box) -> None:
    said = bellgate("verify", "--dir", box.folder)
    assert (said.code, said.err) == (0, "")
    assert "23 rows of the record are as they were sealed" in said.out


def test_a_row_that_was_altered_is_named(box: Box, tmp_path: Path) -> None:
    folder = box.copy(tmp_path / "copy")
    conn = sqlite3.connect(folder / FILE)
    conn.execute("UPDATE refused SET count = 40 WHERE id = 3")
    conn.commit()
    conn.close()
    said = bellgate("verify", "--dir", folder)
    assert said.code == 1
    assert said.err.startswith("ALTERED: the record is not what was sealed: row ")
    assert "-r3 was altered" in said.err
    told = bellgate("verify", "--dir", folder, "--json").object
    assert told["good"] is False
    assert told["first"]["what"] == "altered"
    refused = bellgate(
        *("export", "evidence", tmp_path / "dan.zip", "--device", "dans-tablet", "--dir", folder)
    )
    assert refused.code == 2
    assert "not as they were sealed" in refused.err


def test_a_record_that_is_none_can_not_be_verified(tmp_path: Path) -> None:
    assert bellgate("verify", "--dir", tmp_path).code == 2
    (tmp_path / FILE).write_bytes(b"nothing of ours" * 1000)
    said = bellgate("verify", "--dir", tmp_path)
    assert said.code == 1
    assert "it is no database" in said.err


def test_an_anchor_can_be_kept_outside(box: Box, tmp_path: Path) -> None:
    said = bellgate("seal", "anchor", "--dir", box.folder, "--day", "2026-11-24")
    assert said.out.startswith("bellgate anchor 1\nkind: refused\n")
    (tmp_path / "mail.txt").write_text(said.out)
    kept = ("--anchor", tmp_path / "mail.txt")
    assert bellgate("verify", "--dir", box.folder, *kept).code == 0
    (tmp_path / "mail.txt").write_text(said.out.replace("rows: 11", "rows: 10"))
    assert bellgate("verify", "--dir", box.folder, *kept).code == 2
    assert bellgate("seal", "anchor", "--dir", box.folder, "--day", "2020-01-01").code == 2


def test_the_key_has_a_fingerprint_and_can_be_replaced(box: Box, tmp_path: Path) -> None:
    folder = box.copy(tmp_path / "copy")
    before = bellgate("seal", "key", "--dir", folder).out
    assert bellgate("seal", "rotate", "--dir", folder).code == 0
    after = bellgate("seal", "key", "--dir", folder).out
    assert after.startswith(before.splitlines()[0])
    assert len(after.splitlines()) == 2
    assert bellgate("verify", "--dir", folder).code == 0


# Evidence


def test_good_evidence_is_good_where_there_is_no_record(evidence: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(evidence, alone / "dan.zip")
    said = bellgate("verify", "dan.zip", folder=alone)
    assert (said.code, said.err) == (0, "")
    assert "21 rows of dan.zip are as they were sealed" in said.out
    assert "Nobody has told whose key that is" in said.out


def test_the_key_can_be_told(box: Box, evidence: Path, tmp_path: Path) -> None:
    (known,) = Keyring(box.folder).known()
    ours = fingerprint(known.key)
    said = bellgate("verify", evidence, "--key", ours, folder=tmp_path)
    assert said.code == 0
    assert "Nobody" not in said.out
    said = bellgate("verify", evidence, "--key", "0000 1111 2222 3333 4444", folder=tmp_path)
    assert said.code == 1
    assert ours in said.err


def test_the_key_of_another_box_is_found(box: Box, evidence: Path, tmp_path: Path) -> None:
    assert bellgate("verify", evidence, "--dir", box.folder).code == 0
    other = Box(tmp_path / "other")
    other.refuse("x.example")
    other.seal()
    other.stop()
    said = bellgate("verify", evidence, "--dir", other.folder)
    assert said.code == 1
    assert "another key" in said.err


def test_what_it_holds(evidence: Path) -> None:
    files = files_of(evidence)
    assert set(files) == {
        *("case.pdf", "rows.csv", "rows.jsonl", "proof.json", "anchors.txt", "keys.txt"),
        *("policy-5f3c9a01c277.toml", "manifest.json", "signature.txt"),
    }
    assert files["case.pdf"].startswith(b"%PDF-")
    assert files["policy-5f3c9a01c277.toml"] == POLICY
    rows = [json.loads(line) for line in files["rows.jsonl"].splitlines()]
    assert {row["device"] for row in rows} == {"dans-tablet"}
    assert b"zoe" not in b"".join(files.values())
    sheet = list(csv.DictReader(io.StringIO(files["rows.csv"].decode())))
    assert [row["event"] for row in sheet] == [row["event"] for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in sheet for cell in row.values())
    assert "'=cmd-pipe.example" in {row["name"] for row in sheet}


def test_the_same_rows_at_the_same_moment_make_the_same_bytes(box: Box) -> None:
    def make() -> bytes:
        with Record.look(box.folder / FILE) as record:
            wanted = Wanted(device="dans-tablet")
            return gather(record, Keyring(box.folder), Keeper(box.folder), wanted, NOW).data

    assert make() == make()


def test_a_case_is_what_it_holds(box: Box, tmp_path: Path) -> None:
    folder = box.copy(tmp_path / "copy")
    conn = sqlite3.connect(folder / FILE)
    conn.execute("INSERT INTO hold (holder, event) VALUES ('case 7', 2), ('case 7', 13)")
    conn.commit()
    conn.close()
    path = tmp_path / "case.zip"
    assert bellgate("export", "evidence", path, "--case", "7", "--dir", folder).code == 0
    rows = [json.loads(line) for line in files_of(path)["rows.jsonl"].splitlines()]
    assert {row["device"] for row in rows} == {"zoes-phone"}
    assert len(rows) == 2
    assert bellgate("verify", path).code == 0


def test_nothing_to_show_is_said(box: Box, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    said = bellgate("export", "evidence", path, "--device", "nobody", "--dir", box.folder)
    assert (said.code, path.exists()) == (2, False)
    assert bellgate("export", "evidence", path, "--dir", box.folder).code == 2


def test_packing_it_anew_changes_nothing(evidence: Path, tmp_path: Path) -> None:
    files = files_of(evidence)
    anew = with_files(tmp_path / "anew.zip", dict(reversed(files.items())))
    assert bellgate("verify", anew).code == 0
    (tmp_path / "same.zip").write_bytes(container.pack(dict(reversed(files.items()))))
    assert bellgate("verify", tmp_path / "same.zip").code == 0


def test_each_file_is_covered(evidence: Path, tmp_path: Path) -> None:
    files = files_of(evidence)
    for name, data in files.items():
        for at in (0, len(data) // 2, len(data) - 1):
            altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            found = bundle.verify(with_files(tmp_path / "x.zip", files | {name: altered}), (), None)
            assert not found.is_good, (name, at)
        fewer = {one: data for one, data in files.items() if one != name}
        found = bundle.verify(with_files(tmp_path / "x.zip", fewer), (), None)
        assert name in found.faults[0].sentence
    more = with_files(tmp_path / "x.zip", files | {"more.txt": b"more"})
    assert "more.txt was put in afterwards" in bellgate("verify", more).err


Lines = list[bytes]
EDITS: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "altered": (
        lambda rows: [*rows[:2], rows[2].replace(b'"count":1', b'"count":9'), *rows[3:]],
        "row 4 was altered",
    ),
    "missing": (lambda rows: rows[:2] + rows[3:], "row 4 is missing"),
    "inserted": (
        lambda rows: [rows[0], rows[0].replace(b'-r1"', b'-r2"'), *rows[1:]],
        "row 2 was inserted",
    ),
    "swapped": (lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]], "row 4, line 4"),
    "twice": (lambda rows: [*rows[:2], rows[1], *rows[2:]], "row 3 is there twice"),
}


@pytest.mark.parametrize("what", EDITS)
def test_the_first_bad_row_is_named(evidence: Path, tmp_path: Path, what: str) -> None:
    files = files_of(evidence)
    edit, sentence = EDITS[what]
    rows = b"\n".join(edit(files["rows.jsonl"].splitlines())) + b"\n"
    said = bellgate("verify", with_files(tmp_path / "x.zip", files | {"rows.jsonl": rows}))
    assert said.code == 1
    assert sentence in said.err.splitlines()[0]


def test_the_place_in_the_sheet_is_named(evidence: Path, tmp_path: Path) -> None:
    files = files_of(evidence)
    sheet = files["rows.csv"].replace(b"v1.tiktok.com", b"v1.tiktik.com", 1)
    said = bellgate("verify", with_files(tmp_path / "x.zip", files | {"rows.csv": sheet}))
    assert f"from byte {sheet.index(b'tiktik') + 5:,} on, in line 3" in said.err


@given(data=st.data())
@settings(max_examples=100)
def test_no_byte_of_it_is_idle(data: st.DataObject, evidence: Path) -> None:
    content = bytearray(evidence.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = evidence.with_name("flipped.zip")
    path.write_bytes(content)
    assert not bundle.verify(path, (), None).is_good


def test_what_is_no_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    assert bellgate("verify", path).code == 2
    path.write_bytes(b"a letter, and no ZIP")
    assert bellgate("verify", path).code == 2


def test_a_file_that_is_cut_short_is_altered(evidence: Path, tmp_path: Path) -> None:
    data = evidence.read_bytes()
    for length in (10, len(data) // 2, len(data) - 1):
        (tmp_path / "x.zip").write_bytes(data[:length])
        assert bellgate("verify", tmp_path / "x.zip").code == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_tricks_with_zips_are_refused(evidence: Path, tmp_path: Path) -> None:
    files = files_of(evidence)
    path = with_files(tmp_path / "x.zip", files | {"../../etc/passwd": b"x"})
    assert "no place in evidence" in bellgate("verify", path).err
    path = with_files(tmp_path / "x.zip", files | {"attachments/a": b"a bomb"})
    bomb = bytearray(path.read_bytes())
    size = bomb.rindex(b"PK\1\2") + 24  # where the ZIP says how long it is unpacked
    bomb[size : size + 4] = (600 << 20).to_bytes(4, "little")
    path.write_bytes(bomb)
    assert "would unpack" in bellgate("verify", path).err
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("rows.jsonl", b"")
        packed.writestr("rows.jsonl", b"")
    assert "twice" in bellgate("verify", path).err
