"""The works: what is asked of every server, and which figures come of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.speed import questions
from tests.speed.bench import ALL, SOME, Bench, Standing
from tests.speed.figures import FLOOR, UNBOUND
from tests.speed.load import Load, Seen
from tests.speed.meter import Spent
from tests.speed.ours import Us
from tests.speed.probe import is_refused, until_refused
from tests.speed.servers import Unbound

BASES = (FLOOR, UNBOUND)
PACE = 2_000
PUBLISHED_AT = 5_000
AT_ONCE = 10_000
MANY = ("--sockets", 32)  # so that the kernel deals them out to both workers
UNCACHED_AT_MOST = 60_000  # questions a second that a file of new names has to suffice for


@dataclass(frozen=True, slots=True)
class Work:
    key: str
    measure: Callable[[Bench], None]


def flood(title: str, size: int, asked: Callable[[Bench], Path], bench: Bench) -> None:
    """As fast as each server goes."""
    file, warm = asked(bench), set[int]()
    for number, one in bench.rounds(size):
        if not one.is_floor and one.port not in warm:
            bench.load.ask(one.port, file, "--passes", 1, "--patience", 3)
            warm.add(one.port)
        meter = bench.meter(one)
        seen = bench.load.flood(one.port, file, bench.plan.seconds)
        cost(bench, title, one, number, seen, meter.read())
        bench.note(f"{title}: questions a second", one, number, seen.rate)


def uncached(bench: Bench) -> None:
    """No name twice: each one goes to the authority."""
    title = "allowed, not cached"
    for number, one in bench.rounds(SOME):
        file = bench.unique(int(UNCACHED_AT_MOST * bench.plan.seconds))
        meter = bench.meter(one)
        seen = bench.load.flood(one.port, file, bench.plan.seconds, once=not one.is_floor)
        cost(bench, title, one, number, seen, meter.read())
        bench.note(f"{title}: questions a second", one, number, seen.rate)


def forwarded(bench: Bench) -> None:
    """What a server adds to the wait for its upstream, at a pace that nobody finds hard."""
    title = f"allowed, not cached, {PACE // 2:,} a second"
    rate, seconds = PACE // 2, bench.plan.seconds
    for number, one in bench.rounds(SOME):
        if one.is_floor:
            continue
        direct = bench.load.pace(bench.authority, fresh(bench), rate, seconds)
        file = fresh(bench)
        meter = bench.meter(one)
        seen = bench.load.pace(one.port, file, rate, seconds)
        cost(bench, title, one, number, seen, meter.read(), UNBOUND)
        assert direct.p50_ms and seen.p50_ms
        bench.note(f"{title}: added to p50, ms", one, number, seen.p50_ms - direct.p50_ms)
        latency(bench, title, one, number, seen)


def fresh(bench: Bench) -> Path:
    return bench.unique(int(PACE * bench.plan.seconds))


def paced(bench: Bench) -> None:
    """A whole school's peak: what counts here is waking up."""
    title = f"mix at {PACE:,} a second"
    warm = set[int]()
    for number, one in bench.rounds(SOME):
        if not one.is_floor and one.port not in warm:
            bench.load.ask(one.port, bench.mix, "--passes", 1, "--patience", 3)
            warm.add(one.port)
        echo = ("--echo",) if one.is_floor else ()
        meter = bench.meter(one)
        seen = bench.load.pace(one.port, bench.mix, PACE, bench.plan.seconds, *echo)
        cost(bench, title, one, number, seen, meter.read())
        latency(bench, title, one, number, seen)


def cost(
    bench: Bench,
    title: str,
    one: Standing,
    number: int,
    seen: Seen,
    spent: Spent,
    *against: str,
) -> None:
    row = f"{title}: CPU, µs a question"
    bench.note(row, one, number, spent.seconds / max(seen.answered, 1) * 1e6, *(against or BASES))
    bench.taken[title].append(spent.others)
    bench.recorded(title, one, number, seen)
    bench.doubt(title, one, seen)


def latency(bench: Bench, title: str, one: Standing, number: int, seen: Seen) -> None:
    assert seen.p50_ms and seen.p99_ms and seen.max_ms
    bench.note(f"{title}: p50, ms", one, number, seen.p50_ms)
    bench.note(f"{title}: p99, ms", one, number, seen.p99_ms)
    bench.note(f"{title}: longest, ms", one, number, seen.max_ms)


def memory(bench: Bench) -> None:
    """What each holds at this moment."""
    bench.stand(ALL)
    for size, title in ((SOME, "100,000 names"), (ALL, "all names")):
        for one in bench.stood.get(size, ()):
            bench.note(f"memory (PSS), {title}, MB", one, 0, one.process.pss_mb())


def restart(bench: Bench) -> None:
    """From the start of the command to the first name rightly refused."""
    for number, one in bench.rounds(ALL):
        if one.is_floor:
            continue
        proof = bench.proof(one.server)
        if isinstance(one.server, Us):
            began = time.perf_counter()
            os.kill(one.server.worker(one.process), signal.SIGKILL)
            seconds = until_refused(one.process, one.port, proof, began)
            bench.note("a worker killed, to the first refusal, s", one, number, seconds)
        one.process.stop()
        began = time.perf_counter()
        one.process.start()
        seconds = until_refused(one.process, one.port, proof, began)
        bench.note("started, to the first refusal, s", one, number, seconds, UNBOUND)


def publish(bench: Bench) -> None:
    """A name more on the list while 5,000 questions a second come in."""
    changed = bench.list_of(ALL).with_name("changed.txt")
    changed.write_text(f"{questions.NEW}\n{bench.list_of(ALL).read_text()}")
    title = f"list published at {PUBLISHED_AT:,} a second"
    for number, one in bench.rounds(ALL):
        if one.is_floor:
            continue
        names = changed if number % 2 == 0 else bench.list_of(ALL)
        seen, seconds = publish_once(bench, one, names, is_listed=names is changed)
        bench.note(f"{title}: until it holds, s", one, number, seconds)
        bench.note(f"{title}: answers lost", one, number, seen.lost)
        bench.note(f"{title}: answers wrong", one, number, seen.wrong)
        bench.note(f"{title}: later than 20 ms", one, number, seen.late)
        assert seen.max_ms and seen.gap_ms and seen.sender_late_ms is not None
        bench.note(f"{title}: longest, ms", one, number, seen.max_ms)
        bench.note(f"{title}: longest silence, ms", one, number, seen.gap_ms)
        bench.note(f"{title}: load itself late, ms", one, number, seen.sender_late_ms)


def publish_once(
    bench: Bench, one: Standing, names: Path, *, is_listed: bool
) -> tuple[Seen, float]:
    one.server.write_list(names)
    words = ("--rate", PUBLISHED_AT, "--seconds", 300, "--patience", 5)
    running = bench.load.start(one.port, bench.checked(ALL), *words)
    try:
        time.sleep(1)
        began = time.perf_counter()
        one.server.reload(one.process)
        while is_refused(one.port, questions.NEW, wait=0.2) is not is_listed:
            if time.perf_counter() - began > 60:
                raise SystemExit(f"{one.name} took up no new list within a minute")
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        time.sleep(1)
        return bench.load.finish(running), seconds
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()


def workers(bench: Bench) -> None:
    """One worker and two, on the same two cores and under the same load, which shares them."""
    kinds = [kind for kind in bench.kinds if issubclass(kind, Unbound | Us)]
    load = Load(bench.folder, bench.cores.both, dnsperf=False)
    for kind in kinds:
        for count in (1, 2):
            one = bench.started(kind, ALL, workers=count, cores=bench.cores.both)
            load.ask(one.port, bench.mix, "--passes", 2, "--patience", 3, *MANY)
            for number in range(bench.plan.rounds):
                for title, pace in (("flood", ()), (f"{AT_ONCE:,} a second", ("--rate", AT_ONCE))):
                    before = one.process.cpu_seconds()
                    words = ("--seconds", bench.plan.seconds, *pace, *MANY)
                    seen = load.ask(one.port, bench.mix, *words)
                    seconds = one.process.cpu_seconds() - before
                    row = f"mix, workers: {count}, {title}"
                    bench.note(
                        f"{row}: CPU, µs a question", one, number, seconds / seen.answered * 1e6
                    )
                    if not pace:
                        bench.note(f"{row}: questions a second", one, number, seen.rate)
                    bench.doubt(row, one, seen)
            one.process.stop()


def _flood(key: str, title: str, size: int, asked: Callable[[Bench], Path]) -> Work:
    return Work(key, partial(flood, title, size, asked))


WORKS = (
    _flood("refused-100k", "refused, 100,000 names", SOME, lambda bench: bench.refused(SOME)),
    _flood("cached", "allowed, cached", SOME, lambda bench: bench.allowed),
    _flood("mix", "school-day mix", SOME, lambda bench: bench.mix),
    Work("paced", paced),
    Work("forwarded", forwarded),
    Work("uncached", uncached),
    _flood("refused-1m", "refused, all names", ALL, lambda bench: bench.refused(ALL)),
    Work("memory", memory),
    Work("restart", restart),
    Work("publish", publish),
    Work("workers", workers),
)
