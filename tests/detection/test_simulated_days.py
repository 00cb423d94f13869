"""Invented school days, of which it is known who meant it. Run with -s to read the figures."""

from __future__ import annotations

import pytest

from appliance.detection.score import Grade
from tests.simulator.day import Told, school, tell
from tests.simulator.ways import HELD_OUT, TUNED, Ways

DAYS = [(1, TUNED), (3001, HELD_OUT), (3002, HELD_OUT)]


@pytest.fixture(scope="module", params=DAYS, ids=["tuned-1", "held-out-3001", "held-out-3002"])
def told(request: pytest.FixtureRequest) -> Told:
    seed, ways = request.param
    assert isinstance(ways, Ways)
    told = tell(school(seed, ways))
    print(f"\nseed {seed}:", *told.lines(), sep="\n  ")
    return told


def test_no_device_that_only_does_what_devices_do_is_accused(told: Told) -> None:
    assert len(told.school.noise) >= 300
    assert told.accused(told.school.noise) == []


def test_no_innocent_is_accused(told: Told) -> None:
    assert told.accused(told.school.innocents) == []


def test_nearly_all_who_mean_it_are_found_with_both_sides_told(told: Told) -> None:
    assert len(told.missed) * 20 <= len(told.school.meant)
    for device in told.school.meant:
        for case in told.cases.get(device, []):
            if case.grade is Grade.DELIBERATE:
                assert case.speaks_for and case.speaks_against


def test_few_others_are_even_watched(told: Told) -> None:
    watched = [one for one in told.school.noise if told.grade(one) is Grade.WATCH]
    assert len(watched) * 20 <= len(told.school.noise)


def test_the_same_seed_makes_the_same_day() -> None:
    first, second = (list(school(5, noise=5, times=1).observations()) for _ in range(2))
    assert first == second
