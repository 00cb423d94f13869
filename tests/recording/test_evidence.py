"""Evidence of a case: what was judged of it and what people added goes with its entries."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.recording.evidence.attached import attached
from appliance.recording.evidence.judgement import Judgement
from appliance.store import handling
from appliance.store.attachments import Keeper
from appliance.store.cases import Attachment, CaseFile, Outcome
from appliance.store.database import FILE, Record
from tests.console import bellgate
from tests.recording.suspects import School
from tests.store.evidence import PDF, png

ZONE = "Europe/London"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """Dan's tablet has a case with two files, judged by Mrs Owen."""
    folder = tmp_path_factory.mktemp("box")
    school = School(folder / "data")
    school.tries("dans-tablet")
    school.settle()
    case = school.case("dans-tablet").case
    (folder / "Bildschirm Übersicht.png").write_bytes(png(b"what Dan saw"))
    (folder / "letter home.pdf").write_bytes(PDF)
    with Record.change(school.folder / FILE) as record:
        for number, name in enumerate(("Bildschirm Übersicht.png", "letter home.pdf")):
            at_ms = int(school.now * 1000) + number
            handling.attach(
                record, Keeper(school.folder), case.id, folder / name, who="Mrs Owen", at_ms=at_ms
            )
        handling.review(
            record, case.id, Outcome.SPOKEN, "Talk about it in Year 7.", who="Mrs Owen", at_ms=at_ms
        )
    for _ in range(4):
        school.pass_by(70)
    school.end()
    yield school


@pytest.fixture(scope="module")
def evidence(school: School, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "case.zip"
    said = bellgate("export", "evidence", path, "--case", "1", "--dir", school.folder)
    assert (said.code, said.err) == (0, "")
    return path


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def case_of(school: School) -> tuple[CaseFile, list[Attachment]]:
    whole = school.case("dans-tablet")
    return whole.case, list(whole.attachments)


def test_the_files_of_a_case_are_in_its_evidence_and_it_verifies(evidence: Path) -> None:
    files = files_of(evidence)
    assert files["attachments/1-bildschirm-bersicht.png"] == png(b"what Dan saw")
    assert files["attachments/2-letter-home.pdf"] == PDF
    told = json.loads(files["manifest.json"])["attachments"]
    assert [one["name"] for one in told] == ["Bildschirm Übersicht.png", "letter home.pdf"]
    assert bellgate("verify", evidence).code == 0


def test_a_file_that_was_altered_taken_out_or_put_in_is_named(
    evidence: Path, tmp_path: Path
) -> None:
    files = files_of(evidence)
    letter = "attachments/2-letter-home.pdf"
    for others, sentence in (
        (files | {letter: PDF.replace(b"Catalog", b"Katalog")}, f"{letter} was altered"),
        ({name: data for name, data in files.items() if name != letter}, f"{letter} is missing"),
        (files | {"attachments/3-more.txt": b"more"}, "attachments/3-more.txt was put in"),
    ):
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for name, data in others.items():
                packed.writestr(name, data)
        said = bellgate("verify", path)
        assert said.code == 1
        assert sentence in said.err


def test_the_paper_says_what_was_found_on_both_sides_and_what_came_of_it(school: School) -> None:
    case, files = case_of(school)
    told = Judgement.of(case, attached(Keeper(school.folder), files), ZONE)
    assert told.grade == "Signs of a deliberate attempt: a VPN."
    assert (told.speaks_for, told.speaks_against) == (case.speaks_for, case.speaks_against)
    assert told.outcome[0] == "Somebody talked it over with those concerned."
    assert "Talk about it in Year 7." in told.outcome[1]
    assert "Reviewed by Mrs Owen" in told.outcome[2]
    assert [row[0] for row in told.files] == ["Bildschirm Übersicht.png", "letter home.pdf"]


def test_a_file_that_somebody_changed_in_the_box_is_left_out_and_named(
    school: School, tmp_path: Path
) -> None:
    _, files = case_of(school)
    place = Keeper(school.folder).path(files[1].sha256)
    before = place.read_bytes()
    place.write_bytes(b"another letter")
    try:
        path = tmp_path / "case.zip"
        said = bellgate("export", "evidence", path, "--case", "1", "--dir", school.folder)
    finally:
        place.write_bytes(before)
    assert said.code == 0
    assert "Not in it: letter home.pdf: it is gone, or was changed" in said.err
    assert "attachments/2-letter-home.pdf" not in files_of(path)
    assert bellgate("verify", path).code == 0
