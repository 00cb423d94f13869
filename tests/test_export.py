"""Exports: all rows that fit, in the school's words and hours, and no cell that is a formula."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.commands.export import VIEWS
from appliance.spreadsheet import Sheet
from appliance.store.flat import KEYS
from tests.console import bellgate
from tests.recording.noting import ALLOWED, TIKTOK, Box

FORMULAS = ["=cmd|'calc'!a1.tiktok.com", "+1.tiktok.com", "-1.tiktok.com", "@sum.tiktok.com"]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    box = Box(tmp_path_factory.mktemp("box"))
    box.ask(*FORMULAS)
    box.ask("www.bbc.co.uk", verdict=ALLOWED)
    box.settle()
    return box


def exported(box: Box, view: str, *words: str) -> list[dict[str, str]]:
    said = bellgate("export", view, "--dir", box.folder, *words)
    assert said.code == 0, said.err
    return list(csv.DictReader(io.StringIO(said.out)))


def test_a_row_says_all_that_is_known(box: Box) -> None:
    rows = exported(box, "refused", "--csv")
    assert list(rows[0]) == list(KEYS)
    assert rows[0]["first"] == "2026-11-24T10:15:00.000+00:00"
    assert rows[0]["device"] == "dans-tablet"
    assert rows[0]["known"] == "by its address, which another device may have taken"
    assert (rows[0]["service"], rows[0]["clause"]) == ("tiktok", "7.1")
    assert rows[0]["period"] == "Lesson 1"


def test_names_that_would_be_formulas_are_text(box: Box) -> None:
    assert [row["name"] for row in exported(box, "refused")] == [f"'{one}" for one in FORMULAS]


def test_lines_are_for_programs_and_have_names_as_they_are(box: Box) -> None:
    said = bellgate("export", "refused", "--jsonl", "--dir", box.folder)
    assert [json.loads(line)["name"] for line in said.out.splitlines()] == FORMULAS


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_cell_begins_as_a_formula_does(cells: list[str]) -> None:
    file = io.StringIO(newline="")
    Sheet(file, ["x"] * len(cells)).add(cells)
    _, row = csv.reader(io.StringIO(file.getvalue(), newline=""))
    for cell, read in zip(cells, row, strict=True):
        assert read in (cell, f"'{cell}")
        assert not read.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_head_and_can_be_lines(box: Box, view: str) -> None:
    week = ("--since", "2026-11-20", "--until", "2026-11-27")
    head = bellgate("export", view, "--dir", box.folder, *week).out.splitlines()[0]
    for line in bellgate("export", view, "--jsonl", "--dir", box.folder, *week).out.splitlines():
        assert list(json.loads(line)) == head.split(",")


def test_only_what_was_asked_for(box: Box) -> None:
    assert len(exported(box, "refused", "--name", "tiktok.com")) == 4
    assert len(exported(box, "refused", "--device", "10.20.3.7", "--service", "tiktok")) == 4
    assert not exported(box, "refused", "--group", "staff")
    assert not exported(box, "refused", "--since", "2026-11-25")
    assert not exported(box, "refused", "--until", "2026-11-24T10:15")
    (number,) = exported(box, "services", "--since", "2026-11-24", "--until", "2026-11-25")[:1]
    assert number == {"what": TIKTOK.service, "refused": "4", "allowed": "0"}


def test_a_file_is_for_whoever_asked_and_never_written_over(box: Box, tmp_path: Path) -> None:
    file = tmp_path / "refused.csv"
    assert bellgate("export", "refused", "--dir", box.folder, "--output", file).out == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().count(b"\r\n") == 5
    said = bellgate("export", "refused", "--dir", box.folder, "--output", file)
    assert (said.code, said.err.strip()) == (2, f"{file}: File exists")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["refusd"], "no view 'refusd' (did you mean refused?)"),
        (["refused", "--csv", "--jsonl"], "two formats"),
        (["services", "--device", "x"], "are for rows"),
        (["refused", "--since", "yesterday"], "write a moment as"),
    ],
)
def test_words_that_do_not_go_together(box: Box, words: list[str], says: str) -> None:
    said = bellgate("export", *words, "--dir", box.folder)
    assert (said.code, said.out) == (2, "")
    assert says in said.err


def test_where_nothing_was_recorded_it_says_so(tmp_path: Path) -> None:
    said = bellgate("export", "refused", "--dir", tmp_path)
    assert (said.code, said.err.strip()) == (
        2,
        f"{tmp_path / 'record.db'}: nothing has been recorded yet",
    )
