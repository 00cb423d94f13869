"""Killed at any moment, again and again: each question is on record once."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from appliance.recording.recorder import EVENTS
from tests.recording.noting import ALLOWED, TIKTOK, Box, Clock, Noter
from tests.recording.process import Process

KILLS = 8


def test_a_recorder_that_is_killed_at_random_moments_has_each_question_once(
    tmp_path: Path,
) -> None:
    dice = random.Random(20_261_124)
    clock = Clock(time.time())
    noters = [Noter(tmp_path, clock, number) for number in (1, 2)]
    told: dict[str, int] = {}
    allowed = 0
    with Process(tmp_path) as process:
        for _ in range(KILLS):
            end = time.monotonic() + dice.uniform(0.05, 1.2)
            while time.monotonic() < end:
                clock.now = time.time()
                for noter in noters:
                    for _ in range(40):
                        name = f"www.site{dice.randrange(60)}.com"
                        is_refused = dice.random() < 0.5
                        noter.ask(name, TIKTOK if is_refused else ALLOWED)
                        allowed += not is_refused
                        if is_refused:
                            told[name] = told.get(name, 0) + 1
                    noter.flush()
                time.sleep(0.005)
            if dice.random() < 0.3:  # a resolver dies as well
                noters[0].channel._finish()
                noters[0] = Noter(tmp_path, clock, 1)
            process.send(signal.SIGKILL)
            process.wait()
            process.start()
        for noter in noters:
            noter.stop()
        process.until(lambda said: not said.waiting_bytes)
        process.send(signal.SIGTERM)
        assert process.wait() == 0
    found: dict[str, int] = {}
    box = Box(tmp_path / "unused")
    box.folder = tmp_path
    for row in box.rows():
        found[row.name] = found.get(row.name, 0) + row.count
    assert found == told
    with box.look() as record:
        sums = record.number("SELECT sum(count) FROM allowed_hour")
        assert sums + record.number("SELECT sum(count) FROM pending") == allowed
    assert not list((tmp_path / EVENTS).glob("*/*.events"))
