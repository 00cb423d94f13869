"""bellgate cases, as a member of the e-safety team uses it at the console."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.store import audit, findings
from appliance.store.database import FILE, Record
from tests.console import Said, bellgate
from tests.store.evidence import finding, png, record_with_case, signed

BY = ("--by", "Ms Clark")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Dan's tablet has a case to look at; Mia's iPad only one of noise."""
    record, _ = record_with_case(tmp_path, grade="deliberate")
    with record.transaction():
        findings.join(record, finding("mias-ipad", "noise"), 0)
        findings.sign(record, signed("mias-ipad", name="mask.icloud.com"))
    record.close()
    return tmp_path


def cases(folder: Path, *words: str | Path) -> Said:
    said = bellgate("cases", *words, "--dir", folder)
    assert said.code == 0, said.err
    return said


def test_the_list_has_what_is_for_people_and_says_what_it_leaves_out(folder: Path) -> None:
    first, last = cases(folder, "list").out.splitlines()
    assert "deliberate  open  dans-tablet (pupils): 1 sign, 24 Nov to 24 Nov; vpn" in first
    assert last.startswith("1 case; 1 more of noise")
    assert "mias-ipad" in cases(folder, "list", "--grade", "noise").out
    (case,) = cases(folder, "list", "--open", "--json").objects
    assert (case["id"], case["device"], case["opened"]) == (
        1,
        "dans-tablet",
        "2026-11-24T10:15:00+00:00",
    )


def test_a_case_is_shown_with_for_and_against_and_the_look_is_audited(folder: Path) -> None:
    said = cases(folder, "show", "1", *BY).out
    assert "for     It asked for NordVPN 2 minutes after TikTok was refused." in said
    assert "against The record shows which device asked, not who held it." in said
    assert "Tue 24 Nov 2026 10:15:00  vpn: NordVPN  nordvpn.com  block" in said
    with Record.look(folder / FILE) as record:
        newest = audit.look(record)[0]
    assert (newest.who, newest.what, newest.subject) == ("Ms Clark", "looked", "case 1")


def test_a_case_from_its_first_note_to_its_reopening(folder: Path) -> None:
    file = folder / "chat.png"
    file.write_bytes(png())
    cases(folder, "note", "1", "Spoke with Dan.", *BY)
    said = cases(folder, "attach", "1", file, *BY).out
    assert said.startswith(f"chat.png (image/png, {len(png())} bytes) is with case 1.\nSHA-256 ")
    cases(folder, "review", "1", "--outcome", "spoken-to", "--lesson", "Talk sooner.", *BY)
    case = cases(folder, "show", "1", "--json").object
    assert (case["status"], case["outcome"], case["reviewer"], case["lesson"]) == (
        "reviewed",
        "spoken-to",
        "Ms Clark",
        "Talk sooner.",
    )
    assert [one["what"] for one in case["history"]] == ["opened", "noted", "attached", "reviewed"]
    assert case["attachments"][0]["name"] == "chat.png"
    assert cases(folder, "list", "--open", "--json").out == ""
    cases(folder, "reopen", "1")
    (case,) = cases(folder, "list", "--open", "--json").objects
    assert case["outcome"] is None
    with Record.look(folder / FILE) as record:
        assert audit.look(record)[0].who.endswith(" at the console")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show", "9"), "there is no case 9"),
        (("note", "1", "  "), "the note is empty"),
        (("list", "--grade", "bad"), "there are noise, watch, deliberate"),
        (("reopen", "1"), "case 1 is open already"),
        (("attach", "1", "/etc"), "this is no file"),
        (("review", "1", "--outcome", "guilty", "--lesson", "None."), "guilty"),
        (("review", "1", "--outcome", "fixed"), "--lesson"),
    ],
)
def test_what_can_not_be_is_one_sentence_and_changes_nothing(
    folder: Path, words: tuple[str, ...], why: str
) -> None:
    said = bellgate("cases", *words, "--dir", folder)
    assert said.code == 2
    assert why in said.err
    case = cases(folder, "show", "1", "--json").object
    assert [one["what"] for one in case["history"]] == ["opened"]


def test_what_a_device_is_called_can_not_write_on_the_screen(tmp_path: Path) -> None:
    record, _ = record_with_case(tmp_path, device="\x1b[2Jdan")
    record.close()
    for words in (("list",), ("show", "1")):
        assert "\x1b" not in cases(tmp_path, *words).out
    (line,) = cases(tmp_path, "list", "--json").out.splitlines()
    assert json.loads(line)["device"] == "\x1b[2Jdan"


def test_where_nothing_was_recorded_yet_it_says_so(tmp_path: Path) -> None:
    said = bellgate("cases", "list", "--dir", tmp_path)
    assert (said.code, "nothing has been recorded yet" in said.err) == (2, True)


@pytest.mark.parametrize("command", ["list", "show", "note", "review", "reopen", "attach"])
def test_each_command_has_an_example(command: str) -> None:
    assert f"Example: bellgate cases {command}" in bellgate("cases", command, "--help").out
