"""signals.toml and habits.toml: read with every mistake, and good as they are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.detection import knowledge
from appliance.errors import CatalogueError
from appliance.lists import catalogue
from appliance.recording.knowing import read_knowledge, unknown_services
from tests.console import bellgate
from tests.detection.watched import KNOWN
from tests.lists.keeper import Keeper
from tests.simulator.world import CATALOGUE


def text(name: str) -> str:
    return catalogue.text(catalogue.SHIPPED, name).decode()


def test_what_is_shipped_speaks_of_what_the_catalogue_has() -> None:
    assert list(unknown_services(KNOWN)) == []
    assert len(KNOWN.habits) > 15 and len(KNOWN.signals.kinds) > 20


def test_no_habit_is_without_a_cure_and_no_number_without_a_reason() -> None:
    assert all(habit.looks and habit.cure for habit in KNOWN.habits.values())
    assert all(kind.why for kind in KNOWN.signals.kinds.values())


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("[numbers.watch]\nvalue = 10", "[numbers.watch]\nvalue = true", "true will not do"),
        ("[numbers.watch]", "[numbers.wach]", "missing: watch"),
        ("[kinds.vpn]", "[kinds.vpm]", "missing: vpn, a circumvention category"),
        ("weight = 25", "weight = 2500", "points, 0 to 100"),
        ('"google.com"', '"google com"', "not a domain name"),
        ("by_itself = true", "by_itselves = true", "did you mean by_itself?"),
    ],
)
def test_a_mistake_in_the_signals_is_told(before: str, after: str, problem: str) -> None:
    broken = text("signals.toml").replace(before, after, 1)
    with pytest.raises(CatalogueError, match=r"signals\.toml: line \d+") as caught:
        knowledge.read_signals(broken.encode(), CATALOGUE)
    assert problem in str(caught.value).replace("\\", "")


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('ports = ["853/tcp"', 'ports = ["853/tcq"', "no port such as"),
        ('kinds = ["new-mac"]', 'kinds = ["new-max"]', "no kind new-max"),
        ("looks =", "look =", "missing: one sentence for a teacher"),
    ],
)
def test_a_mistake_in_the_habits_is_told(before: str, after: str, problem: str) -> None:
    broken = text("habits.toml").replace(before, after, 1)
    with pytest.raises(CatalogueError) as caught:
        knowledge.read_habits(broken.encode(), KNOWN.signals.kinds)
    assert problem in str(caught.value)


def test_catalogue_check_reads_them(tmp_path: Path) -> None:
    anna = Keeper(tmp_path / "anna")
    words = ("catalogue", "check", "--catalogue", anna.blocklists, "--dir", tmp_path)
    assert "habits.toml" in bellgate(*words).out  # her few services lack some that habits name
    anna.edits("habits.toml", "\ncanary = true", "\ncanary = 1")
    said = bellgate(*words)
    assert said.code == 1 and said.err.startswith("habits.toml: line ")


def test_a_catalogue_from_before_these_files_goes_with_ours(tmp_path: Path) -> None:
    anna = Keeper(tmp_path / "anna")
    for name in (knowledge.SIGNALS, knowledge.HABITS):
        (anna.blocklists / name).unlink()
    assert read_knowledge(anna.blocklists, CATALOGUE).signals == KNOWN.signals
