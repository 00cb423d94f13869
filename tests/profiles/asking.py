"""Asking a ready policy as `bellgate explain` does, with lines added where a row needs them.

In this process: there are hundreds of rows, and tests/commands asks the command from outside."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from appliance.commands.choices import profile_path
from appliance.commands.explain import app

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
    return _explained("--profile", profile, "--group", group, "--at", TIMES[when], *names)


def answers(profile: str, group: str, when: str, *names: str) -> set[tuple[str, str | None]]:
    """The different (action, clause) pairs among the answers."""
    return {(one["action"], one["clause"]) for one in ask(profile, group, when, *names)}


def ask_with(
    folder: Path, profile: str, lines: str, asker: list[str], when: str, *names: str
) -> list[dict[str, Any]]:
    """The same of the profile with these lines added, as a school adds them."""
    file = folder / "school.toml"
    file.write_text(profile_path(profile).read_text(encoding="utf-8") + lines, encoding="utf-8")
    return _explained("--policy", str(file), *asker, "--at", TIMES[when], *names)


def _explained(*words: str) -> list[dict[str, Any]]:
    said = CliRunner().invoke(app, ["--json", "--dir", BOX, *words], catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return [json.loads(line) for line in said.stdout.splitlines()]
