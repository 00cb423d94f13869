"""bellgate policy: check, show and diff, as a network manager uses them."""

from __future__ import annotations

from pathlib import Path

from appliance.commands.choices import profile_path
from tests.console import bellgate

MERSEY = profile_path("mersey-vale")


def edited(folder: Path, *changes: tuple[str, str]) -> Path:
    """Mersey Vale's policy with some words exchanged."""
    text = MERSEY.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    file = folder / "school.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_check_says_a_good_policy_is_good() -> None:
    said = bellgate("policy", "check", MERSEY)
    assert (said.code, said.err) == (0, "")
    assert "good. Mersey Vale Primary School: 4 groups, 5 rules" in said.out
    assert bellgate("policy", "check", "--json", MERSEY).object["good"] is True


def test_check_lists_every_mistake_and_answers_no(tmp_path: Path) -> None:
    file = edited(tmp_path, ("6.1", '6"1'), ('"block"', '"blok"'))
    said = bellgate("policy", "check", file)
    assert said.code == 1
    assert said.err.startswith("school.toml: line ")
    file = edited(tmp_path, ('"block"', '"blok"'), ('"allow"', '"alow"'))
    machine = bellgate("policy", "check", "--json", file)
    assert [one["key"] for one in machine.object["mistakes"]] == [
        "rule[1].action",
        "rule[2].action",
    ]


def test_a_file_that_is_not_there_is_wrong_use_and_not_a_bad_policy(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere.toml"):
        said = bellgate("policy", "check", place)
        assert (said.code, said.err) == (2, f"{place}: there is no such file\n")


def test_show_in_words_and_as_a_document(tmp_path: Path) -> None:
    said = bellgate("policy", "show", "--profile", "mersey-vale").out
    assert "Allows social media for staff and leadership at break and at lunch — 5.2" in said
    toml = tmp_path / "again.toml"
    toml.write_text(bellgate("policy", "show", "--toml", MERSEY).out, encoding="utf-8")
    assert bellgate("policy", "show", "--toml", toml).out == toml.read_text(encoding="utf-8")
    assert bellgate("policy", "diff", "mersey-vale", toml).out.startswith("No difference")


def test_diff_says_who_loses_what_and_when(tmp_path: Path) -> None:
    stricter = edited(tmp_path, ('when = ["break", "lunch"]', 'when = ["lunch"]'))
    said = bellgate("policy", "diff", "mersey-vale", stricter).out.splitlines()
    assert said[0].startswith("Staff lose social media at break: rule 7.1 says")
    assert said[1].startswith("Leadership lose social media at break: rule 7.1 says")
    back = bellgate("policy", "diff", stricter, "mersey-vale").out.splitlines()
    assert back[0].startswith("Staff gain social media at break: rule 5.2 says")


def test_diff_says_which_bells_moved(tmp_path: Path) -> None:
    later = edited(
        tmp_path,
        ('from = "10:30", to = "10:45"', 'from = "10:30", to = "10:50"'),
        ('from = "10:45", to = "12:15"', 'from = "10:50", to = "12:15"'),
    )
    said = bellgate("policy", "diff", "mersey-vale", later).out
    assert "In timetable “normal”, Break is 10:30 to 10:50, break (was 10:30 to 10:45" in said


def test_diff_says_one_service_by_its_name(tmp_path: Path) -> None:
    lenient = edited(tmp_path, ("[groups.pupils]", 'except = ["youtube"]\n\n[groups.pupils]'))
    said = bellgate("policy", "diff", "mersey-vale", lenient).out
    assert "Pupils gain YouTube at all times: nothing in the policy refuses it." in said
    assert "What the school calls social media was changed." in said


def test_diff_tells_of_grants_devices_and_channels(tmp_path: Path) -> None:
    more = edited(
        tmp_path,
        (
            "[circumvention]",
            '[devices.ipad-1]\ngroup = "pupils"\n\n[[override]]\nid = "o-1"\naction = "allow"\n'
            'target = ["service:youtube"]\nfor = ["device:ipad-1"]\nfrom = 2026-11-24T09:00:00\n'
            'until = 2026-11-24T10:00:00\nreason = "r"\napproved_by = ["head"]\n\n[circumvention]',
        ),
    )
    said = bellgate("policy", "diff", "mersey-vale", more).out
    assert "Device ipad-1 was added." in said
    assert "Grant override o-1 was added." in said
