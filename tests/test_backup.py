"""A box in one file, and back: whole, checked, and nothing is lost on the way."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.backup import MANIFEST
from appliance.errors import InvitationError
from appliance.running import alone
from appliance.store.counter import reports
from appliance.store.counter.counter import PICTURES, open_counter, pictures
from appliance.store.counter.telling import Telling, tell
from appliance.store.database import FILE
from appliance.store.office import invitations, people, sessions
from appliance.store.office.office import open_office
from tests.console import CHECKOUT, bellgate
from tests.recording.noting import Box
from tests.store.evidence import png

AT = ("--at", "2027-03-02T10:15")
AT_MS = 1_795_515_300_000
OURS = "blocklists/services/tiktok.toml"  # a service that the school has changed for itself


@pytest.fixture
def box(tmp_path: Path) -> Box:
    folder = tmp_path / "var"
    assert bellgate("publish", "--profile", "mersey-vale", "--dir", folder).code == 0
    (folder / OURS).parent.mkdir(parents=True)
    shutil.copy(CHECKOUT / OURS, folder / OURS)
    box = Box(folder)
    box.ask("www.tiktok.com", "x.com")
    box.settle()
    return box


def altered(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The same backup with one file changed."""
    new = path.with_name("altered.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w") as archive:
        for one in old.namelist():
            data = old.read(one)
            archive.writestr(one, change(data) if one == name else data)
    return new


def test_a_box_comes_back_as_it_was_on_another_machine(box: Box, tmp_path: Path) -> None:
    file, other = tmp_path / "box.zip", tmp_path / "other"
    said = bellgate("backup", "--dir", box.folder, file)  # while it is recorded on
    assert "It has personal data and keys in it: keep it safe." in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert bellgate("restore", "--dir", other, file).code == 0
    before = bellgate("export", "refused", "--dir", box.folder).out
    assert bellgate("export", "refused", "--dir", other).out == before
    assert "www.tiktok.com" in before
    said = bellgate("explain", "--dir", other, *AT, "www.tiktok.com")
    assert (said.code, said.out) == (
        0,
        bellgate("explain", "--dir", box.folder, *AT, "www.tiktok.com").out,
    )
    assert (other / OURS).exists()
    assert not (other / "run" / "events").exists()


def test_events_after_a_restore_have_numbers_that_nobody_had(box: Box, tmp_path: Path) -> None:
    file, other = tmp_path / "box.zip", tmp_path / "other"
    bellgate("backup", "--dir", box.folder, file)
    box.ask("after.example")
    box.store()
    later = box.rows()[-1].event
    bellgate("restore", "--dir", other, file)
    restored = Box(other)
    restored.ask("elsewhere.example")
    restored.settle()
    assert restored.rows()[-1].event != later
    assert [row.name for row in restored.rows()] == ["www.tiktok.com", "x.com", "elsewhere.example"]


def test_people_come_back_and_what_opened_a_door_meanwhile_does_not(tmp_path: Path) -> None:
    file, folder, other = tmp_path / "box.zip", tmp_path / "var", tmp_path / "other"
    folder.mkdir()
    add = ("user", "add", "--name", "Ms Clark", "--login", "clark", "--role", "teacher")
    with open_office(folder) as office:  # in use, so that its log is not empty
        link = bellgate(*add, "--dir", folder).out.split()[-1].removeprefix("/welcome/")
        clark = people.everybody(office)[0]
        cookie, _ = sessions.begin(office, at_ms=AT_MS, person_id=clark.id)
        assert (folder / "office.db-wal").stat().st_size
        assert bellgate("backup", "--dir", folder, file).code == 0
    assert bellgate("restore", "--dir", other, file).code == 0
    assert stat.S_IMODE((other / "office.db").stat().st_mode) == 0o600
    assert not list(other.glob("office.db-*"))
    with open_office(other) as office:
        assert people.everybody(office) == [clark]
        assert office.number("PRAGMA journal_mode") == "wal"
        assert sessions.find(office, cookie, AT_MS) is None
        with pytest.raises(InvitationError, match="opens nothing"):
            invitations.look(office, link, AT_MS)


def test_reports_come_back_with_their_screenshots(tmp_path: Path) -> None:
    file, folder, other = tmp_path / "box.zip", tmp_path / "var", tmp_path / "other"
    folder.mkdir()
    telling = Telling(
        typed="badsite.example",
        seen="It has a chat with strangers.",
        address=ipaddress.ip_address("10.20.3.7"),
        screenshot=png(),
        screenshot_name="chat.png",
    )
    with open_counter(folder) as counter:  # in use
        thanks = tell(counter, pictures(folder), telling, at_ms=AT_MS)
        told = reports.one(counter, thanks.id)
        assert bellgate("backup", "--dir", folder, file).code == 0
    assert bellgate("restore", "--dir", other, file).code == 0
    with open_counter(other) as counter:
        assert reports.waiting(counter) == [told]
    assert told.screenshot
    (kept,) = (other / PICTURES).rglob(f"{told.screenshot.sha256}*")
    assert kept.read_bytes() == png()
    with zipfile.ZipFile(file) as archive:
        assert not [name for name in archive.namelist() if name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("PRAGMA user_version = 999", "a newer Bellgate has written this"),
        ("PRAGMA application_id = 7", "this database is none of ours"),
    ],
)
def test_an_office_that_is_none_of_this_program_is_not_restored(
    tmp_path: Path, spoil: str, says: str
) -> None:
    file, folder, other = tmp_path / "box.zip", tmp_path / "var", tmp_path / "other"
    folder.mkdir()
    open_office(folder).close()
    with contextlib.closing(sqlite3.connect(folder / "office.db")) as office:
        office.execute(spoil)
        if "application_id" in spoil:
            office.execute("PRAGMA user_version = 0")
    bellgate("backup", "--dir", folder, file)
    said = bellgate("restore", "--dir", other, file)
    assert said.code == 2
    assert says in said.err
    assert [path.name for path in other.iterdir()] == ["run"]


def test_what_was_there_is_set_aside(box: Box, tmp_path: Path) -> None:
    file = tmp_path / "box.zip"
    bellgate("backup", "--dir", box.folder, file)
    box.ask("after.example")
    box.store()
    box.recorder.shutdown()
    said = bellgate("restore", "--dir", box.folder, file)
    assert "What was there before is in " in said.out
    assert [row.name for row in box.rows()] == ["www.tiktok.com", "x.com"]
    (aside,) = box.folder.glob("before-restore-*")
    box.folder = aside
    assert [row.name for row in box.rows()][-1] == "after.example"


def test_nothing_is_restored_while_it_runs(box: Box, tmp_path: Path) -> None:
    file = tmp_path / "box.zip"
    bellgate("backup", "--dir", box.folder, file)
    with alone(box.folder):
        said = bellgate("restore", "--dir", box.folder, file)
    assert said.code == 2
    assert "another bellgate run is at work there" in said.err


def newer(data: bytes) -> bytes:
    return json.dumps(json.loads(data) | {"schema": 999, "version": "9.0.0"}).encode()


def outside(data: bytes) -> bytes:
    content = json.loads(data)
    content["files"]["../../escaped"] = "0" * 64
    return json.dumps(content).encode()


def link_outside(data: bytes) -> bytes:
    content = json.loads(data)
    content["links"]["lists"] = "/etc"
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (MANIFEST, newer, "Bellgate 9.0.0 made this backup, and this is"),
        (MANIFEST, outside, "would lie outside the data folder"),
        (MANIFEST, link_outside, "would lead outside its folder"),
        (MANIFEST, lambda data: b"{}", "this is no backup of Bellgate's"),
        (FILE, lambda data: data[:-1] + bytes((data[-1] ^ 1,)), "was altered or is damaged"),
    ],
)
def test_a_backup_that_is_not_good_changes_nothing(
    box: Box, tmp_path: Path, name: str, change: Callable[[bytes], bytes], says: str
) -> None:
    file, other = tmp_path / "box.zip", tmp_path / "other"
    bellgate("backup", "--dir", box.folder, file)
    said = bellgate("restore", "--dir", other, altered(file, name, change))
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert [path.name for path in other.iterdir()] == ["run"]


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "box.zip"
    file.write_bytes(os.urandom(1000))
    said = bellgate("restore", "--dir", tmp_path / "other", file)
    assert (said.code, said.err.strip()) == (2, f"{file}: this is no backup, or it is damaged")


def test_a_backup_does_not_write_over_a_file(box: Box, tmp_path: Path) -> None:
    file = tmp_path / "box.zip"
    file.write_text("something else")
    said = bellgate("backup", "--dir", box.folder, file)
    assert said.code == 2
    assert file.read_text() == "something else"


def test_a_record_of_a_newer_program_is_not_backed_up_as_if_we_knew_it(
    box: Box, tmp_path: Path
) -> None:
    box.recorder.shutdown()
    with contextlib.closing(sqlite3.connect(box.folder / FILE)) as record:
        record.execute("PRAGMA user_version = 999")
    said = bellgate("backup", "--dir", box.folder, tmp_path / "box.zip")
    assert said.code == 2
    assert "a newer Bellgate has written this record" in said.err
    assert not (tmp_path / "box.zip").exists()
