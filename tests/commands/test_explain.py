"""bellgate explain, as a network manager asks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.console import bellgate

MERSEY = ["explain", "--profile", "mersey-vale"]
AT_10_15 = ["--at", "2026-11-24T10:15"]
KEYS = [
    "name",
    "group",
    "at",
    "period",
    "action",
    "decided_by",
    "rule",
    "clause",
    "target",
    "service",
    "category",
    "says",
    "until",
]


def test_the_json_contract() -> None:
    said = bellgate(*MERSEY, "--group", "pupils", *AT_10_15, "--json", "www.tiktok.com")
    assert list(said.object) == KEYS
    assert said.object == {
        "name": "www.tiktok.com",
        "group": "pupils",
        "at": "2026-11-24T10:15:00+00:00",
        "period": "Lesson 1",
        "action": "block",
        "decided_by": "rule",
        "rule": "pupils-school-day",
        "clause": "6.1",
        "target": "social-media",
        "service": "tiktok",
        "category": "media-sharing",
        "says": "Children may not use social media in the school day, unless under the direction "
        "of their class teacher as part of their education.",
        "until": "2026-11-24T15:15:00+00:00",
    }


def test_the_same_in_plain_words() -> None:
    said = bellgate(*MERSEY, "--group", "pupils", *AT_10_15, "www.tiktok.com").out
    assert said == (
        "At 10:15 on Tue 24 Nov (Lesson 1) www.tiktok.com is refused for pupils: TikTok is social "
        "media, rule 6.1 ‘Children may not use social media in the school day, unless under the "
        "direction of their class teacher as part of their education’ (TikTok's own age limit is "
        "13); this holds until 15:15, when rule 7.1 refuses it in turn.\n"
    )


def test_the_clock_of_the_school_or_an_offset_of_ones_own() -> None:
    summer = bellgate(*MERSEY, "--at", "2026-07-01T10:15", "--json", "x.com").object
    assert summer["at"] == "2026-07-01T10:15:00+01:00"
    utc = bellgate(*MERSEY, "--at", "2026-07-01T09:15:00+00:00", "--json", "x.com").object
    assert utc["at"] == summer["at"]


def test_ten_thousand_names_from_a_file_or_a_pipe_in_their_order(tmp_path: Path) -> None:
    names = [f"host-{n}.{'tiktok.com' if n % 2 else 'example.org'}" for n in range(10_000)]
    file = tmp_path / "names.txt"
    file.write_text("\n".join(names) + "\n\n")
    start = [*MERSEY, "--group", "pupils", *AT_10_15, "--json", "--names-file"]
    from_file = bellgate(*start, file)
    from_pipe = bellgate(*start, "-", stdin=file.read_text())
    assert from_file.out == from_pipe.out
    answered = from_file.objects
    assert [one["name"] for one in answered] == names
    assert [one["action"] for one in answered] == ["allow", "block"] * 5_000


@pytest.mark.parametrize(
    "name", ["WWW.TikTok.COM", "www.tiktok.com.", "a.b.c.d.tiktok.com", "ｔｉｋｔｏｋ.com"]
)
def test_one_name_in_many_spellings(name: str) -> None:
    assert bellgate(*MERSEY, "--group", "pupils", "--json", name).object["action"] == "block"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "=cmd()",
        "localhost",
        ".",
        "1.0.0.127.in-addr.arpa",
        "a b.example",
        "_ldap._tcp.dc._msdcs.school.local",
        ".".join(["a" * 61] * 4),
        "münchen.de",
        "xn--mnchen-3ya.de",
    ],
)
def test_odd_names_are_answered_like_any_other(name: str) -> None:
    said = bellgate(*MERSEY, "--json", name)
    assert (said.code, said.object["name"], said.object["action"]) == (0, name, "allow")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a..b", "has an empty part between two dots"),
        ("x" * 64 + ".com", "has a part of 64 characters: at most 63"),
        (".".join(["a" * 60] * 5), "304 characters long: a name has at most 253"),
        ("\u200b", "is not a valid international name"),
        ("", "an empty name is no domain name"),
    ],
)
def test_what_no_device_could_ask_gets_a_sentence_and_the_rest_is_answered(
    name: str, says: str
) -> None:
    said = bellgate(*MERSEY, "--json", name, "bbc.co.uk")
    assert said.code == 2
    assert says in said.err
    assert says in said.objects[0]["error"]
    assert said.objects[1]["action"] == "allow"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--group", "pupil"], "no group 'pupil' (did you mean pupils?)"),
        (["--client", "10.20"], "--client 10.20: not an address"),
        (["--client", "10.2.3.4", "--group", "staff"], "give one of them"),
        (["--at", "tomorrow"], "write a moment as 2026-11-24T10:15"),
        (["--at", "0001-01-01T00:00"], "the year is not one of ours"),
        (["--policy", "x.toml"], "--policy and --profile name two policies"),
        (["--type", "BOGUS"], "one of A, AAAA"),
        (["--names-file", "/nowhere"], "--names-file /nowhere: No such file"),
    ],
)
def test_wrong_use_is_one_sentence(words: list[str], says: str) -> None:
    said = bellgate(*MERSEY, *words, "x.com")
    assert said.code == 2
    assert says in said.err
    assert said.err.count("\n") == 1


def test_an_unknown_profile_and_a_missing_policy() -> None:
    said = bellgate("explain", "--profile", "mersey-val", "x.com")
    assert "did you mean mersey-vale?" in said.err
    said = bellgate("explain", "--policy", "/nowhere.toml", "x.com")
    assert said.err == "/nowhere.toml: no such file or directory\n"
    assert bellgate(*MERSEY).err.startswith("which names?")


def test_before_anything_is_published_it_says_so(tmp_path: Path) -> None:
    said = bellgate("explain", "--dir", tmp_path, "x.com")
    assert said.code == 2
    assert "no policy has been published" in said.err


def test_the_policy_in_force_with_its_lists(tmp_path: Path) -> None:
    listing = tmp_path / "local.txt"
    listing.write_text("# ours\nbad.example\nWorse.Example.\n")
    box = tmp_path / "box"
    bellgate("publish", "--profile", "mersey-vale", "--dir", box, "--list", listing)
    asked = ["www.bad.example", "worse.example", "notbad.example", "www.tiktok.com"]
    live = bellgate("explain", "--dir", box, "--group", "pupils", *AT_10_15, "--json", *asked)
    assert [one["decided_by"] for one in live.objects] == ["list", "list", "default", "rule"]
    given = bellgate(*MERSEY, "--list", listing, "--group", "pupils", *AT_10_15, "--json", *asked)
    assert [json.dumps(one) for one in given.objects] == [json.dumps(one) for one in live.objects]


def test_help_has_an_example() -> None:
    for command in (["explain"], ["publish"], ["policy", "check"], ["policy", "diff"]):
        assert "Example: bellgate" in bellgate(*command, "--help").out
