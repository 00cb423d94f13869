"""How long the policy takes: to explain, to publish, to look names up, to decide.

.venv/bin/python -m tests.speed.policy --names big.txt.gz --queries day.txt.gz --rounds 5
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from appliance.commands.choices import profile_path, read_policy
from appliance.domains import normalise
from appliance.errors import NotAName
from appliance.live import Live
from appliance.policy.decide import Policy, decide, holds_until
from appliance.policy.decisions import grants
from appliance.policy.decisions.grants import Wish
from appliance.policy.model import School, Scope, Target, Who
from appliance.policy.snapshot import CURRENT, LISTED, NAMES, SNAPSHOTS, Reader, Snapshot, current
from tests.speed.machine import MB, ROOT, facts, memory_mb, run
from tests.speed.peers import DictWalk, names_in
from tests.speed.table import Table

PROFILE = "mersey-vale"
PUPILS = Who("pupils")
EXPLAINED = 10_000  # the contract: 10,000 names in under 5 s
LOOKED_UP = 40_000
DECIDED = 2_000
REFRESHED = 2_000
TUESDAY = 1795515300  # 2026-11-24 10:15 in London

BELLGATE = (sys.executable, "-m", "appliance")


def main() -> None:
    words = _arguments()
    print(*facts(), "", sep="\n")
    with tempfile.TemporaryDirectory(prefix="bellgate-speed-") as folder:
        measuring = Measuring(words.names.resolve(), words.queries, Path(folder))
        print(*measuring.table(words.rounds).lines(), sep="\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.speed.policy")
    parser.add_argument("--names", type=Path, required=True, metavar="FILE", help="a list")
    parser.add_argument("--queries", type=Path, metavar="FILE", help="`name TYPE` a line")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


class Measuring:
    """One run of the program: what it measures with, and the table it fills."""

    def __init__(self, names: Path, queries: Path | None, folder: Path) -> None:
        self.names = names
        self.folder = folder
        self.figures = Table()
        self.listed = sample(names_in(names), LOOKED_UP)
        self.asked = sample(asked_in(queries), LOOKED_UP) if queries else []

    def table(self, rounds: int) -> Table:
        run(ROOT / "bellgate", "--version")  # the first start sets the checkout up
        for number in range(rounds):
            self.processes(number)
        # Only now may this process grow: see machine.run.
        inside = Inside(self, self.published(rounds - 1))
        for _ in range(rounds):
            inside.measure()
        return self.figures

    def published(self, number: int) -> Path:
        return self.folder / f"round-{number}"

    def processes(self, number: int) -> None:
        """What is measured from outside, in one round."""
        self.explain()
        self.publish(number)
        self.build_a_set()
        self.change_a_rule(number)
        self.figures.note("bellgate --version", run(ROOT / "bellgate", "--version").seconds, "s")

    def explain(self) -> None:
        some = self.listed[: EXPLAINED // 2 if self.asked else EXPLAINED]
        names = (some + self.asked)[:EXPLAINED]
        file = self.folder / "names.txt"
        file.write_text("\n".join(names) + "\n")
        words = (
            "explain",
            "--names-file",
            file,
            "--profile",
            PROFILE,
            "--group",
            "pupils",
            "--json",
        )
        ran = run(*BELLGATE, *words)
        assert ran.output.count(b"\n") == len(names)
        self.figures.note(f"explain {len(names):,} names", ran.seconds, "s")

    def publish(self, number: int) -> None:
        folder = self.published(number)
        ran = run(*BELLGATE, "publish", "--profile", PROFILE, "--list", self.names, "--dir", folder)
        self.figures.note("publish the list", ran.seconds, "s", "a set of it, in a process")
        self.figures.note("  its peak memory", ran.peak_mb, "MB", "  the set's peak memory")
        self.figures.note("  its mapped files", mapped_mb(folder), "MB", "  the dict's memory")

    def build_a_set(self) -> None:
        ran = run(sys.executable, "-m", "tests.speed.peers", self.names)
        self.figures.note("a set of it, in a process", ran.seconds, "s")
        self.figures.note("  the set's peak memory", ran.peak_mb, "MB")

    def change_a_rule(self, number: int) -> None:
        changed = self.folder / "changed.toml"
        before, rule, after = profile_path(PROFILE).read_text().partition("[[rule]]")
        changed.write_text(before + rule + after.replace('says = "', 'says = "Changed: ', 1))
        folder = self.published(number)
        words = ("--policy", changed, "--list", self.names, "--dir", folder, "--json")
        ran = run(*BELLGATE, "publish", *words)
        said = json.loads(ran.output)
        assert said["lists_reused"]
        self.figures.note("publish a changed rule on top", ran.seconds, "s", "publish the list")
        self.figures.note("  as publish itself counts", said["seconds"], "s")


class Inside:
    """What is measured in this process, on a folder in which two snapshots stand."""

    def __init__(self, outside: Measuring, folder: Path) -> None:
        self.figures = outside.figures
        self.snapshots = folder / SNAPSHOTS
        began, before = time.perf_counter(), memory_mb()
        self.walk = DictWalk(outside.names)
        self.figures.note("a dict of the list, built", time.perf_counter() - began, "s")
        self.figures.note("  the dict's memory", memory_mb() - before, "MB")
        self.snapshot = Snapshot(current(self.snapshots))
        self.policy = read_policy(profile_path(PROFILE), lists=[outside.names])
        self.hits = [*outside.listed[::2], *(f"www.{name}" for name in outside.listed[1::2])]
        unknown = self.snapshot.lookup("nothing-is-known-of-this.invalid")
        asked = outside.asked or [f"{name}.invalid" for name in outside.listed]
        misses = [name for name in asked if self.snapshot.lookup(name) is unknown]
        self.misses = (misses * (1 + LOOKED_UP // max(len(misses), 1)))[:LOOKED_UP]

    def measure(self) -> None:
        """One round."""
        self.open()
        for what, names in (("miss", self.misses), ("hit", self.hits)):
            self.look_up(what, names)
        self.ask_the_policy(self.hits[:DECIDED] + self.misses[:DECIDED])
        self.change()

    def change(self) -> None:
        """A teacher's pass, by a program that has the policy at hand."""
        live = Live(self.snapshots.parent)
        live.policy()
        for what in ("the first change of a program", "a change after it"):
            began = time.perf_counter()
            live.change(_with_a_grant, TUESDAY)
            self.figures.note(what, time.perf_counter() - began, "s")
        live.change(lambda policy: replace(policy.school, grants=()), TUESDAY)

    def open(self) -> None:
        note, peer = self.figures.note, "a dict of the list, built"
        folder = current(self.snapshots)
        note("open a snapshot", _seconds(lambda: Snapshot(folder)), "s", peer)
        reader = Reader(self.snapshots)
        nothing_new = [_seconds(reader.refresh) for _ in range(REFRESHED)]
        note("refresh, nothing new", median(nothing_new) * 1e6, "µs")
        turn(self.snapshots)
        note("refresh, a new snapshot", _seconds(reader.refresh), "s")
        assert reader.snapshot.version != folder.name

    def look_up(self, what: str, names: Sequence[str]) -> None:
        snapshot, column = self.snapshot, self.snapshot.column(PUPILS)
        lookup = snapshot.lookup
        ours = each(lookup, names)
        peer = each(self.walk.lookup, names)
        both = each(lambda name: column.verdict(lookup(name), TUESDAY), names)
        for figure, value in (("median", middle), ("p99", p99)):
            peers_name = f"  the dict walk, {what}, {figure}"
            self.figures.note(f"look up a {what}, {figure}", value(ours), "µs", peers_name)
            self.figures.note(peers_name, value(peer), "µs")
        self.figures.note(f"  with its verdict, {what}, median", middle(both), "µs")
        self.figures.note(f"  with its verdict, {what}, p99", p99(both), "µs")

    def ask_the_policy(self, names: Sequence[str]) -> None:
        policy, lists_of = self.policy, self.snapshot.lists_of
        known = [policy.facts(name, lists_of(name)) for name in names]
        by_the_bell = policy.facts("www.tiktok.com")
        holds_until(policy, PUPILS, by_the_bell, TUESDAY)  # works out 400 days of bells, once
        for what, times in (
            ("facts of a name", each(lambda name: policy.facts(name, lists_of(name)), names)),
            ("decide()", each(lambda one: decide(policy, PUPILS, one, TUESDAY), known)),
            ("holds_until()", each(lambda one: holds_until(policy, PUPILS, one, TUESDAY), known)),
        ):
            self.figures.note(f"{what}, median", middle(times), "µs")
            self.figures.note(f"{what}, mean", sum(times) / len(times) / 1000, "µs")
        fresh = Policy(policy.school, policy.catalogue)
        seconds = _seconds(lambda: holds_until(fresh, PUPILS, by_the_bell, TUESDAY))
        self.figures.note("holds_until(), the first", seconds * 1e6, "µs")


def _with_a_grant(policy: Policy) -> School:
    wish = Wish(
        (Target.parse("service:youtube"),),
        (Scope.parse("group:pupils"),),
        TUESDAY,
        TUESDAY + 900,
        "Lesson 1",
        ("Mrs Hill",),
    )
    return grants.grant(policy, wish, TUESDAY)


def sample(names: Iterable[str], size: int) -> list[str]:
    """So many of them, each as likely as the next, in any order; never all in memory."""
    random, kept = Random(1), list[str]()
    for count, name in enumerate(names):
        if count < size:
            kept.append(name)
        elif (place := random.randrange(count + 1)) < size:
            kept[place] = name
    random.shuffle(kept)
    return kept


def asked_in(queries: Path) -> Iterator[str]:
    """The names of `name TYPE` lines, as a resolver looks them up."""
    opener = gzip.open if queries.suffix == ".gz" else open
    with opener(queries, "rt") as lines:
        for line in lines:
            try:
                yield normalise(line.split()[0])
            except (NotAName, IndexError):
                continue


def mapped_mb(folder: Path) -> float:
    files = (f"{name}{ending}" for name in (NAMES, LISTED) for ending in (".marisa", ".values"))
    in_force = folder / SNAPSHOTS / CURRENT
    return sum((in_force / file).stat().st_size for file in files) / MB


def turn(snapshots: Path) -> None:
    """Put the other of the two snapshots in force, as a publisher does."""
    now = current(snapshots).name
    other = next(
        path.name
        for path in snapshots.iterdir()
        if path.name not in (CURRENT, now) and path.is_dir()
    )
    link = snapshots / ".turning"
    link.symlink_to(other)
    os.replace(link, snapshots / CURRENT)


def each(do: Callable[[Any], object], items: Sequence[Any]) -> list[float]:
    """How many nanoseconds `do` takes with each, without what the timer itself takes."""
    clock = time.perf_counter_ns
    empty: list[int] = []
    for _ in items:
        began = clock()
        empty.append(clock() - began)
    timer = median(empty)
    times: list[float] = []
    for item in items:
        began = clock()
        do(item)
        times.append(clock() - began - timer)
    return times


def middle(nanoseconds: Sequence[float]) -> float:
    """The median, in microseconds."""
    return median(nanoseconds) / 1000


def p99(nanoseconds: Sequence[float]) -> float:
    """What 99 of 100 stay below, in microseconds."""
    return sorted(nanoseconds)[len(nanoseconds) * 99 // 100] / 1000


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
