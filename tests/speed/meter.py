"""What a server took of its core while a load ran, and what others took of it meanwhile."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.speed.process import Process

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    seconds: float  # user and system time of the server
    others: float  # share of the core that processes beside it took


class Meter:
    """Starts when it is made."""

    def __init__(self, process: Process, core: int) -> None:
        self.process, self.core = process, core
        self.began = time.perf_counter()
        self.busy = busy_seconds(core)
        self.cpu = process.cpu_seconds()

    def read(self) -> Spent:
        seconds = self.process.cpu_seconds() - self.cpu
        busy, took = busy_seconds(self.core) - self.busy, time.perf_counter() - self.began
        return Spent(seconds, max(busy - seconds, 0) / took)


def busy_seconds(core: int) -> float:
    """What processes took of a core; interrupts, which nobody can be charged for, are left out."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system = map(int, ticks[:3])
            return (user + nice + system) * TICK
    raise SystemExit(f"/proc/stat knows no core {core}")
