"""Which programs of ours run in a data folder, as the system's own list of processes has it."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.kin import name_of

PROC: Final = Path("/proc")
MODULES: Final = {
    "appliance.dns": "dns",
    "appliance.recording": "recording",
    "webadmin.staff": "staff",
    "webadmin.public": "public",
}
FOREGROUND: Final = "appliance.foreground"


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
        name = _name(place, words)
        if not name:
            return None
        theirs = Path(os.path.join(os.readlink(place / "cwd"), _after(words, "--dir")))
        status = (place / "status").read_text()
    except OSError:
        return None  # it has ended, or it is another user's and we may not look
    if theirs.resolve() != folder:
        return None
    return Running(name, int(place.name), _number(status, "VmRSS:"), _number(status, "PPid:"))


def _name(place: Path, words: list[str]) -> str:
    """What it is among our programs; empty: none of them. Copies of a `bellgate run` have its
    command line, and a name of their own."""
    module = _after(words, "-m")
    if module == FOREGROUND:
        name = name_of(place)
        return name if name.partition(" ")[0] in MODULES.values() else ""
    number = _after(words, "--number")
    return f"{MODULES[module]} {number}".strip() if module in MODULES else ""


def _after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1] if option in words[:-1] else ""


def _number(status: str, what: str) -> int:
    lines = [line for line in status.splitlines() if line.startswith(what)]
    return int(lines[0].split()[1]) if lines else 0
