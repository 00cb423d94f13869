"""A box whose recorder runs by our own clock: what it refuses is recorded and sealed for real."""

from __future__ import annotations

import ipaddress
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.config import Recording
from appliance.event import Asker, Means, State, asker_mark, ruling_of, time_mark
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.recording import proof
from appliance.recording.anchor import Signed
from appliance.recording.channel import Channel
from appliance.recording.findings import Findings
from appliance.recording.keyring import Keyring
from appliance.recording.recorder import EVENTS, Recorder
from appliance.store.database import FILE, Record
from tests.recording.noting import asked_mark, labels

TUESDAY_9_00 = 1_795_510_800  # 24 November 2026
DAY = 86_400
POLICY = b"""format = 1
[school]
name = "Bellgate Primary"
[[rule]]
id = "all-social-media"
says = "All social media is blocked \xe2\x80\x93 na zaj\xc4\x99ciach te\xc5\xbc."
"""


class Box:
    """A data folder with a recorder."""

    def __init__(self, folder: Path, *, days_kept: int = 90) -> None:
        self.folder = folder
        self.now = float(TUESDAY_9_00)
        self.passed = 0.0
        self.settings = Recording(refused_days=days_kept)
        self._start()
        self.channel = Channel(folder / EVENTS / "1", self.now)
        self.channel.tell(State("5f3c9a01c277de5b", "Lesson 1"))

    def _start(self) -> None:
        self.recorder = Recorder(self.folder, self.settings, lambda: self.now, lambda: self.passed)
        self.recorder.startup()
        self.is_running = True

    def refuse(
        self, *names: str, device: str = "dans-tablet", address: str = "10.20.3.7", rule: str = ""
    ) -> None:
        """Each of these names, a second after the other."""
        who = Who("pupils", device, frozenset({"class-7b"}))
        asker = Asker(ipaddress.ip_address(address), who, Means.MAC, mac="02:00:00:00:00:07")
        verdict = Verdict(
            Action.BLOCK, DecidedBy.RULE, rule=rule or "all-social-media", clause="7.1", service="x"
        )
        for name in names:
            self.now += 1
            self.channel.notes += [
                time_mark(int(self.now * 1000)),
                asker_mark(asker),
                asked_mark(labels(name), 1, ruling_of(verdict)),
            ]

    def wait(self, seconds: float, steps: int = 1) -> None:
        for _ in range(steps):
            self.now += seconds
            self.passed += seconds
            self.channel.flush(self.now)
            self.recorder.tick()

    def seal(self) -> None:
        """Until all that was refused is final and sealed."""
        self.wait(70, steps=4)

    def tomorrow(self) -> None:
        self.wait(DAY)
        self.seal()

    def restart(self) -> None:
        self.recorder.shutdown()
        self._start()

    def stop(self) -> None:
        """Once: a second time there is nothing to stop."""
        if self.is_running:
            self.recorder.shutdown()
        self.is_running = False

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """What somebody with a database tool does; how many rows it changes."""
        with sqlite3.connect(self.folder / FILE) as conn:
            changed = conn.execute(sql, parameters).rowcount
        conn.close()
        return changed

    def ask(self, sql: str) -> list[Any]:
        conn = sqlite3.connect(self.folder / FILE)
        try:
            return conn.execute(sql).fetchall()
        finally:
            conn.close()

    def copy(self, folder: Path) -> Path:
        """The data folder as it is now, for somebody to play with."""
        with sqlite3.connect(self.folder / FILE) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.close()
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("run", "*-wal", "*-shm"))
        return folder


def verify(folder: Path, kept: Sequence[Signed] = ()) -> Findings:
    trusted = {one.key for one in Keyring(folder).known()}
    with Record.look(folder / FILE) as record:
        return proof.verify(record, trusted, kept)
