"""Cases in the record: opened, joined, judged, opened again, and forgotten a year later."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import CaseError
from appliance.store import audit, cases, findings, handling
from appliance.store.attachments import ENDINGS, LARGEST, NAME_LENGTH, Keeper, safe_name, sniff
from appliance.store.caseretention import forget_cases
from appliance.store.cases import Happened, Outcome, Status
from appliance.store.database import FILE, Record
from appliance.store.retention import give_back
from tests.store.evidence import (
    DAY,
    JPEG,
    MINUTE,
    PDF,
    TUESDAY,
    finding,
    png,
    record_with_case,
    signed,
    webp,
)

MS_CLARK = "Ms Clark"


def join(record: Record, **how: object) -> None:
    with record.transaction():
        findings.join(record, finding(**how), TUESDAY + DAY)  # type: ignore[arg-type]


# what detection tells


def test_attempts_join_the_open_case_and_raise_its_grade(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    join(record, grade="deliberate", last_ms=TUESDAY + DAY, speaks_for=("It went on.",))
    (found,) = cases.find(record)
    assert found.id == case.id
    assert (found.grade, found.last_ms, found.opened_ms) == ("deliberate", TUESDAY + DAY, TUESDAY)
    assert found.speaks_for == ("It went on.",)
    history = [entry.what for entry in cases.show(record, case.id).entries]
    assert history == [Happened.OPENED, Happened.GRADED]
    said = audit.look(record, subject=case.holder)[0]
    assert (said.who, said.before, said.after) == (
        "detection",
        {"grade": "watch"},
        {"grade": "deliberate"},
    )


def test_what_others_do_can_lower_a_grade_but_a_lost_memory_can_not(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path, grade="deliberate")
    with record.transaction():
        findings.join(record, finding(grade="noise"), TUESDAY, may_lower=False)
    assert cases.case(record, case.id).grade == "deliberate"
    with record.transaction():
        findings.join(record, finding(grade="noise"), TUESDAY)
    assert cases.case(record, case.id).grade == "noise"


def test_the_same_sign_within_a_minute_is_one_row(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    with record.transaction():
        for seconds in (10, 50, 65, 300):
            findings.sign(record, signed(at_ms=TUESDAY + seconds * 1000))
        findings.sign(record, signed(at_ms=TUESDAY + 10_000, name="api.nordvpn.com"))
    whole = cases.show(record, case.id)
    assert [(sign.name, sign.count) for sign in whole.signs] == [
        ("nordvpn.com", 4),
        ("api.nordvpn.com", 1),
        ("nordvpn.com", 1),
    ]
    assert whole.case.events == 6


def test_a_sign_of_a_device_without_a_case_is_not_taken(tmp_path: Path) -> None:
    record, _ = record_with_case(tmp_path)
    with record.transaction():
        assert not findings.sign(record, signed("mias-ipad"))


def test_a_flood_of_signs_is_counted_and_not_kept(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    with record.transaction():
        for number in range(findings.SIGNS_KEPT + 50):
            findings.sign(record, signed(name=f"x{number}.example"))
    whole = cases.show(record, case.id)
    assert len(whole.signs) == findings.SIGNS_KEPT
    assert whole.case.events == findings.SIGNS_KEPT + 51


def test_of_what_devices_do_by_themselves_a_few_signs_are_enough(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    with record.transaction():
        for number in range(500):
            usual = signed(name="mask.icloud.com", at_ms=TUESDAY + number * 5 * MINUTE)
            findings.sign(record, dataclasses.replace(usual, is_usual=True))
    assert len(cases.show(record, case.id).signs) == findings.USUAL_KEPT
    assert cases.case(record, case.id).events == 501


def test_a_closed_case_is_left_alone_by_what_comes_later(tmp_path: Path) -> None:
    record, first = record_with_case(tmp_path)
    join(record, closed_ms=TUESDAY + 7 * DAY)
    join(record, opened_ms=TUESDAY + 20 * DAY, last_ms=TUESDAY + 20 * DAY)
    newer, older = cases.find(record)
    assert (older.id, older.status, older.closed_ms) == (
        first.id,
        Status.QUIET,
        TUESDAY + 7 * DAY,
    )
    assert (newer.status, newer.opened_ms) == (Status.OPEN, TUESDAY + 20 * DAY)


def test_cases_are_found_by_what_people_look_for(tmp_path: Path) -> None:
    record, _ = record_with_case(tmp_path)
    join(record, device="mias-ipad", grade="noise")
    join(record, device="eves-laptop", grade="deliberate", group="sixth-form")
    assert [one.grade for one in cases.find(record)] == ["deliberate", "watch", "noise"]
    assert [one.device for one in cases.find(record, grades=["noise"])] == ["mias-ipad"]
    assert [one.device for one in cases.find(record, group="sixth-form")] == ["eves-laptop"]
    assert cases.find(record, statuses=[Status.REVIEWED]) == []
    assert cases.count(record)[Status.OPEN, "watch"] == 1


# what people do


def test_a_review_says_what_came_of_it_and_reopening_keeps_that_in_its_history(
    tmp_path: Path,
) -> None:
    record, case = record_with_case(tmp_path)
    handling.note(record, case.id, "Spoke with Dan.", who=MS_CLARK, at_ms=TUESDAY + DAY)
    lesson = "Private Relay is now off by MDM."
    found = handling.review(
        record, case.id, Outcome.FIXED, lesson, who=MS_CLARK, at_ms=TUESDAY + 2 * DAY
    )
    assert (found.status, found.outcome, found.lesson, found.reviewer, found.closed_ms) == (
        Status.REVIEWED,
        Outcome.FIXED,
        lesson,
        MS_CLARK,
        TUESDAY + 2 * DAY,
    )
    found = handling.reopen(record, case.id, who="The head", at_ms=TUESDAY + 3 * DAY)
    assert (found.status, found.outcome, found.closed_ms) == (Status.OPEN, None, None)
    history = cases.show(record, case.id).entries
    assert [entry.what for entry in history][1:] == [
        Happened.NOTED,
        Happened.REVIEWED,
        Happened.REOPENED,
    ]
    assert (history[2].text, history[2].facts) == (lesson, {"outcome": "fixed"})
    reopened, reviewed, noted, _ = audit.look(record, subject=case.holder)
    assert reopened.before["outcome"] == "fixed"
    assert (reviewed.before["status"], reviewed.after["status"]) == ("open", "reviewed")
    assert noted.after == {"entry": history[1].id}  # the words stand in the case alone


def test_a_case_is_not_opened_twice_nor_beside_another(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    with pytest.raises(CaseError, match="is open already"):
        handling.reopen(record, case.id, who=MS_CLARK, at_ms=TUESDAY)
    handling.review(record, case.id, Outcome.SPOKEN, "None.", who=MS_CLARK, at_ms=TUESDAY)
    join(record)
    with pytest.raises(CaseError, match="dans-tablet has an open case already, number 2"):
        handling.reopen(record, case.id, who=MS_CLARK, at_ms=TUESDAY)


@pytest.mark.parametrize("text", ["", "  \n", "\x1b\x07", "\u202e\u2066", "x" * 10_001])
def test_what_says_nothing_or_too_much_is_no_note(tmp_path: Path, text: str) -> None:
    record, case = record_with_case(tmp_path)
    with pytest.raises(CaseError):
        handling.note(record, case.id, text, who=MS_CLARK, at_ms=TUESDAY)
    with pytest.raises(CaseError, match="there is no case 99"):
        handling.note(record, 99, "Lost.", who=MS_CLARK, at_ms=TUESDAY)


def test_nothing_that_is_hidden_gets_into_a_note(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    said = handling.note(
        record, case.id, "gnp.\u202elive\x1b[0m\r\nline two", who="Ms\nClark\x07", at_ms=TUESDAY
    )
    assert said.text == "gnp.live[0m\nline two"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("watch", "deliberate", "quiet", "sign", "note", "review", "reopen")),
        st.sampled_from(("dans-tablet", "mias-ipad")),
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_a_device_has_one_open_case_and_no_history_is_lost(
    steps: list[tuple[str, str]],
) -> None:
    with TemporaryDirectory() as folder, Record.open(Path(folder) / FILE) as record:
        told = 0  # entries, of all cases
        for number, (step, device) in enumerate(steps):
            at_ms = TUESDAY + number * MINUTE
            newest = max(cases.find(record, device=device), key=lambda one: one.id, default=None)
            match step:
                case "watch" | "deliberate" | "quiet":
                    grade = "watch" if step == "quiet" else step
                    closed_ms = at_ms if step == "quiet" else None
                    join(record, device=device, grade=grade, last_ms=at_ms, closed_ms=closed_ms)
                case "sign":
                    with record.transaction():
                        taken = findings.sign(record, signed(device, at_ms))
                    assert taken is bool(newest and newest.status is Status.OPEN)
                case _ if newest is None:
                    continue
                case "note":
                    handling.note(record, newest.id, "Seen.", who=MS_CLARK, at_ms=at_ms)
                case "review":
                    handling.review(
                        record, newest.id, Outcome.SPOKEN, "Talk.", who=MS_CLARK, at_ms=at_ms
                    )
                case "reopen" if newest.status is not Status.OPEN:
                    handling.reopen(record, newest.id, who=MS_CLARK, at_ms=at_ms)
            found = cases.find(record)
            still_open = [one.device for one in found if one.status is Status.OPEN]
            assert len(set(still_open)) == len(still_open)
            assert all((one.closed_ms is None) == (one.status is Status.OPEN) for one in found)
            entries = sum(len(cases.show(record, one.id).entries) for one in found)
            assert entries >= told
            told = entries
            for one in found:
                assert one.events == sum(sign.count for sign in cases.show(record, one.id).signs)


# attachments


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "image/png"),
        (JPEG, "image/jpeg"),
        (JPEG + b"what a phone puts behind it", "image/jpeg"),
        (webp(), "image/webp"),
        (PDF, "application/pdf"),
        ("Dan’s mother called.\r\n".encode(), "text/plain"),
        ("\ufeffFrom Windows".encode(), "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),  # as which it does nothing
    ],
)
def test_what_a_file_is_its_content_says(tmp_path: Path, data: bytes, kind: str) -> None:
    record, case = record_with_case(tmp_path)
    file = tmp_path / "evidence.exe"
    file.write_bytes(data)
    keeper = Keeper(tmp_path)
    kept = handling.attach(record, keeper, case.id, file, who=MS_CLARK, at_ms=TUESDAY)
    assert (kept.type, kept.bytes) == (kind, len(data))
    assert kept.name.endswith(ENDINGS[kind])
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    place = keeper.path(kept.sha256)
    assert (keeper.read(kept.sha256), place.parent) == (data, tmp_path / "attachments")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert cases.show(record, case.id).attachments == (kept,)


def archive() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("run.js", "alert(1)")
    return packed.getvalue()


NEITHER_PICTURE_NOR_TEXT = {
    "nothing": b"",
    "a program of Windows": b"MZ\x90\0" + bytes(100),
    "a program of Linux": b"\x7fELF" + bytes(100),
    "an archive": archive(),
    "a picture to one program, an archive to another": png() + archive(),
    "a picture and a script": png() + b"<script>alert(1)</script>",
    "half a picture": png()[:-4],
    "another picture and an archive": webp() + archive(),
    "a picture of another kind": b"GIF89a" + bytes(20),
    "half a document": PDF[:-7],
    "an archive and a document": archive() + PDF,
    "text of sixteen bits": "sixteen bits".encode("utf-16"),
    "text with a zero": b"text with \0 in it",
    "text that a terminal obeys": b"\x1b]0;a terminal's title\x07",
    "noise": os.urandom(2000),
}


@pytest.mark.parametrize(
    "data", NEITHER_PICTURE_NOR_TEXT.values(), ids=list(NEITHER_PICTURE_NOR_TEXT)
)
def test_whatever_else_it_is_is_not_taken(tmp_path: Path, data: bytes) -> None:
    record, case = record_with_case(tmp_path)
    file = tmp_path / "holiday.png"
    file.write_bytes(data)
    with pytest.raises(CaseError, match="is empty|none of these"):
        handling.attach(record, Keeper(tmp_path), case.id, file, who=MS_CLARK, at_ms=TUESDAY)
    assert not (tmp_path / "attachments").exists()
    assert len(cases.show(record, case.id).entries) == 1


def test_too_large_a_file_is_not_taken_nor_what_is_none(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    large, pipe = tmp_path / "large.txt", tmp_path / "pipe"
    large.write_bytes(b"x" * (LARGEST + 1))
    os.mkfifo(pipe)
    for file, why in (
        (large, "larger than 10 MB"),
        (pipe, "this is no file"),
        (tmp_path, "this is no file"),
        (Path("/dev/zero"), "this is no file"),
        (tmp_path / "gone.png", "No such file"),
    ):
        with pytest.raises(CaseError, match=why):
            handling.attach(record, Keeper(tmp_path), case.id, file, who=MS_CLARK, at_ms=TUESDAY)
    large.write_bytes(b"x" * LARGEST)
    handling.attach(record, Keeper(tmp_path), case.id, large, who=MS_CLARK, at_ms=TUESDAY)


def test_an_attachment_that_was_changed_is_not_handed_out(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    (tmp_path / "a.txt").write_text("as it was")
    keeper = Keeper(tmp_path)
    kept = handling.attach(record, keeper, case.id, tmp_path / "a.txt", who=MS_CLARK, at_ms=TUESDAY)
    keeper.path(kept.sha256).write_text("as it is")
    with pytest.raises(CaseError, match="it was changed since it was attached"):
        keeper.read(kept.sha256)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\Dan\\chat.PNG", "chat.png"),
        ("photo\u202egnp.exe", "photognp.exe.png"),
        ("=cmd|' /C calc'!A0.png", "C calc'_A0.png"),
        ("\r\nSet-Cookie: x=1.png", "Set-Cookie_ x_1.png"),
        ("<img src=x>.png", "img src_x.png"),
        (".png", "attachment.png"),
        ("", "attachment.png"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
        ("Bericht über Müller.png", "Bericht über Müller.png"),
    ],
)
def test_hostile_names_become_harmless(name: str, safe: str) -> None:
    assert safe_name(name, "image/png") == safe


@given(st.text(), st.sampled_from(sorted(ENDINGS)))
def test_any_name_becomes_one_that_can_be_read(name: str, kind: str) -> None:
    safe = safe_name(name, kind)
    assert safe.endswith(ENDINGS[kind])
    assert 4 < len(safe) <= NAME_LENGTH
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>":;|*?\n\r\t\0$`=@%') and safe[0] not in ".-+"
    assert safe_name(safe, kind) == safe


@given(st.binary(max_size=200))
def test_no_bytes_whatever_upset_it(data: bytes) -> None:
    for begin in (b"", b"\x89PNG\r\n\x1a\n", b"RIFF", b"\xff\xd8\xff", b"%PDF-", png()[:40]):
        assert sniff(begin + data) in (None, *ENDINGS)


# forgetting


def test_a_year_after_it_was_closed_nothing_is_left_of_a_case(tmp_path: Path) -> None:
    secret, path = "Dan’s mother is unwell", tmp_path / FILE
    record, case = record_with_case(tmp_path, device="dans-very-own-tablet")
    keeper = Keeper(tmp_path)
    for name, text in (("a.txt", "shared by both"), ("b.txt", "only Dan's")):
        (tmp_path / name).write_text(text)
        handling.attach(record, keeper, case.id, tmp_path / name, who=MS_CLARK, at_ms=TUESDAY)
    handling.note(record, case.id, secret, who=MS_CLARK, at_ms=TUESDAY)
    record.db.table("hold").insert({"holder": case.holder, "event": 7})
    join(record, device="mias-ipad")
    other = cases.open_case(record, "mias-ipad")
    assert other
    handling.attach(record, keeper, other.id, tmp_path / "a.txt", who=MS_CLARK, at_ms=TUESDAY)
    handling.review(record, case.id, Outcome.SPOKEN, "Listen.", who=MS_CLARK, at_ms=TUESDAY)
    for kept in keeper.folder.iterdir():
        os.utime(kept, (0, 0))

    assert forget_cases(record, keeper, TUESDAY + 364 * DAY, 365)
    assert cases.case(record, case.id).status is Status.REVIEWED
    while not forget_cases(record, keeper, TUESDAY + 366 * DAY, 365):
        pass
    with pytest.raises(CaseError, match="there is no case 1"):
        cases.show(record, case.id)
    assert record.number("SELECT count(*) FROM hold") == 0
    assert [one.name for one in keeper.folder.iterdir()] == [
        hashlib.sha256(b"shared by both").hexdigest()
    ]
    give_back(record)
    record.close()
    content = b"".join(one.read_bytes() for one in tmp_path.glob(f"{FILE}*"))
    assert secret.encode() not in content
    assert b"dans-very-own-tablet" not in content
    with Record.look(path) as looked:
        assert [one.what for one in audit.look(looked, subject=case.holder)][0] == "reviewed"
        forgotten = looked.conn.execute("SELECT what, rows FROM forgotten").fetchall()
    assert forgotten == [("cases", 1)]


def test_an_open_case_is_never_forgotten_nor_by_a_clock_gone_wild(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    join(record, device="mias-ipad", closed_ms=TUESDAY + DAY)
    keeper = Keeper(tmp_path)
    forget_cases(record, keeper, TUESDAY + 5000 * DAY, 365)  # a day at a time
    assert len(cases.find(record)) == 2
    for _ in range(3):
        forget_cases(record, keeper, TUESDAY + 5000 * DAY, 365)
    assert [one.id for one in cases.find(record)] == [case.id]


def test_audit_is_forgotten_after_its_time_but_not_of_a_case_that_is_there(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    with record.transaction():
        audit.note(record, TUESDAY, MS_CLARK, "opened", "youtube.com")
        assert audit.forget(record, TUESDAY + DAY) == 1
    assert {one.subject for one in audit.look(record)} == {case.holder}


def test_a_file_that_has_just_come_is_not_taken_for_a_stray(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    (tmp_path / "a.txt").write_text("new")
    keeper = Keeper(tmp_path)
    with keeper.keep(tmp_path / "a.txt", "a.txt") as kept:
        keeper.forget_all_but(())
        assert keeper.path(kept.sha256).exists()
    now = keeper.path(kept.sha256).stat().st_mtime
    assert keeper.forget_all_but((), now + MINUTE) == 1
    assert cases.show(record, case.id).attachments == ()


def test_a_record_of_the_version_before_has_cases_from_now_on(tmp_path: Path) -> None:
    record, _ = record_with_case(tmp_path)
    for table in ("cases", "case_sign", "case_entry", "attachment", "audit", "memory"):
        record.conn.execute(f"DROP TABLE {table}")
    record.conn.execute("DROP INDEX hold_holder")
    record.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'm002_cases'")
    record.conn.execute("PRAGMA user_version = 1")
    record.close()
    record, case = record_with_case(tmp_path)
    assert case.id == 1
    record.close()
