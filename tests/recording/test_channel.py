"""A full memory: what is in the files and what is told as lost is all that was asked, whoever reads
meanwhile."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from appliance.event import Lost, read
from tests.recording.noting import Clock, Noter
from tests.recording.test_trouble import small_disk


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_and_what_is_told_as_lost_is_all(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    with small_disk(tmp_path / "run", "48k") as place:
        noter = Noter(place, Clock())
        kept = lost = 0
        for turn in range(200):
            for _ in range(dice.randrange(1, 40)):
                noter.ask(f"{'long' * dice.randrange(1, 12)}.example")
            noter.flush()
            if turn % 20 == 19:
                kept, lost = added((kept, lost), stored(noter))
        kept, lost = added((kept, lost), stored(noter))
        noter.ask("last.example")  # tells what was lost before it
        noter.flush()
        kept, lost = added((kept, lost), stored(noter))
        assert kept + lost == noter.refused
        assert min(kept, lost) > 100


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def stored(noter: Noter) -> tuple[int, int]:
    """Read all files as a recorder would, and delete them: how many questions, how many lost."""
    noter.channel._finish()
    kept = lost = 0
    for file in sorted(noter.channel.folder.glob("*.events")):
        for one in read(file.read_bytes()):
            if isinstance(one, Lost):
                lost += one.refused
            else:
                kept += 1
        file.unlink()
    return kept, lost
