"""bellgate detect replay, as people and machines use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.console import Said, bellgate

KEYS = ["device", "opened", "closed", "grade", "kinds", "score", "for", "against", "events"]


def asked(clock: str, name: str, action: str = "block", **more: Any) -> dict[str, Any]:
    return {
        "at": f"2026-11-24T{clock}", "device": "dan", "group": "pupils", "name": name,
        "type": "A", "action": action, "via": "dns",
    } | more  # fmt: skip


STORY = [
    asked("10:10:00", "www.tiktok.com"),
    asked("10:11:00", "www.google.com", "allow"),
    asked("10:12:00", "nordvpn.com"),
    asked("10:15:00", "api.nordvpn.com"),
    asked("10:16:00", "croxyproxy.com"),
    asked("10:18:00", "www.tiktok.com"),
    asked("10:19:00", "mask.icloud.com", device="ipad"),
    {"at": "2026-11-24T10:20:00", "device": "screen", "group": "guests", "via": "nflog",
     "dst": "8.8.8.8", "port": 53, "proto": "udp"},
]  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def lines(*events: dict[str, Any]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def replayed(box: Path, text: str, *words: str) -> Said:
    file = box / "seen.jsonl"
    file.write_text(text, encoding="utf-8")
    return bellgate("detect", "replay", file, "--dir", box, *words)


def test_machines_get_one_object_for_each_case(box: Path) -> None:
    said = replayed(box, lines(*STORY), "--json")
    assert said.code == 0 and said.err == ""
    cases = {case["device"]: case for case in said.objects}
    assert all(list(case) == KEYS for case in said.objects)
    assert {name: case["grade"] for name, case in cases.items()} == {
        "dan": "deliberate",
        "ipad": "noise",
        "screen": "noise",
    }
    dan = cases["dan"]
    assert dan["opened"] == "2026-11-24T10:12:00+00:00" and dan["closed"] is None
    assert dan["kinds"] == ["vpn", "web-proxy"] and dan["events"] == 3
    assert dan["score"] >= 6 and dan["for"] and dan["against"]


def test_people_get_it_in_words(box: Path) -> None:
    said = replayed(box, lines(*STORY))
    assert said.code == 0
    assert "dan (pupils): deliberate, score " in said.out
    assert "TikTok was refused" in said.out and "  against " in said.out
    assert said.out.splitlines()[-1] == "3 cases: 1 deliberate, 0 watch and 2 noise."


def test_it_reads_stdin(box: Path) -> None:
    said = bellgate("detect", "replay", "-", "--json", "--dir", box, stdin=lines(*STORY))
    assert len(said.objects) == 3


@pytest.mark.parametrize(
    "at",
    ["2026-11-24T10:12:00+00:00", "2026-11-24T10:12:00Z", "2026-11-24 10:12:00",
     "2026-11-24T10:12:00.5", 1795515120, 1795515120.5, 1795515120000],
)  # fmt: skip
def test_moments_may_be_written_in_several_ways(box: Path, at: object) -> None:
    said = replayed(box, lines(asked("", "nordvpn.com", at=at)), "--json")
    assert said.object["opened"] == "2026-11-24T10:12:00+00:00"


def test_a_record_with_nothing_in_it_has_no_cases(box: Path) -> None:
    said = replayed(box, "\n")
    assert (said.code, said.out) == (0, "0 cases: 0 deliberate, 0 watch and 0 noise.\n")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"device": "d", "via": "dns", "name": "a.uk", "action": "block"}', '"at" is missing'),
        (json.dumps(asked("10:10:00", "a.uk", device=None)), '"device" is missing'),
        (json.dumps(asked("25:10:00", "a.uk")), '"at" will not do'),
        (json.dumps(asked("10:10:00", "a.uk", action="maybe")), '"action" will not do'),
        (json.dumps(asked("10:10:00", "a..uk")), "empty part"),
        (json.dumps(asked("10:10:00", "a.uk", via="smoke")), '"via" will not do'),
        (json.dumps(STORY[-1] | {"dst": "here"}), '"dst" will not do'),
        (json.dumps(STORY[-1] | {"port": "53"}), '"port" will not do'),
        (json.dumps(STORY[-1] | {"port": True}), '"port" will not do'),
        (json.dumps(STORY[-1] | {"via": "lan"}), '"what" will not do'),
        ("[" * 50_000, "nested too deep"),
        ('{"at": ' + "9" * 5000 + "}", "line 2"),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_by_its_number(box: Path, line: str, problem: str) -> None:
    said = replayed(box, f"{lines(STORY[0])}{line}\n{lines(STORY[1])}", "--json")
    assert said.code == 2 and said.out == ""
    assert "line 2: " in said.err and problem in said.err
    assert said.err.count("\n") == 1


def test_a_missing_file_is_told(box: Path) -> None:
    said = bellgate("detect", "replay", box / "none.jsonl", "--dir", box)
    assert said.code == 2 and "No such file" in said.err


def test_a_little_disorder_does_no_harm_and_more_is_told(box: Path) -> None:
    swapped = [*STORY[1:], STORY[0]]
    near = [STORY[0], asked("10:09:50", "www.bbc.co.uk", "allow"), *STORY[1:]]
    assert replayed(box, lines(*near), "--json").objects[0]["grade"] == "deliberate"
    said = replayed(box, lines(*swapped), "--json")
    assert said.code == 2 and "sort the file by time first" in said.err


def test_lessons_are_those_of_the_policy_that_is_named(box: Path) -> None:
    said = replayed(box, lines(asked("10:12:00", "nordvpn.com")), "--profile", "st-annes")
    assert "in a lesson" in said.out
    said = replayed(box, lines(asked("20:12:00", "nordvpn.com")), "--profile", "st-annes")
    assert "in a lesson" not in said.out and "outside lessons" in said.out
