"""What the figures were measured on, and what a process takes of it."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Ran:
    """A process that has ended well."""

    seconds: float
    peak_mb: float
    output: bytes


def run(*words: object) -> Ran:
    """Run a command in the checkout. Its peak memory is at least ours at the start, since Linux
    counts the moment between fork and exec: keep this process small until the last one has run."""
    began = time.perf_counter()
    process = subprocess.Popen([str(word) for word in words], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise SystemExit(f"{' '.join(process.args)}: exit code {process.returncode}")  # type: ignore[arg-type]
    return Ran(seconds, usage.ru_maxrss * 1024 / MB, output)


def memory_mb() -> float:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


def facts() -> Iterator[str]:
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MB
    load = os.getloadavg()[0]
    yield f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {total_mb:,.0f} MB"
    yield f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    yield f"load when it began: {load:.1f}"


def _processor() -> str:
    """The model; boards such as the Pi say theirs in the device tree."""
    board = Path("/proc/device-tree/model")
    if board.is_file():
        return board.read_text().rstrip("\0")
    models: Sequence[str] = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return models[0] if models else platform.machine()
