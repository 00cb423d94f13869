"""A few seconds of each soak, with all the time in the world: what must hold on any machine."""

from __future__ import annotations

from pathlib import Path

from tests.soak.chaos import soak
from tests.soak.history import Allowance

BUSY = Allowance(switch=10, record=2)


def test_answers_stay_right_while_policies_change_workers_die_and_the_world_goes_dark(
    tmp_path: Path,
) -> None:
    verdict = soak(tmp_path, 10, 300, allowance=BUSY)
    assert not verdict.faults, verdict
    assert verdict.history.deaths and verdict.history.published and verdict.history.outside_dead
    assert verdict.seen.answered > 1_000
