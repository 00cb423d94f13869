"""Millions of names, none of them twice: every cache fills, and then memory stays as it is.

.venv/bin/python -m tests.soak.memory --seconds 300
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from appliance.dns.resolver import EVENTS
from appliance.event import Event, read
from tests.soak.questions import POLICY, TURNS
from tests.speed.load import build
from tests.speed.machine import MB, run
from tests.speed.process import LOOPBACK, children, free_port
from tests.speed.questions import unique, write
from tests.trial import Trial

SETTINGS: Final = """\
[dns]
client_rate = 1000000  # one address asks for the whole school here
client_burst = 1000000
"""
SAMPLES: Final = 12
SETTLED: Final = 3  # samples, after which nothing grows any more
MOST_GROWTH: Final = 1.10
WORKERS: Final = 2
NAMES: Final = 1_000
WINDOW: Final = 50


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.soak.memory")
    parser.add_argument("--seconds", type=float, default=300)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bellgate-memory-") as name:
        folder = Path(name)
        build(folder, "authority", "loader")
        sys.exit(0 if _is_flat(folder, words.seconds) else 1)


def _is_flat(folder: Path, seconds: float) -> bool:
    box, policy = folder / "box", folder / "policy.toml"
    box.mkdir()
    (box / "appliance.toml").write_text(SETTINGS)
    policy.write_text(POLICY.format(turn=TURNS[0]))
    questions = write(folder / "questions", unique(0, NAMES))
    outside = free_port()
    sizes = []
    with (
        _running([folder / "authority", outside]),
        Trial(
            box,
            *("--only", "dns", "--policy", policy, "--workers", str(WORKERS)),
            upstream=f"{LOOPBACK}:{outside}",
        ) as trial,
        _recorder(box) as recorded,
    ):
        port = int(trial.place.rpartition(":")[2])
        workers = list(children(trial.process.pid))
        asked = 0
        for _ in range(SAMPLES):
            said = run(
                folder / "loader", port, questions, "--unique", asked,
                "--window", WINDOW, "--sockets", 16, "--seconds", seconds / SAMPLES,
            )  # fmt: skip
            sent = _number(said.output, b"sent")
            asked += sent
            pss = [_pss_mb(pid) for pid in workers]
            sizes.append(sum(pss))
            print(
                f"{asked:>10,} names asked, {_number(said.output, b'wrong')} wrong, "
                f"{_number(said.output, b'lost')} lost: "
                f"PSS {' + '.join(f'{mb:.1f}' for mb in pss)} MB",
                flush=True,
            )
        time.sleep(0.2)
    print(f"{recorded[0]:,} events read")
    return max(sizes[SETTLED:]) <= sizes[SETTLED] * MOST_GROWTH


def _number(said: bytes, name: bytes) -> int:
    return int(said.partition(b'"%s": ' % name)[2].partition(b",")[0])


def _pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / MB
    raise SystemExit(f"process {pid} has no memory")


@contextmanager
def _running(words: list[object]) -> Iterator[None]:
    process = subprocess.Popen([str(word) for word in words])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def _recorder(box: Path) -> Iterator[list[int]]:
    """Deletes finished files, as whoever stores them does; every hundredth is read."""
    is_over, count = threading.Event(), [0]

    def record() -> None:
        number = 0
        while not is_over.wait(0.5):
            for worker in (box / EVENTS).iterdir():
                for path in sorted(worker.glob("*.events"))[:-1]:
                    number += 1
                    if number % 100 == 0:
                        events = read(path.read_bytes())
                        count[0] += sum(isinstance(event, Event) for event in events)
                    path.unlink()

    thread = threading.Thread(target=record)
    thread.start()
    try:
        yield count
    finally:
        is_over.set()
        thread.join()


if __name__ == "__main__":
    main()
