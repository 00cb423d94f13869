"""The load, and what it saw: our own client, or dnsperf where rate and CPU are all that counts."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.speed.process import LOOPBACK, which

HERE = Path(__file__).parent
WINDOW = 100  # questions in flight, as many as dnsperf keeps


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of the questions; latencies in milliseconds, none where dnsperf asked."""

    sent: int
    answered: int
    lost: int
    wrong: int
    late: int
    seconds: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    gap_ms: float | None = None
    sender_late_ms: float | None = None

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def build(folder: Path, *programs: str) -> None:
    """Compile ours; the machine needs gcc and nothing else."""
    compiler = which("gcc") or which("cc")
    if not compiler:
        raise SystemExit("a C compiler is needed for the floor and the load: apt install gcc")
    for program in programs:
        source, target = HERE / f"{program}.c", folder / program
        subprocess.run([compiler, "-O2", "-o", str(target), str(source)], check=True)


class Load:
    """Asks one server after the other from the same core."""

    def __init__(self, folder: Path, cores: Sequence[int], *, dnsperf: bool) -> None:
        self.loader = folder / "loader"
        self.folder = folder
        self.cores = cores
        self.dnsperf = which("dnsperf") if dnsperf else None

    def flood(self, port: int, questions: Path, seconds: float, *, once: bool = False) -> Seen:
        """As fast as answers come back; `once`: no question is asked a second time."""
        if not self.dnsperf:
            passes = ("--passes", 1) if once else ()
            return self.ask(port, questions, "--seconds", seconds, *passes)
        plain = questions.with_suffix(".dnsperf")
        if not plain.exists() or plain.stat().st_mtime < questions.stat().st_mtime:
            lines = questions.read_text().splitlines()
            plain.write_text("".join(f"{line.rpartition(' ')[0]}\n" for line in lines))
        words = ["-s", LOOPBACK, "-p", port, "-d", plain, "-l", seconds, "-q", WINDOW, "-t", 1]
        said = self._run([self.dnsperf, *words, *(("-n", 1) if once else ())])
        return Seen(
            sent=int(_found(r"Queries sent: +(\d+)", said)),
            answered=int(_found(r"Queries completed: +(\d+)", said)),
            lost=int(_found(r"Queries lost: +(\d+)", said)),
            wrong=0,
            late=0,
            seconds=_found(r"Run time \(s\): +([\d.]+)", said),
        )

    def pace(self, port: int, questions: Path, rate: int, seconds: float, *more: object) -> Seen:
        """So many a second whatever happens."""
        return self.ask(port, questions, "--rate", rate, "--seconds", seconds, *more)

    def ask(self, port: int, questions: Path, *more: object) -> Seen:
        """Our own client: it checks each answer."""
        return read(self._run([self.loader, port, questions, *more]))

    def start(self, port: int, questions: Path, *more: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._words([self.loader, port, questions, *more]),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, running: subprocess.Popen[str]) -> Seen:
        """No more questions; wait for the answers still out."""
        running.send_signal(signal.SIGTERM)
        said, complaints = running.communicate(timeout=30)
        if complaints:
            print(complaints.strip())
        return read(said)

    def _run(self, words: Sequence[object]) -> str:
        ran = subprocess.run(self._words(words), stdout=subprocess.PIPE, text=True, check=True)
        return ran.stdout

    def _words(self, words: Sequence[object]) -> list[str]:
        return ["taskset", "-c", ",".join(map(str, self.cores)), *map(str, words)]


def read(said: str) -> Seen:
    values = json.loads(said)
    milliseconds = {
        f"{name.removesuffix('_us')}_ms": values.pop(name) / 1000
        for name in [*values]
        if name.endswith("_us")
    }
    return Seen(**values, **milliseconds)


def _found(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    if not match:
        raise SystemExit(f"dnsperf said something else than expected:\n{text}")
    return float(match[1])
