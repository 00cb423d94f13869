"""How a list stands, in one sentence, on Wednesday 18 November 2026."""

from __future__ import annotations

import datetime

import pytest

from appliance.lists.shelf import Record
from appliance.lists.standing import Standing, sentence, standing
from appliance.policy.clock import SchoolClock
from appliance.policy.model import SchoolList
from appliance.policy.services import Source

CLOCK = SchoolClock("Europe/London")
CASINOS = SchoolList("casinos", source="casinos")
SOURCE = Source(
    "casinos", "Casinos", "https://lists.example/", "domains", "MIT", "gambling", 24, 20, "", False
)


def at(text: str) -> int:
    return CLOCK.instant(datetime.datetime.fromisoformat(text))


NOW = at("2026-11-18T10:15")
GOOD = Record(fetched=at("2026-11-18T03:10"), confirmed=at("2026-11-18T03:10"), names=18_350)


def said(record: Record, *, has_copy: bool = True, now: int = NOW) -> str:
    state = standing(SOURCE, record, has_copy, now)
    return sentence(CASINOS, state, record, has_copy, now, CLOCK)


def failing(since: str, copy: str) -> Record:
    return Record(
        fetched=at(copy), confirmed=at(copy), failure="it rains", failing_since=at(since), names=7
    )


def test_a_fresh_list() -> None:
    assert said(GOOD) == "18,350 names, fetched today 03:10"


def test_lines_that_were_left_out_are_told() -> None:
    record = Record(fetched=NOW, confirmed=NOW, names=1, unsupported=2)
    assert (
        said(record) == "1 name (2 lines left out: DNS can't do what they ask), fetched today 10:15"
    )


@pytest.mark.parametrize(
    ("since", "copy", "sentence"),
    [
        ("2026-11-18T09:00", "2026-11-18T03:10", "09:00 today: it rains; today's copy stays"),
        ("2026-11-18T00:01", "2026-11-17T23:59", "00:01 today: it rains; yesterday's copy stays"),
        ("2026-11-17T09:00", "2026-11-16T03:10", "yesterday: it rains; the copy of Monday stays"),
        (
            "2026-11-12T09:00",
            "2026-11-11T03:10",
            "Thursday: it rains; the copy of 11 November stays",
        ),
        (
            "2026-01-02T09:00",
            "2025-12-24T03:10",
            "2 January: it rains; the copy of 24 December 2025 stays",
        ),
    ],
)
def test_a_list_that_could_not_be_refreshed(since: str, copy: str, sentence: str) -> None:
    assert said(failing(since, copy)) == f"could not be refreshed since {sentence}"


def test_a_list_without_a_copy() -> None:
    assert said(Record(), has_copy=False).startswith("not fetched yet, so it refuses nothing")
    assert said(failing("2026-11-17T09:00", "2026-11-17T09:00"), has_copy=False) == (
        "could not be fetched: it rains; there is no copy yet, so it refuses nothing"
    )


def test_a_list_that_nobody_refreshes_any_more() -> None:
    later = at("2026-11-21T10:15")
    assert standing(SOURCE, GOOD, True, later) is Standing.OVERDUE
    assert said(GOOD, now=later) == "18,350 names, fetched Wednesday 03:10; a refresh is overdue"


def test_lists_of_the_school_s_own() -> None:
    own = SchoolList("own", names=("a.example", "b.example"))
    filed = SchoolList("own", file="/srv/own.txt")
    assert standing(None, Record(), False, NOW) is Standing.OWN
    assert sentence(own, Standing.OWN, Record(), False, NOW, CLOCK) == (
        "the school's own, 2 names in the policy"
    )
    assert sentence(filed, Standing.OWN, Record(), False, NOW, CLOCK) == (
        "a file of the school's own: /srv/own.txt, which is missing"
    )
