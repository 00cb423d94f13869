"""Which programs of ours run in a data folder, as the system's own list of processes has it."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
MODULES: Final = {
    "appliance.dns": "dns",
    "appliance.recording": "recording",
    "webadmin.staff": "staff",
    "webadmin.public": "public",
}


@dataclass(frozen=True, slots=True, order=True)
class Running:
    """One program at work."""

    name: str  # "dns 1", "recording"
    pid: int
    memory_kb: int  # resident; what several programs share is counted in each
    parent: int = 0


def running(folder: Path, proc: Path = PROC) -> list[Running]:
    """Ours, in this data folder; programs of others, or in other folders, are left out. One that
    has forked itself is told of once."""
    found = {}
    for place in proc.iterdir():
        if place.name.isdigit():
            one = _ours(place, folder.resolve())
            if one:
                found[one.pid] = one
    forked = [one for one in found.values() if _is_same(one, found.get(one.parent))]
    own = {one.parent: one.memory_kb for one in forked}
    return sorted(
        dataclasses.replace(one, memory_kb=max(one.memory_kb, own.get(one.pid, 0)))
        for one in found.values()
        if one not in forked
    )


def _is_same(one: Running, parent: Running | None) -> bool:
    return parent is not None and parent.name == one.name


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
    name = f"{MODULES[module]} {number}".strip()
    return Running(name, int(place.name), _number(status, "VmRSS:"), _number(status, "PPid:"))


def _after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1] if option in words[:-1] else ""


def _number(status: str, what: str) -> int:
    lines = [line for line in status.splitlines() if line.startswith(what)]
    return int(lines[0].split()[1]) if lines else 0
