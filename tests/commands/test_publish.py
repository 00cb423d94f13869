"""bellgate publish, as a network manager uses it."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.console import bellgate


def test_a_first_policy_then_a_changed_one(tmp_path: Path) -> None:
    first = bellgate("publish", "--profile", "mersey-vale", "--dir", tmp_path)
    assert first.code == 0
    assert first.out.startswith("In force: policy ")
    second = bellgate("publish", "--profile", "st-annes", "--dir", tmp_path, "--json").object
    assert second["own_names"] > 500
    again = bellgate("publish", "--dir", tmp_path, "--json").object
    assert again["policy_version"] == second["policy_version"]


def test_lists_of_any_kind_of_file_are_told_of_when_they_can_not_be_read(tmp_path: Path) -> None:
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(gzip.compress(b"a.example\n" * 10_000)[:-20])
    said = bellgate("publish", "--profile", "mersey-vale", "--dir", tmp_path, "--list", cut)
    assert said.code == 2
    assert "cut.txt.gz" in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "snapshots" / "current").exists()


def test_a_missing_list_file_is_an_error_not_an_empty_list(tmp_path: Path) -> None:
    said = bellgate("publish", "--profile", "mersey-vale", "--dir", tmp_path, "--list", "no.txt")
    assert said.code == 2
    assert "no.txt" in said.err


def test_where_nothing_can_be_written_nothing_is_published() -> None:
    said = bellgate("publish", "--profile", "mersey-vale", "--dir", "/proc/nowhere")
    assert said.code == 2
    assert said.err.startswith("nothing was published: /proc/nowhere")


def test_a_wrong_policy_leaves_the_one_in_force(tmp_path: Path) -> None:
    bellgate("publish", "--profile", "mersey-vale", "--dir", tmp_path)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("format = 1\n")
    assert bellgate("publish", "--policy", wrong, "--dir", tmp_path).code == 2
    live = bellgate("explain", "--dir", tmp_path, "--group", "pupils", "--json", "tiktok.com")
    assert live.object["action"] == "block"
