"""What the whole of Bellgate takes of a box's memory: every process, after a school's traffic.

    python -m tests.speed.memory --names big.txt.gz --queries day.txt.gz

PSS is what counts: what a process has alone, and its part of what several share.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from appliance.commands.choices import profile_path
from appliance.processes import running
from appliance.running import now
from tests.speed.load import build
from tests.speed.machine import MB, facts
from tests.speed.ours import BELLGATE, PROFILE
from tests.speed.process import LOOPBACK, Process, free_port, tail
from tests.speed.visits import ask, at_the_counter, at_the_desk, devices, questions, sign_in

GROUP = "pupils"
LESSON = "2026-11-24T09:30:00"
SETTLES = 5.0  # seconds, after the last question
SHARES = ("Pss", "Private_Clean", "Private_Dirty", "Shared_Clean", "Shared_Dirty")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process takes, in MB."""

    name: str
    pss: float
    private: float
    shared: float


def main() -> None:
    words = _arguments()
    print(*facts(), "", sep="\n")
    with tempfile.TemporaryDirectory(prefix="bellgate-memory-") as folder, ExitStack() as stack:
        for line in _measured(words, Path(folder), stack):
            print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.speed.memory")
    parser.add_argument("--names", type=Path, required=True, metavar="FILE", help="a list")
    parser.add_argument(
        "--queries", type=Path, required=True, metavar="FILE", help="`name TYPE` a line"
    )
    parser.add_argument("--devices", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rate", type=int, default=500, help="questions a second")
    parser.add_argument("--seconds", type=float, default=180, help="of traffic")
    return parser.parse_args()


def _measured(words: argparse.Namespace, folder: Path, stack: ExitStack) -> Iterator[str]:
    build(folder, "authority")
    cores = sorted(os.sched_getaffinity(0))
    authority = free_port()
    stack.enter_context(Process([folder / "authority", authority], cores, folder / "authority.log"))
    dns, staff, public = free_port(), free_port(), free_port()
    data = folder / "var"
    box = Process(
        [
            *(*BELLGATE, "run", "--dir", data, "--clock", LESSON, "--workers", words.workers),
            *("--policy", _policy(folder, words.devices), "--list", _plain(folder, words.names)),
            *("--upstream", f"{LOOPBACK}:{authority}", "--dns", f"{LOOPBACK}:{dns}"),
            *("--staff", f"{LOOPBACK}:{staff}", "--public", f"{LOOPBACK}:{public}"),
        ],
        cores,
        folder / "log",
    )
    stack.enter_context(box)
    _until_ready(box)
    yield from _table("as it starts", _taken(box, data))
    cookies = sign_in(data, now(data))
    asked, sent = questions(words.queries), 0
    pages: dict[str, int] = {}
    for _ in range(2):
        sent += ask(dns, words.devices, asked, words.rate, words.seconds / 2)
        pages |= at_the_desk(staff, cookies) | at_the_counter(public)
    time.sleep(SETTLES)
    yield f"{sent:,} questions of {words.devices:,} devices, {len(pages)} pages, twice"
    wrong = [f"{path}: {status}" for path, status in pages.items() if status >= 500]
    yield from _table("after that", _taken(box, data))
    if wrong:
        sys.exit("\n".join([*wrong, tail(box.log)]))


def _policy(folder: Path, count: int) -> Path:
    """The ready policy of a primary school, with so many devices."""
    path = folder / "policy.toml"
    text = profile_path(PROFILE).read_text(encoding="utf-8")
    path.write_text(text + "".join(devices(count, GROUP)), encoding="utf-8")
    return path


def _plain(folder: Path, names: Path) -> Path:
    path = folder / "list.txt"
    with gzip.open(names) if names.suffix == ".gz" else names.open("rb") as read:
        with path.open("wb") as written:
            shutil.copyfileobj(read, written)
    return path


def _until_ready(box: Process) -> None:
    while "ready dns=" not in box.log.read_text():
        box.must_run()
        time.sleep(0.1)


def _taken(box: Process, data: Path) -> list[Taken]:
    """All processes of the box, largest first but for the one that keeps the others."""
    named = {one.pid: one.name for one in running(data)}
    names = {pid: named.get(pid, "") for pid in box.tree}
    names[box.tree[0]] = "bellgate run"
    return [_of(pid, name or "… its worker") for pid, name in names.items()]


def _of(pid: int, name: str) -> Taken:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kb = {what: int(number) for what, number in re.findall(r"^(\w+): +(\d+) kB$", text, re.M)}
    pss, *rest = (kb[what] * 1024 / MB for what in SHARES)
    return Taken(name, pss, sum(rest[:2]), sum(rest[2:]))


def _table(title: str, taken: Sequence[Taken]) -> Iterator[str]:
    yield f"\n| {title}, MB | PSS | private | shared |\n|---|--:|--:|--:|"
    for one in taken:
        yield f"| {one.name} | {one.pss:.1f} | {one.private:.1f} | {one.shared:.1f} |"
    pss, private = sum(one.pss for one in taken), sum(one.private for one in taken)
    yield f"| all | {pss:.1f} | {private:.1f} | |\n"


if __name__ == "__main__":
    main()
