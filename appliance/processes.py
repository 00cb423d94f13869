"""Which programs of ours run in a data folder, as the system's own list of processes has it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
MODULES: Final = {"appliance.dns": "dns", "appliance.recording": "recording"}


@dataclass(frozen=True, slots=True, order=True)
class Running:
    """One program at work."""

    name: str  # "dns 1", "recording"
    pid: int
    memory_kb: int  # resident; what several share is counted in each


def running(folder: Path, proc: Path = PROC) -> list[Running]:
    """Ours, in this data folder; programs of others, or in other folders, are left out."""
    found = []
    for place in proc.iterdir():
        if place.name.isdigit():
            one = _ours(place, folder.resolve())
            if one:
                found.append(one)
    return sorted(found)


def _ours(place: Path, folder: Path) -> Running | None:
    try:
        words = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")
        module = _after(words, "-m")
        if module not in MODULES:
            return None
        theirs = Path(os.path.join(os.readlink(place / "cwd"), _after(words, "--dir")))
        status = (place / "status").read_text()
    except OSError:
        return None  # it has ended, or it is another user's and we may not look
    if theirs.resolve() != folder:
        return None
    number = _after(words, "--number")
    return Running(f"{MODULES[module]} {number}".strip(), int(place.name), _resident(status))


def _after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1] if option in words[:-1] else ""


def _resident(status: str) -> int:
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) if lines else 0
