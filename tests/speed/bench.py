"""The bench that works are measured on: servers that stand ready, the load, and the figures."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from appliance.commands.choices import profile_path, read_policy
from appliance.domains import parents
from appliance.suffixes import is_public_suffix
from tests.speed import questions
from tests.speed.figures import Figures
from tests.speed.load import Load, Seen, build
from tests.speed.meter import Meter
from tests.speed.ours import PROFILE, Us
from tests.speed.peers import names_in
from tests.speed.policy import sample
from tests.speed.probe import PATIENCE, until_refused
from tests.speed.process import Process, free_port
from tests.speed.servers import Floor, Server, Terms

ALL = 0  # as a list's size: every name there is
SOME = 100_000
SHARED_MEMORY = Path("/dev/shm")
PROVED = 100  # names that have to be refused before a server counts as ready
SETTLED = 0.3  # seconds, in which every event is written down
NOISY = 0.05  # of the server's core, taken by processes that are not measured


@dataclass(frozen=True, slots=True)
class Cores:
    server: int
    load: int

    @property
    def both(self) -> tuple[int, int]:
        return self.load, self.server


@dataclass(frozen=True, slots=True)
class Plan:
    names: Path
    queries: Path
    rounds: int
    seconds: float
    dnsperf: bool = True


@dataclass
class Standing:
    """A server that runs, and on what terms."""

    server: Server
    process: Process

    @property
    def name(self) -> str:
        return self.server.name

    @property
    def port(self) -> int:
        return self.server.terms.port

    @property
    def is_floor(self) -> bool:
        return isinstance(self.server, Floor)


class Bench:
    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        cores: Cores,
        plan: Plan,
        kinds: Sequence[type[Server]],
        figures: Figures,
    ) -> None:
        self.stack, self.folder, self.cores, self.plan = stack, folder, cores, plan
        self.kinds, self.figures = kinds, figures
        self.remarks: list[str] = []
        self.load = Load(folder, [cores.load], dnsperf=plan.dnsperf)
        self.stood: dict[int, list[Standing]] = {}
        self.asked_once = 0
        self.taken: dict[str, list[float]] = defaultdict(list)
        in_memory = SHARED_MEMORY if SHARED_MEMORY.is_dir() else folder
        held = TemporaryDirectory(prefix="bellgate-speed-", dir=in_memory)
        self.memory = Path(stack.enter_context(held))
        build(folder, "echo", "authority", "loader")
        self.authority = free_port()
        words = (folder / "authority", self.authority)
        stack.enter_context(Process(words, [cores.load], folder / "authority.log"))

    # What is asked, and of which list

    @cached_property
    def names(self) -> list[str]:
        """Without what Bellgate lets no list close, so that everyone refuses the same: lifelines,
        what lies above them, and public suffixes."""
        catalogue = read_policy(profile_path(PROFILE)).catalogue
        always = {name for one in catalogue.lifelines.values() for name in one.domains}
        above = {domain for name in always for domain in parents(name)}
        return [
            name
            for name in names_in(self.plan.names)
            if name not in above
            and not is_public_suffix(name)
            and not any(domain in always for domain in parents(name))
        ]

    def listed(self, size: int) -> list[str]:
        return sample(self.names, size) if size else self.names

    def list_of(self, size: int) -> Path:
        path = self.folder / f"names-{size}.txt"
        return path if path.exists() else questions.write(path, self.listed(size))

    def refused(self, size: int) -> Path:
        path = self.folder / f"refused-{size}.txt"
        lines = questions.refused(self.listed(size), 300_000)
        return path if path.exists() else questions.write(path, lines)

    def checked(self, size: int) -> Path:
        path = self.folder / f"checked-{size}.txt"
        lines = questions.checked(self.listed(size))
        return path if path.exists() else questions.write(path, lines)

    @cached_property
    def allowed(self) -> Path:
        return questions.write(self.folder / "allowed.txt", questions.allowed())

    @cached_property
    def mix(self) -> Path:
        lines = questions.school_day(self.plan.queries, set(self.listed(SOME)))
        return questions.write(self.folder / "mix.txt", lines)

    def unique(self, size: int) -> Path:
        """So many names that nobody has asked for yet."""
        path = self.folder / "unique.txt"
        questions.write(path, questions.unique(self.asked_once, size))
        self.asked_once += size
        return path

    # Servers

    def stand(self, size: int) -> list[Standing]:
        """All servers with a list of this size, started once and found right."""
        if size not in self.stood:
            self.stood[size] = [self.started(kind, size) for kind in self.kinds]
        return self.stood[size]

    def started(
        self, kind: type[Server], size: int, *, workers: int = 1, cores: Sequence[int] = ()
    ) -> Standing:
        return self.start(self.server(kind, size, workers), cores or [self.cores.server])

    def server(self, kind: type[Server], size: int, workers: int = 1) -> Server:
        """Set up, not started."""
        port = free_port()
        folder = self.folder / f"{kind.name}-{port}"
        folder.mkdir()
        server = kind(
            Terms(
                folder,
                self.memory,
                self.list_of(size),
                port,
                self.authority,
                [self.cores.load],
                workers,
            )
        )
        server.set_up()
        return server

    def start(self, server: Server, cores: Sequence[int]) -> Standing:
        proof = [] if isinstance(server, Floor) else self.proof(server)
        began = time.perf_counter()
        standing = Standing(server, self.stack.enter_context(server.start(cores)))
        for words in server.beside:
            log = server.terms.folder / "beside.log"
            self.stack.enter_context(Process(words, [self.cores.load], log))
        if not standing.is_floor:
            until_refused(standing.process, standing.port, proof, began)
            self.check(standing)
        return standing

    def proof(self, server: Server) -> list[str]:
        """Names from all over its list."""
        names = server.terms.names.read_text().split()
        return names[:: len(names) // PROVED]

    def check(self, standing: Standing) -> None:
        """A server that answers wrongly has no speed."""
        seen = self.checked_once(standing)
        deadline = time.monotonic() + PATIENCE
        while seen.wrong and standing.server.answers_early and time.monotonic() < deadline:
            time.sleep(1)
            seen = self.checked_once(standing)
        if seen.wrong or seen.lost:
            raise SystemExit(
                f"{standing.name} answered {seen.wrong:,} of {seen.sent:,} questions wrongly and "
                f"{seen.lost:,} not at all: no figure of it would mean anything"
            )

    def checked_once(self, standing: Standing) -> Seen:
        names = standing.server.terms.names
        size = next(size for size in (ALL, SOME) if self.list_of(size) == names)
        patience = ("--passes", 2, "--window", 20, "--patience", 3)
        return self.load.ask(standing.port, self.checked(size), *patience)

    # Rounds

    def rounds(self, size: int) -> Iterator[tuple[int, Standing]]:
        """Every server once a round, each round beginning with the next."""
        standing = self.stand(size)
        for number in range(self.plan.rounds):
            turn = number % len(standing)
            for one in standing[turn:] + standing[:turn]:
                one.process.must_run()
                yield number, one

    def note(self, row: str, one: Standing, number: int, value: float, *against: str) -> None:
        self.figures.note(row, one.name, number, value, *against)

    def meter(self, one: Standing) -> Meter:
        """Started; events from before do not count."""
        if isinstance(one.server, Us):
            time.sleep(SETTLED)
            one.server.tally.count()
        return Meter(one.process, self.cores.server)

    def recorded(self, row: str, one: Standing, number: int, seen: Seen) -> None:
        """How many of the questions left an event behind."""
        if isinstance(one.server, Us):
            time.sleep(SETTLED)
            count = one.server.tally.count()
            self.note(f"{row}: events kept, %", one, number, count.asked / seen.answered * 100)
            if count.lost:
                self.remarks.append(f"- {one.name}, {row}: {count.lost:,} events said to be lost.")

    def doubt(self, row: str, one: Standing, seen: Seen) -> None:
        """Say what makes a figure doubtful."""
        if seen.wrong or seen.lost > seen.sent // 1000:
            said = f"{seen.wrong:,} of {seen.sent:,} answers were wrong, {seen.lost:,} were lost"
            self.remarks.append(f"- {one.name}, {row}: {said}.")

    def said(self) -> Iterator[str]:
        """What to know before one believes the figures."""
        yield from self.remarks
        for title, shares in self.taken.items():
            if max(shares) > NOISY:
                yield (
                    f"- {title}: others took {median(shares):.0%} of the server's core "
                    f"({min(shares):.0%}–{max(shares):.0%}); read the least of each figure."
                )
