"""A resolver as the recorder knows it: somebody who notes questions in files. And its recorder."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from appliance.config import Recording
from appliance.event import (
    Asker,
    Means,
    State,
    asked_head,
    asker_mark,
    ruling_of,
    time_mark,
)
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.recording.channel import Channel
from appliance.recording.recorder import EVENTS, FOLD_SECONDS, Recorder
from appliance.store.database import FILE, Record
from appliance.store.rows import Row
from appliance.store.search import Wish, find

TUESDAY = 1_795_515_300.0  # 24 November 2026, 10:15 in London
TIKTOK = Verdict(
    Action.BLOCK,
    DecidedBy.RULE,
    rule="all-social-media",
    clause="7.1",
    target="social-media",
    service="tiktok",
    category="media-sharing",
)
ALLOWED = Verdict(Action.ALLOW, DecidedBy.DEFAULT)
TABLET = Asker(
    ipaddress.ip_address("10.20.3.7"),
    Who("pupils", "dans-tablet", frozenset({"class-7b"})),
    Means.ADDRESS,
)
LESSON = State("a" * 32, "Lesson 1", True)
A, AAAA, HTTPS, TXT = 1, 28, 65, 16


def labels(name: str) -> bytes:
    parts = [part.encode("latin-1") for part in name.split(".") if part]
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def asked_mark(name: bytes, qtype: int, ruling: bytes, flags: int = 0) -> bytes:
    """The second half of a question mark, as a resolver puts it together."""
    question = bytes(10) + name + qtype.to_bytes(2, "big") + b"\0\1"
    return asked_head(ruling, len(question), flags) + question


class Clock:
    """A time that a test sets, and another that only goes on."""

    def __init__(self, now: float = TUESDAY) -> None:
        self.now = now
        self.steady = 1000.0

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.steady += seconds


class Noter:
    """One resolver's notes."""

    def __init__(self, folder: Path, clock: Clock, number: int = 1) -> None:
        self.clock = clock
        self.channel = Channel(folder / EVENTS / f"dns-{number}", clock.now)
        self.channel.tell(LESSON)
        self.refused = 0

    def ask(
        self,
        name: str,
        verdict: Verdict = TIKTOK,
        asker: Asker = TABLET,
        qtype: int = A,
        flags: int = 0,
    ) -> None:
        self.channel.notes += [
            time_mark(int(self.clock.now * 1000)),
            asker_mark(asker),
            asked_mark(labels(name), qtype, ruling_of(verdict), flags),
        ]
        self.refused += not verdict.allowed

    def flush(self) -> None:
        self.channel.flush(self.clock.now)

    def stop(self) -> None:
        self.channel.close(self.clock.now)


class Box:
    """A data folder, one resolver's notes and the recorder of it, by a clock of the test's."""

    def __init__(self, folder: Path, settings: Recording | None = None) -> None:
        self.folder = folder
        self.clock = Clock()
        self.settings = settings or Recording()
        self.noter = Noter(folder, self.clock)
        self.recorder = self.start()

    def start(self) -> Recorder:
        clock = self.clock
        self.recorder = Recorder(
            self.folder, self.settings, lambda: clock.now, lambda: clock.steady
        )
        self.recorder.startup()
        return self.recorder

    def ask(self, *names: str, **how: object) -> None:
        for name in names:
            self.noter.ask(name, **how)  # type: ignore[arg-type]

    def store(self) -> None:
        """What was asked is in the record."""
        self.noter.flush()
        self.clock.wait(self.settings.commit_seconds)
        self.recorder.tick()

    def settle(self) -> None:
        """All rows are final, and summed up."""
        self.store()
        self.clock.wait(70)
        self.recorder.tick()
        self.clock.wait(FOLD_SECONDS)
        self.recorder.tick()

    @property
    def problems(self) -> list[str]:
        return list(self.recorder.report.problems.values())

    def look(self) -> Record:
        return Record.look(self.folder / FILE)

    def rows(self, **wish: object) -> list[Row]:
        """What is on record, the oldest first."""
        with self.look() as record:
            return find(record, Wish(**wish), limit=100_000)[::-1]  # type: ignore[arg-type]

    def count(self) -> int:
        """How many refused questions are on record."""
        return sum(row.count for row in self.rows())
