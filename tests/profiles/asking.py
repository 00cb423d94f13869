"""Asking a ready policy through the command line, with some lines added where a row needs them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

from appliance.commands.choices import profile_path
from tests.console import bellgate

BOX = tempfile.mkdtemp(prefix="bellgate-profiles-")  # a box's data: remembers the catalogue
atexit.register(shutil.rmtree, BOX, ignore_errors=True)

TIMES = {  # on Tuesday 24 November 2026, by the default bells
    "before": "2026-11-24T08:00",
    "registration": "2026-11-24T08:50",
    "lesson": "2026-11-24T10:15",
    "break": "2026-11-24T10:35",
    "lunch": "2026-11-24T12:30",
    "after": "2026-11-24T16:00",
    "evening": "2026-11-24T20:00",
    "saturday": "2026-11-28T11:00",
}
IN_SCHOOL_DAY = ("registration", "lesson", "break", "lunch")
OUTSIDE = ("before", "after", "evening", "saturday")


def ask(profile: str, group: str, when: str, *names: str) -> list[dict[str, Any]]:
    """What the profile answers, name by name."""
    words: list[str | Path] = ["--profile", profile, "--group", group, "--at", TIMES[when]]
    said = bellgate("explain", "--json", "--dir", BOX, *words, *names)
    assert said.code == 0, said.err
    return said.objects


def answers(profile: str, group: str, when: str, *names: str) -> set[tuple[str, str | None]]:
    """The different (action, clause) pairs among the answers."""
    return {(one["action"], one["clause"]) for one in ask(profile, group, when, *names)}


def ask_with(
    folder: Path, profile: str, lines: str, asker: list[str], when: str, *names: str
) -> list[dict[str, Any]]:
    """The same of the profile with these lines added, as a school adds them."""
    file = folder / "school.toml"
    file.write_text(profile_path(profile).read_text(encoding="utf-8") + lines, encoding="utf-8")
    words: list[str | Path] = ["--policy", file, *asker, "--at", TIMES[when]]
    said = bellgate("explain", "--json", "--dir", BOX, *words, *names)
    assert said.code == 0, said.err
    return said.objects
