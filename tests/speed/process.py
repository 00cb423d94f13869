"""A server under measurement: a process tree on cores of its own, and what it takes of them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from tests.speed.machine import MB, ROOT

LOOPBACK = "127.0.0.1"
STOPS_WITHIN = 10.0


class Process:
    """A command pinned to cores, in a session of its own; stopped when the block ends."""

    def __init__(self, words: Sequence[object], cores: Sequence[int], log: Path) -> None:
        self.words = ["taskset", "-c", ",".join(map(str, cores)), *map(str, words)]
        self.log = log
        self.start()

    def start(self) -> None:
        """Begin, or begin again after a stop: the same command, and the same block that ends it."""
        with self.log.open("ab") as written:
            self.popen = subprocess.Popen(
                self.words, cwd=ROOT, stdout=written, stderr=written, start_new_session=True
            )

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to end, then end what is left of its session."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                pass_on(self.popen.pid, signal.SIGKILL)
        pass_on(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def __str__(self) -> str:
        return " ".join(self.words)

    def must_run(self) -> None:
        if self.popen.poll() is not None:
            raise SystemExit(f"{self}: has ended\n{tail(self.log)}")

    @property
    def tree(self) -> list[int]:
        """The process and all below it."""
        family = [self.popen.pid]
        for pid in family:
            family += children(pid)
        return family

    def cpu_seconds(self) -> float:
        """User and system time of the whole tree, to the nanosecond: the clock that Linux keeps for
        each process (clock_getcpuclockid(3)), of which utime and stime are the rounded form."""
        total = 0.0
        for pid in self.tree:
            try:
                total += time.clock_gettime(~pid << 3 | 2)
            except OSError:
                continue  # it ended meanwhile
        return total

    def pss_mb(self) -> float:
        """Its memory; what it shares with others is divided among them."""
        total = 0
        for pid in self.tree:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total / MB


def pass_on(session: int, number: signal.Signals) -> None:
    """A signal to all that is left of a session which we started."""
    try:
        os.killpg(session, number)
    except ProcessLookupError:
        return


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            yield from map(int, task.read_text().split())
        except OSError:
            continue


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:])


def free_port() -> int:
    """A port that is free for UDP and TCP at this moment."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((LOOPBACK, 0))
            port: int = udp.getsockname()[1]
            try:
                tcp.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


def is_installed(program: str) -> bool:
    """Debian keeps servers where only root's PATH looks."""
    return which(program) is not None


def which(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
