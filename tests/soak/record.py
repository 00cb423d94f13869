"""python -m tests.soak.record --seconds 600 --rate 5000: is every refused question on record, once,
whoever is killed?

A box under load; every ten seconds or so the recorder or a resolver is killed. Then each answer
that was heard is looked for in the record: what was older than 200 ms at a resolver's death has to
be there once, and nothing may be there twice.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from appliance.processes import running
from appliance.recording import health
from appliance.recording.channel import SUFFIX
from appliance.recording.recorder import EVENTS
from appliance.store.database import FILE, Record
from appliance.store.writer import file_offsets
from tests.soak.client import Asked, Client, Seen
from tests.soak.history import History
from tests.soak.questions import Kind, Question, make, write_edition
from tests.soak.upstream import Outside
from tests.trial import Trial

REFUSED_SHARE: Final = 0.2
POOL: Final = 400  # names that are open
OFTEN: Final = 40  # refused names that are asked over and over: runs
KILL_SECONDS: Final = 10.0
UNSURE_SECONDS: Final = 0.2  # before a resolver's death
NEAR_SECONDS: Final = 3.0  # around the recorder's
STORED_SECONDS: Final = 180.0  # for the recorder to come back and catch up, on a busy machine
QUIET_SECONDS: Final = 2.0


@dataclass
class Account:
    """What was asked, what was heard, and what is on record."""

    seen: Seen
    history: History
    deaths: Counter[str]
    asked: Counter[str] = field(default_factory=Counter)  # refused ones, by name
    sure: Counter[str] = field(default_factory=Counter)  # … heard, and no death was near
    stored: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    lost: int = 0  # refused ones of which the record says that there was no room for them
    took: array[float] = field(default_factory=lambda: array("d"))
    took_near: array[float] = field(default_factory=lambda: array("d"))  # a death of the recorder
    complaints: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return sum((self.sure - self.stored).values())

    @property
    def doubled(self) -> int:
        return sum((self.stored - self.asked).values())

    @property
    def lost_elsewhere(self) -> int:
        return sum(1 for at in self.seen.lost if not self.history.may_be_lost(at))

    @property
    def faults(self) -> list[str]:
        faults = [f"WRONG {one}" for one in self.seen.wrong[:10]] + self.complaints
        if self.missing:
            faults.append(f"{self.missing} refused questions are not on record")
        if self.doubled:
            faults.append(f"{self.doubled} are on record more often than they were asked")
        if self.lost_elsewhere:
            faults.append(f"{self.lost_elsewhere} answers lost, though no resolver died")
        return faults

    def __str__(self) -> str:
        seen, asked, stored = self.seen, self.asked.total(), self.stored.total()
        deaths = ", ".join(f"{n} × {name}" for name, n in sorted(self.deaths.items())) or "none"
        return (
            f"{seen.sent:,} asked, {seen.answered:,} answered, {len(seen.wrong)} wrong, "
            f"{len(seen.lost):,} lost ({self.lost_elsewhere} of them not by a death); "
            f"killed: {deaths}\n"
            f"refused: {asked:,} asked, {self.sure.total():,} surely answered, {stored:,} on "
            f"record in {self.rows:,} rows, {self.lost:,} without room; {self.missing} missing, "
            f"{self.doubled} doubled\n"
            f"p50 {_part(self.took, 0.5):.2f} ms, p99 {_part(self.took, 0.99):.2f} ms; within "
            f"{NEAR_SECONDS:g} s of the recorder's deaths p50 {_part(self.took_near, 0.5):.2f} ms, "
            f"p99 {_part(self.took_near, 0.99):.2f} ms; the sender itself was up to "
            f"{seen.sender_late * 1000:.0f} ms late"
        )


def _part(took: array[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(took) or [0.0]
    return ordered[int(len(ordered) * share)] * 1000


class Bookkeeper(Client):
    """Asks as the soak does, and keeps the account."""

    def __init__(self, port: int, account: Account, recorder_deaths: list[float]) -> None:
        super().__init__(port, questions(Random(7), account), account.history)
        self.seen = account.seen
        self.account = account
        self.recorder_deaths = recorder_deaths
        self.heard: list[tuple[str, float]] = []  # refused names, and when

    def _judge(self, reply: bytes, asked: Asked | None, at: float) -> None:
        before = len(self.seen.wrong)
        super()._judge(reply, asked, at)
        self.seen.latencies.clear()  # those below know more
        if asked is None or len(self.seen.wrong) > before:
            return
        if asked.question.kind is Kind.REFUSED:
            self.heard.append((_name(asked.question), at))
        if self.history.is_near_death(asked.at, at):
            return
        is_near = any(abs(at - death) < NEAR_SECONDS for death in self.recorder_deaths[-2:])
        (self.account.took_near if is_near else self.account.took).append(max(at - asked.at, 0))


def questions(random: Random, account: Account) -> Iterator[Question]:
    """One in five is refused; of these half are names that come once."""
    pool = [make(Kind.OPEN, f"s{n}.open.example", parity=-1) for n in range(POOL)]
    number = 0
    while True:
        if random.random() >= REFUSED_SHARE:
            yield random.choice(pool)
            continue
        number += 1
        name = f"r{number}" if number % 2 else f"often{random.randrange(OFTEN)}"
        account.asked[f"{name}.tiktok.com"] += 1
        yield make(Kind.REFUSED, f"{name}.tiktok.com", parity=2, number=number)


def _name(question: Question) -> str:
    label = question.message[11 : 11 + question.message[10]]
    return f"{label.decode()}.tiktok.com"


class Killing:
    """Kills the recorder or a resolver, by the dice, until it is over."""

    def __init__(self, folder: Path, history: History, every: float, random: Random) -> None:
        self.folder, self.history, self.every, self.random = folder, history, every, random
        self.recorder_deaths: list[float] = []
        self.deaths: Counter[str] = Counter()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._kill)

    def __enter__(self) -> Killing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _kill(self) -> None:
        while not self._is_over.wait(self.every * self.random.uniform(0.5, 1.5)):
            alive = running(self.folder)
            kind = self.random.choice(("recording", "dns"))
            victims = [one for one in alive if one.name.startswith(kind)] or alive
            if not victims or (kind == "dns" and len(victims) < 2):
                continue  # somebody has to answer; the supervisor makes those wait who die often
            victim = self.random.choice(victims)
            self.deaths[victim.name] += 1
            is_recorder = victim.name == "recording"
            # noted before: what is heard meanwhile may be lost with it
            (self.recorder_deaths if is_recorder else self.history.deaths).append(time.time())
            os.kill(victim.pid, signal.SIGKILL)


def soak(
    folder: Path, seconds: float, rate: int, *, every: float = KILL_SECONDS, seed: int = 1
) -> Account:
    """So many seconds of it."""
    policy, listed = folder / "policy.toml", folder / "listed.txt"
    write_edition(0, policy, listed)
    box_folder = folder / "box"
    words = ("--policy", policy, "--list", listed, "--workers", "2")
    with Outside() as outside:
        with Trial(box_folder, *words, upstream=f"127.0.0.1:{outside.port}") as box:
            port = int(box.place.rpartition(":")[2])
            history = History()
            killing = Killing(box_folder, history, every, Random(seed))
            account = Account(Seen(), history, killing.deaths)
            with Bookkeeper(port, account, killing.recorder_deaths) as client:
                with killing:
                    client.run(seconds, rate)
                _wait_until_stored(box_folder)
            for name, at in client.heard:
                if not any(0 <= death - at < UNSURE_SECONDS for death in history.deaths):
                    account.sure[name] += 1
            account.complaints += [
                one for one in box.told if "Traceback" in one or "Error" in one
            ] + list(_problems(box_folder))
    _count(box_folder, account)
    return account


def _wait_until_stored(folder: Path) -> None:
    """Until nothing waits in any resolver's file, for a while: one may be about to write."""
    end, quiet_since = time.monotonic() + STORED_SECONDS, time.monotonic()
    while time.monotonic() < min(end, quiet_since + QUIET_SECONDS):
        time.sleep(0.2)
        if _waiting_bytes(folder):
            quiet_since = time.monotonic()


def _waiting_bytes(folder: Path) -> int:
    with Record.look(folder / FILE) as record:
        stored = file_offsets(record)
    waiting = 0
    for path in (folder / EVENTS).glob(f"*/*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):  # stored, and deleted meanwhile
            waiting += path.stat().st_size - stored.get(f"{path.parent.name}/{path.name}", 0)
    return waiting


def _problems(folder: Path) -> Iterator[str]:
    said = health.read(folder)
    if said is None:
        yield "the recorder says nothing of its health"
    else:
        yield from said.problems


def _count(folder: Path, account: Account) -> None:
    with Record.look(folder / FILE) as record:
        account.lost = int(record.number("SELECT sum(refused) FROM lost"))
        for spelled, count, rows in record.conn.execute(
            "SELECT spelled, sum(count), count(*) FROM refused JOIN name ON name.id = name "
            "GROUP BY name"
        ):
            account.stored[spelled[::-1]] += count
            account.rows += rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.soak.record", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=5_000, help="questions a second")
    parser.add_argument("--every", type=float, default=KILL_SECONDS, help="seconds between deaths")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bellgate-soak-") as folder:
        account = soak(Path(folder), words.seconds, words.rate, every=words.every, seed=words.seed)
    print(account)
    print(*account.faults, sep="\n")
    sys.exit(1 if account.faults else 0)


if __name__ == "__main__":
    main()
