"""The command line as a person uses it: the real process, its output and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    out: str
    err: str
    code: int

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        (only,) = self.objects
        return only


def bellgate(*words: str | Path, stdin: str = "", folder: Path | None = None) -> Said:
    """Run `bellgate` with these words; a traceback is never an answer."""
    run = subprocess.run(
        [sys.executable, "-m", "appliance", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return Said(run.stdout, run.stderr, run.returncode)
