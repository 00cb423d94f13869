"""How recording is doing, in a small file that anybody may read without asking the database."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = Path("run", "health", "recording.json")  # in the data folder


@dataclass(frozen=True, slots=True)
class Health:
    """What recording says of itself."""

    pid: int
    version: str
    started: float
    at: float  # when this was said
    problems: tuple[str, ...] = ()  # sentences; none: all is well
    stored: int = 0  # events since it started
    last_event: float | None = None
    lost_allowed: int = 0
    lost_refused: int = 0
    waiting_bytes: int = 0
    database_bytes: int = 0
    log_bytes: int = 0
    written: int = 0  # bytes that the disk was given since it started

    def write(self, folder: Path) -> None:
        """Half a file is never seen. Not forced to the card: after a power cut nobody needs it."""
        path = folder / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(dataclasses.asdict(self)))
        os.replace(new, path)


def read(folder: Path) -> Health | None:
    """None where recording never ran here."""
    try:
        content: dict[str, Any] = json.loads((folder / FILE).read_bytes())
        return Health(**content | {"problems": tuple(content["problems"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def said_at(folder: Path) -> float:
    """When it was said, by the system's clock: the recorder's own may be set for a trial."""
    return (folder / FILE).stat().st_mtime


def written_bytes(proc: Path = Path("/proc")) -> int:
    """What this process has given to disks so far; 0 where the system does not count it."""
    try:
        lines = (proc / "self/io").read_text().splitlines()
    except OSError:
        return 0
    counts = dict(line.split(": ") for line in lines)
    return int(counts.get("write_bytes", 0)) - int(counts.get("cancelled_write_bytes", 0))
