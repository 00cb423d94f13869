"""A box under load, and what befalls it: policies and lists change, workers die, so does the
world outside.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from appliance.dns.resolver import EVENTS
from appliance.event import Event, read
from tests.console import CHECKOUT
from tests.soak.client import Client, Seen
from tests.soak.history import Allowance, History
from tests.soak.questions import Kind, questions, write_edition
from tests.soak.upstream import Outside
from tests.trial import Trial

CYCLE_SECONDS: Final = 60.0  # at most; a shorter run has one cycle, as long as it
DEATHS: Final = (0.13, 0.38, 0.83)  # of workers, in parts of a cycle
OUTSIDE_DEAD: Final = (0.5, 0.75)
PUBLISH_SECONDS: Final = 5.0
FIRST_NAMES: Final = 600  # questions asked before the soak begins: caches are warm then


@dataclass
class Verdict:
    """A soak, judged."""

    seen: Seen
    history: History
    lost_elsewhere: int  # not with a killed worker
    unrecorded: int  # refusals that the record misses
    unrecorded_at_deaths: int  # … of the last moments of a killed worker
    slowest_switch: float  # from a publish's end to the last answer by the policy before it
    complaints: list[str]

    @property
    def faults(self) -> list[str]:
        seen = self.seen
        faults = [f"WRONG {one}" for one in seen.wrong[:10]]
        if len(seen.wrong) > 10:
            faults.append(f"… {len(seen.wrong)} wrong answers in all")
        if self.lost_elsewhere:
            faults.append(f"{self.lost_elsewhere} answers lost, though no worker died")
        if self.unrecorded:
            faults.append(f"{self.unrecorded} refusals are not on record")
        if seen.failures[Kind.OPEN]:
            faults.append(f"{seen.failures[Kind.OPEN]} SERVFAILs for names that were in the cache")
        return faults + self.complaints

    def __str__(self) -> str:
        seen = self.seen
        ordered = sorted(seen.latencies) or [0.0]
        p50, p99 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99))
        failures = ", ".join(f"{n} {kind.name}" for kind, n in seen.failures.items()) or "none"
        return (
            f"{seen.sent:,} asked, {seen.answered:,} answered, {len(seen.wrong)} wrong, "
            f"{len(seen.lost)} lost ({self.lost_elsewhere} of them not by a death)\n"
            f"p50 {p50:.2f} ms, p99 {p99:.2f} ms; worst {seen.worst * 1000:.0f} ms, "
            f"{seen.late} later than 20 ms, away from deaths; "
            f"worst of all {seen.worst_of_all * 1000:.0f} ms; "
            f"the sender itself was up to {seen.sender_late * 1000:.0f} ms late\n"
            f"{len(self.history.published)} publishes, the slowest switch "
            f"{self.slowest_switch * 1000:+.0f} ms behind its end; "
            f"{len(self.history.deaths)} workers killed\n"
            f"while the upstream was dead: SERVFAIL for {failures}; names that were in the cache "
            f"waited {seen.worst_stale * 1000:.0f} ms at most\n"
            f"{len(seen.refused):,} refusals: {self.unrecorded} not on record, and "
            f"{self.unrecorded_at_deaths} of a worker's last 200 ms"
        )


USUAL: Final = Allowance()


def soak(
    folder: Path, seconds: float, rate: int, *, seed: int = 1, allowance: Allowance = USUAL
) -> Verdict:
    """So many seconds of it."""
    policy, listed = folder / "policy.toml", folder / "listed.txt"
    write_edition(0, policy, listed)
    words = ("--policy", policy, "--list", listed, "--workers", "2")
    with Outside() as outside:
        upstream = f"127.0.0.1:{outside.port}"
        with Trial(folder / "box", "--only", "dns", *words, upstream=upstream) as box:
            port = int(box.place.rpartition(":")[2])
            with Client(port, questions(Random(seed)), History()) as warming:
                warming.run(2.0, FIRST_NAMES)
            history = History(allowance)
            befalls = Befalling(box, outside, history, policy, listed, seconds)
            with Client(port, questions(Random(seed + 1)), history) as client, befalls:
                seen = client.run(seconds, rate)
            complaints = [one for one in box.told if "Traceback" in one or "Error" in one]
        return _judged(seen, history, befalls, folder / "box", complaints)


class Befalling:
    """Does it all, by the clock, in threads of its own."""

    def __init__(
        self,
        box: Trial,
        outside: Outside,
        history: History,
        policy: Path,
        listed: Path,
        seconds: float,
    ) -> None:
        self.box, self.outside, self.history = box, outside, history
        self.policy, self.listed = policy, listed
        self.seconds = seconds
        self.is_over = threading.Event()
        self.faults: list[str] = []
        stories: tuple[Callable[[], None], ...] = (self._publish, self._kill, self._go_dark)
        self._threads = [threading.Thread(target=story) for story in stories]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self._threads:
            thread.join()

    def _wait_until(self, moment: float) -> bool:
        """False where the soak is over first."""
        return not self.is_over.wait(max(self.history.begun + moment - time.time(), 0))

    def _moments(self, *shares: float) -> list[float]:
        cycle = min(self.seconds, CYCLE_SECONDS)
        starts = [cycle * n for n in range(int(self.seconds / cycle + 0.5))]
        return [start + share * cycle for start in starts for share in shares]

    def _publish(self) -> None:
        edition, every = 0, min(PUBLISH_SECONDS, self.seconds / 3)
        command = [sys.executable, "-m", "appliance", "publish", "--policy", str(self.policy)]
        command += ["--list", str(self.listed), "--dir", str(self.box.folder)]
        environ = os.environ | {"PYTHONPATH": str(CHECKOUT)}
        while self._wait_until(every * (edition + 0.5)):
            edition += 1
            write_edition(edition, self.policy, self.listed)
            begun = time.time()
            self.history.published.append((begun, float("inf")))
            ran = subprocess.run(command, env=environ, capture_output=True, text=True)
            self.history.published[-1] = (begun, time.time())
            if ran.returncode:
                self.faults.append(f"publish: {ran.stderr}")

    def _kill(self) -> None:
        for turn, moment in enumerate(self._moments(*DEATHS)):
            if not self._wait_until(moment):
                return
            number = turn % 2 + 1
            pid = int(re.split(r"process ", self.box.hears(f"^dns {number} started")[-1])[1])
            self.history.deaths.append(time.time())
            os.kill(pid, signal.SIGKILL)

    def _go_dark(self) -> None:
        for turn, moment in enumerate(self._moments(*OUTSIDE_DEAD)):
            is_on_time = self._wait_until(moment)
            if turn % 2 == 0 and is_on_time:
                self.history.outside_dead.append((time.time(), float("inf")))
                self.outside.die()
            elif turn % 2:
                self.outside.come_back()
                begun, _ = self.history.outside_dead[-1]
                self.history.outside_dead[-1] = (begun, time.time())
            if not is_on_time:
                return


def _judged(
    seen: Seen, history: History, befalls: Befalling, folder: Path, complaints: list[str]
) -> Verdict:
    recorded = _recorded(folder)
    missing = [at for number, at in seen.refused.items() if number not in recorded]
    at_deaths = sum(1 for at in missing if history.may_have_no_record(at))
    return Verdict(
        seen,
        history,
        lost_elsewhere=sum(1 for at in seen.lost if not history.may_be_lost(at)),
        unrecorded=len(missing) - at_deaths,
        unrecorded_at_deaths=at_deaths,
        slowest_switch=seen.slowest_switch,
        complaints=complaints + befalls.faults,
    )


def _recorded(folder: Path) -> set[int]:
    """The numbers of the refused names that the record holds."""
    numbers = set()
    for path in (folder / EVENTS).glob("dns-*/*.events"):
        for event in read(path.read_bytes()):
            if isinstance(event, Event) and event.name.endswith(b"\6tiktok\3com\0"):
                assert event.verdict.action == "block", event
                numbers.add(int(event.name[2 : 1 + event.name[0]]))
    return numbers
