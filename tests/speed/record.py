"""The record at the size it has after 90 days: how fast it answers, how large it is, what it costs.

    python -m tests.speed.record --rows 30000000 --dir DIR

Makes a record of so many refusals by the store's own functions, as a school of 1,000 devices would
leave it, and then asks it what people ask. A record that is there already is asked again.
"""

from __future__ import annotations

import argparse
import ipaddress
import itertools
import random
import statistics
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from appliance.config import Recording
from appliance.event import Asker, Means, State, asker_mark, ruling_of, time_mark
from appliance.policy.clock import SchoolClock
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.recording.channel import Channel
from appliance.recording.health import written_bytes
from appliance.recording.recorder import EVENTS, Recorder
from appliance.store import reports, rollups
from appliance.store.database import FILE, Record
from appliance.store.interned import Interned
from appliance.store.lately import refused_names
from appliance.store.met import met
from appliance.store.news import news
from appliance.store.places import Kind
from appliance.store.reports import By, Span
from appliance.store.search import Match, Wish, find
from appliance.store.today import picture
from appliance.store.uses import last_uses
from appliance.store.writer import Rows, Run, add_sums, insert_runs, set_marks
from tests.recording.noting import asked_mark

DAYS = 90
DEVICES = 1_000
BUSY = (9, 16)  # hours of a school day; a tenth of what is asked falls outside them
NAMES = 6_000  # that are asked again and again
RARE = 200_000  # that are asked once or twice: made-up names, tunnels
SERVICES = 80
CHUNK = 100_000
NOW = 1_795_000_000  # a day in November
CLOCK = SchoolClock("Europe/London")
HOUR = 3600


def day(hour: int) -> int:
    return CLOCK.date(hour * HOUR).toordinal()


def labels(name: str) -> bytes:
    parts = [part.encode() for part in name.split(".")]
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


class School:
    """Who asks for what, weighted as schools are: a few names make most of it."""

    def __init__(self, seed: int = 1) -> None:
        self.dice = random.Random(seed)
        self.names = [
            f"{w}.{self._word()}{n}.{self._end()}"
            for n in range(NAMES // 3)
            for w in ("www", "api", "cdn-eu")
        ]
        weights = list(itertools.accumulate(1 / (n + 3) for n in range(NAMES)))
        self._weights = weights
        self.rulings = [
            ruling_of(
                Verdict(
                    Action.BLOCK,
                    DecidedBy.RULE,
                    rule=f"rule-{n % 7}",
                    clause=f"{n % 9}.1",
                    target="social-media",
                    service=f"service-{n}",
                    category=f"category-{n % 12}",
                )
            )
            for n in range(SERVICES)
        ]
        self.allowed = ruling_of(Verdict(Action.ALLOW, DecidedBy.DEFAULT))
        self.askers = [
            asker_mark(
                Asker(
                    ipaddress.ip_address(f"10.{20 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}"),
                    Who(("pupils", "staff", "guests")[n % 10 // 4], f"device-{n}"),
                    Means.ADDRESS,
                )
            )
            for n in range(DEVICES)
        ]
        self.states = [State("a" * 32, period) for period in ("Lesson 1", "Break", "closed")]

    def pick(self) -> int:
        """Which name: the first ones often, the last ones seldom."""
        return min(bisect(self._weights, self.dice.random() * self._weights[-1]), NAMES - 1)

    def _word(self) -> str:
        return "".join(self.dice.choices("abcdefghijklmnopqrstuvwxyz", k=self.dice.randint(4, 9)))

    def _end(self) -> str:
        return self.dice.choice(("com", "com", "net", "co.uk", "io"))


def make(record: Record, rows: int, school: School) -> None:
    """`rows` refusals over the last days, in the order in which they came."""
    dice, interned = school.dice, Interned(record)
    begun = time.monotonic()
    with record.transaction():
        start_ms = (NOW - DAYS * 86_400) * 1000
        names = [interned.name(labels(name), start_ms) for name in school.names]
        askers = [interned.asker(mark[3:]) for mark in school.askers]
        rulings = [interned.ruling(ruling) for ruling in school.rulings]
        states = [interned.state(state) for state in school.states]
    number = 0
    for moments in batched(_moments(rows, dice), CHUNK):
        with record.transaction():
            runs = []
            for at in moments:
                number += 1
                pick = school.pick()
                name = names[pick]
                if number % max(rows // RARE, 1) == 0:
                    rare = f"{dice.getrandbits(60):x}.{dice.getrandbits(30):x}.example"
                    name = interned.name(labels(rare), at)
                count = 1 + (number % 5 == 0) * dice.randint(1, 8)
                columns = name, dice.choice(askers), rulings[pick % SERVICES], states[number % 3]
                runs.append(Run(number, at, at + count * 900, count, *columns, 3, 0, 0.0))
            insert_runs(record, Rows.REFUSED, runs)
            set_marks(record, {"refused final": number, "refused last": number})
            rollups.fold(record, day)
        if number % (CHUNK * 20) == 0:
            print(f"  {number:,} rows, {time.monotonic() - begun:.0f} s", flush=True)
    _allow(record, school, interned)


def _allow(record: Record, school: School, interned: Interned) -> None:
    """A week of allowed questions: 3,000 sites in each busy hour, for each group."""
    halves = [mark[3:] for mark in school.askers[:10]]
    for hour in range(NOW // HOUR - 7 * 24, NOW // HOUR):
        if CLOCK.local(hour * HOUR).hour not in range(*BUSY):
            continue
        with record.transaction():
            at = hour * HOUR * 1000
            sums = {}
            for n in range(1000):
                site = interned.site(labels(f"www.useful-{school.pick() + n % 3}.org"), at)
                for asker in halves:
                    facet = interned.facet(asker, school.allowed, school.states[0])
                    sums[hour, facet, site] = n
            add_sums(record, sums)
            rollups.fold(record, day)


def _moments(rows: int, dice: random.Random) -> Iterator[int]:
    hours = [NOW // HOUR - DAYS * 24 + n for n in range(DAYS * 24)]
    weights = []
    for hour in hours:
        local = CLOCK.local(hour * HOUR)
        weights.append(1.0 if local.weekday() < 5 and local.hour in range(*BUSY) else 0.03)
    each = rows / sum(weights)
    made = 0.0
    for hour, weight in zip(hours, weights, strict=True):
        before = round(made)
        made += each * weight
        count = round(made) - before
        for n in range(count):
            yield (hour * HOUR * 1000) + n * HOUR * 1000 // count


def batched(items: Iterator[int], size: int) -> Iterator[list[int]]:
    while part := list(itertools.islice(items, size)):
        yield part


def ask(path: Path, school: School) -> None:
    """What people ask, three times each: the first with whatever the system has in memory."""
    with Record.look(path) as record:
        end = NOW // HOUR
        quarter = Span(end - DAYS * 24, end, day(end - DAYS * 24), day(end) + 1)
        week = Span(end - 168, end, day(end - 168), day(end) + 1)
        busy_day = (NOW // 86_400 - 2) * 86_400_000
        while CLOCK.local(busy_day // 1000).weekday() > 4:
            busy_day -= 86_400_000
        common, rare = school.names[0], _a_rare_name(record)
        questions: dict[str, Callable[[], object]] = {
            **{f"report by {by}": partial(reports.numbers, record, by, quarter) for by in By},
            "report by hour": lambda: reports.hours(record, quarter),
            "report by hour, one group": lambda: reports.hours(record, quarter, group="staff"),
            "report by device": lambda: reports.devices(record, quarter),
            "report by site": lambda: reports.sites(record, quarter),
            "report of new sites, a week": lambda: reports.new_sites(record, week),
            "report of new sites, 90 days": lambda: reports.new_sites(record, quarter),
            "trend by service": lambda: reports.trends(record, By.SERVICE, quarter),
            "one device's day": lambda: find(
                record,
                Wish(device="device-7", since_ms=busy_day, until_ms=busy_day + 86_400_000),
                limit=100_000,
            ),
            "the newest 200": lambda: find(record, Wish()),
            "200 of a common name": lambda: find(record, Wish(name=common)),
            "200 of a domain": lambda: find(record, Wish(name=common.partition(".")[2])),
            "a rare name": lambda: find(record, Wish(name=rare, match=Match.EXACT)),
            "part of a rare name": lambda: find(record, Wish(name=rare[2:14], match=Match.HOLDS)),
            "a name nobody asked for": lambda: find(record, Wish(name="never.example.com")),
            "one device and one domain": lambda: find(
                record, Wish(device="device-9", name=school.names[3000].partition(".")[2])
            ),
            "one device and one service": lambda: find(
                record, Wish(device="device-11", service="service-79")
            ),
            "one address's last hour": lambda: refused_names(
                record, "10.20.0.8", (NOW - HOUR) * 1000, NOW * 1000
            ),
            "today beside last week": lambda: picture(record, CLOCK, NOW),
            "what is new since yesterday": lambda: news(
                record, (NOW - 86_400) * 1000, NOW * 1000, day
            ),
            "what is new in two weeks": lambda: news(record, 0, NOW * 1000, day),
            "when exceptions were last used": lambda: last_uses(record, NOW * 1000),
            "devices met in a week": lambda: met(record, day(end) - 7, day(end)),
        }
        for what, question in questions.items():
            seconds = []
            for _ in range(3):
                begun = time.perf_counter()
                found = question()
                seconds.append(time.perf_counter() - begun)
            size = len(found) if isinstance(found, list) else 0
            print(
                f"{what:<32} {seconds[0]:8.3f} s  median {statistics.median(seconds):.3f} s"
                f"  {size:,} found"
            )


def _a_rare_name(record: Record) -> str:
    spelled: str = record.number(
        "SELECT spelled FROM name WHERE id IN (SELECT key FROM place WHERE kind = ? AND stretch = "
        "(SELECT max(stretch) / 2 FROM place)) AND spelled LIKE 'elpmaxe.%' ORDER BY id LIMIT 1",
        (Kind.REFUSED_NAME,),
    )
    return spelled[::-1]


def take_in(folder: Path, school: School, seconds: int = 60, rate: int = 1000) -> None:
    """What a recorder does with events, on top of what is there: its speed, and what it writes."""
    clock = [float(NOW)]
    recorder = Recorder(folder, Recording(), lambda: clock[0], lambda: clock[0])
    recorder.startup()
    channel = Channel(folder / EVENTS / "dns-1", clock[0])
    channel.tell(school.states[0])
    dice, spent, written = school.dice, 0.0, written_bytes()
    allowed = [labels(f"www.useful-{n}.org") for n in range(3000)]
    refused = [labels(name) for name in school.names]
    total = 0
    for _ in range(seconds):
        for n in range(rate):
            if n % 50 == 0:
                channel.notes.append(time_mark(int(clock[0] * 1000) + n * 1000 // rate))
            channel.notes.append(dice.choice(school.askers))
            if n % 5:
                channel.notes.append(asked_mark(dice.choice(allowed), 1, school.allowed))
            else:
                pick = school.pick()
                ruling = school.rulings[pick % SERVICES]
                channel.notes.append(asked_mark(refused[pick], dice.choice((1, 28, 65)), ruling))
        total += rate
        clock[0] += 1
        channel.flush(clock[0])
        begun = time.process_time()
        recorder.store_new()
        spent += time.process_time() - begun
    recorder.shutdown()
    channel.close(clock[0])
    per_million = (written_bytes() - written) / total * 1_000_000
    print(
        f"{rate:,} a second for {seconds} s, a fifth refused: {spent / total * 10_000:.3f} s of "
        f"processor for 10,000 events, {per_million / 1e6:.0f} MB written for a million"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--dir", type=Path, required=True)
    words = parser.parse_args()
    path, school = words.dir / FILE, School()
    if not path.exists():
        before, begun = written_bytes(), time.monotonic()
        with Record.open(path) as record:
            record.conn.execute("PRAGMA synchronous = OFF")  # only to make it
            make(record, words.rows, school)
            record.clear_log()
        seconds = time.monotonic() - begun
        size = path.stat().st_size
        print(
            f"{words.rows:,} rows in {seconds:.0f} s, {size / 1e9:.2f} GB, {size / words.rows:.0f} "
            f"bytes a row, {(written_bytes() - before) / 1e9:.2f} GB written"
        )
    Record.open(path).close()  # brings one of an older program up to date
    with Record.look(path) as record:
        for table, size in record.conn.execute(
            "SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) > 1e6 "
            "ORDER BY 2 DESC"
        ):
            print(f"  {table:<28} {size / 1e6:9.1f} MB")
    ask(path, school)
    take_in(words.dir, School(), rate=1000)
    take_in(words.dir, School(), seconds=20, rate=10_000)


if __name__ == "__main__":
    main()
