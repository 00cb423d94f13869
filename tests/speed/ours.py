"""Bellgate among the servers, events on, and a reader that counts them as the recorder would."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.processes import running
from tests.speed.events import Tally
from tests.speed.machine import ROOT
from tests.speed.process import LOOPBACK, Process
from tests.speed.servers import Server, Terms

PROFILE = "mersey-vale"
POLICY = """\
format = 1

[school]
name = "The school of the benchmark"
contact = "nobody"

[groups.pupils]
default = true
networks = ["127.0.0.0/8"]
"""
SETTINGS = """\
[dns]
client_rate = 10000000   # one address asks for the whole school here
client_burst = 10000000
cache_mb = {cache_mb}
"""
CACHE_MB = 32  # room for the whole mix, as the peers have; memory is measured with the usual
BELLGATE = (sys.executable, "-m", "appliance")


class Us(Server):
    """`bellgate run` with the plainest policy: one group, and the list."""

    name = "us"
    program = sys.executable

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms)
        self.dir = terms.folder / "dir"
        self.policy = terms.folder / "policy.toml"
        self.list = terms.folder / "list.txt"
        self.run = terms.memory / terms.folder.name
        self.moved = self.run / "moved"
        self.tally = Tally(self.run / "events", self.moved)

    def set_up(self) -> None:
        super().set_up()
        self.dir.mkdir()
        self.moved.mkdir(parents=True)
        (self.dir / "run").symlink_to(self.run)  # in memory, as /run is on the appliance
        (self.dir / "appliance.toml").write_text(SETTINGS.format(cache_mb=CACHE_MB))
        self.policy.write_text(POLICY)

    def write_list(self, names: Path) -> None:
        fresh = self.list.with_suffix(".new")
        shutil.copyfile(names, fresh)
        fresh.replace(self.list)

    @property
    def of_the_school(self) -> Sequence[object]:
        return ("--policy", self.policy)

    @property
    def words(self) -> Sequence[object]:
        return (
            *BELLGATE,
            "run",
            "--dir",
            self.dir,
            *self.of_the_school,
            "--list",
            self.list,
            "--dns",
            f"{LOOPBACK}:{self.terms.port}",
            "--upstream",
            f"{LOOPBACK}:{self.terms.authority}",
            "--workers",
            self.terms.workers,
            "--client-group",
            "127.0.0.0/8=pupils",
            "--only",
            "dns",
        )

    @property
    def beside(self) -> Sequence[Sequence[object]]:
        return [(sys.executable, "-m", "tests.speed.events", self.tally.events, self.moved)]

    def reload(self, process: Process) -> None:
        words = (*BELLGATE, "publish", *self.of_the_school)
        self.run_beside((*words, "--list", self.list, "--dir", self.dir))

    @classmethod
    def is_here(cls) -> bool:
        words = (*BELLGATE, "run", "--help")
        return subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0

    def worker(self, process: Process) -> int:
        """The process that answers."""
        for one in running(self.dir):
            if one.name == "dns 1":
                return one.pid
        raise SystemExit("bellgate run has no worker below it")


class UsAtSchool(Us):
    """The same with a real school's policy, in a lesson."""

    name = "us-school"

    @property
    def of_the_school(self) -> Sequence[object]:
        return ("--profile", PROFILE)

    @property
    def words(self) -> Sequence[object]:
        return (*super().words, "--clock", "2026-11-24T09:30:00")
