"""bellgate lists parse, as people and machines ask for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "lists" / "corpus"


def bellgate(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", "lists", "parse", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_machine_reads_the_whole_list() -> None:
    told = bellgate(CORPUS / "rpz.zone", "--json")
    parsed = json.loads(told.stdout)
    assert (told.returncode, told.stderr) == (0, "")
    assert list(parsed) == ["format", "block", "allow", "unsupported"]
    assert parsed["format"] == "rpz"
    assert {"name": "below.example.com", "scope": "subtree"} in parsed["block"]
    assert {"name": "free.below.example.com", "scope": "exact"} in parsed["allow"]
    assert list(parsed["unsupported"][0]) == ["line", "text", "why"]


def test_people_read_a_summary() -> None:
    told = bellgate(CORPUS / "adblock.txt")
    assert told.returncode == 0
    assert "adblock.txt, format abp" in told.stdout
    assert "line 47: ||co.uk^" in told.stdout
    assert "a public suffix: it would take in every site under it" in told.stdout


def test_a_list_of_nothing_is_no_mistake() -> None:
    told = bellgate(CORPUS / "comments.txt")
    assert told.returncode == 0
    assert "0 entries block" in told.stdout


def test_a_list_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "list.gz").write_bytes(b"\x1f\x8b\x08\x00")
    for path in (tmp_path / "gone.txt", tmp_path / "list.gz"):
        told = bellgate(path)
        assert told.returncode == 2
        assert told.stdout == ""
        assert len(told.stderr.splitlines()) == 1
        assert "Traceback" not in told.stderr
