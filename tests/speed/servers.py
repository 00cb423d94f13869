"""The peers: resolvers that a school could run instead, each set up to do the same work.

Equal terms: one thread, the list refused with all below it in the cheapest way the server has, the
rest asked of the same upstream and kept, no log of questions, no DNSSEC, no limits per client.
"""

from __future__ import annotations

import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from appliance.domains import parents
from tests.speed.machine import ROOT
from tests.speed.process import LOOPBACK, Process, which

RPZ_HEAD = (
    "$TTL 300",
    "$ORIGIN rpz.",
    "@ SOA localhost. nobody. 1 3600 900 604800 300",
    "@ NS localhost.",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What every server is given."""

    folder: Path  # its own
    memory: Path  # a folder whose files are in memory
    names: Path  # one a line; changes under it when the list is published anew
    port: int
    authority: int
    helpers: Sequence[int]  # the cores of what works beside the server
    workers: int = 1


class Server(ABC):
    """One product; `set_up` writes its files, `words` is its command."""

    name: ClassVar[str]
    program: ClassVar[str]
    answers_early: ClassVar[bool] = False  # before it has read all of the list

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.log = terms.folder / "log"

    def set_up(self) -> None:
        """Everything that is done before the server starts."""
        self.write_list(self.terms.names)

    @property
    @abstractmethod
    def words(self) -> Sequence[object]: ...

    @property
    def beside(self) -> Sequence[Sequence[object]]:
        """Commands that belong to it and run on the cores of the load."""
        return ()

    @abstractmethod
    def write_list(self, names: Path) -> None:
        """The list in the server's own format."""

    @classmethod
    def is_here(cls) -> bool:
        return which(cls.program) is not None

    def start(self, cores: Sequence[int]) -> Process:
        return Process(self.words, cores, self.log)

    def reload(self, process: Process) -> None:
        """Take up what write_list wrote."""
        process.popen.send_signal(signal.SIGHUP)

    def restart(self, process: Process) -> None:
        process.stop()
        process.start()

    def run_beside(self, words: Sequence[object]) -> None:
        """A command that tells the server something, off the server's cores."""
        pinned = ["taskset", "-c", ",".join(map(str, self.terms.helpers)), *map(str, words)]
        with self.log.open("ab") as log:
            subprocess.run(pinned, stdout=log, stderr=log, cwd=ROOT, check=True)

    def file(self, name: str, *lines: str) -> Path:
        path = self.terms.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def list_file(self, names: Path, lines: Iterable[str], *head: str) -> None:
        """`{}` in a line stands for a name."""
        patterns = [f"{line}\n" for line in lines]
        target = self.terms.folder / "list"
        with names.open() as listed, target.open("w") as written:
            written.writelines(f"{line}\n" for line in head)
            for name in map(str.strip, listed):
                written.writelines(pattern.format(name) for pattern in patterns)

    def rpz_file(self, names: Path) -> None:
        """A policy zone. Names below other listed names are left out: they would make their parents
        exist in the zone, and a wildcard covers no name that exists (RFC 4592 §2.2.2)."""
        with names.open() as lines:
            listed = set(map(str.strip, lines))
        tops = self.file(
            "tops", *(name for name in listed if not any(up in listed for up in above(name)))
        )
        self.list_file(tops, ["{} CNAME .", "*.{} CNAME ."], *RPZ_HEAD)


class Floor(Server):
    """The C echo: no list, no cache, no answer of its own."""

    name = "floor"
    program = "gcc"

    @property
    def words(self) -> Sequence[object]:
        return (self.terms.folder.parent / "echo", self.terms.port)

    def write_list(self, names: Path) -> None:
        return


class Unbound(Server):
    name = "unbound"
    program = "unbound"

    def set_up(self) -> None:
        super().set_up()
        folder, threads = self.terms.folder, self.terms.workers
        self.file(
            "unbound.conf",
            "server:",
            f'directory: "{folder}"',
            'chroot: ""',
            'username: ""',
            f'pidfile: "{folder}/pid"',
            "do-daemonize: no",
            "use-syslog: no",
            f"interface: {LOOPBACK}@{self.terms.port}",
            "so-reuseport: yes",
            f"access-control: {LOOPBACK}/8 allow",
            f"num-threads: {threads}",
            f"msg-cache-slabs: {threads}",
            f"rrset-cache-slabs: {threads}",
            'module-config: "iterator"',
            "do-not-query-localhost: no",
            "qname-minimisation: no",
            "msg-cache-size: 128m",
            "rrset-cache-size: 256m",
            "outgoing-range: 4096",
            "num-queries-per-thread: 4096",
            f'include: "{folder}/list"',
            "remote-control:",
            "control-enable: no",
            "forward-zone:",
            'name: "."',
            f"forward-addr: {LOOPBACK}@{self.terms.authority}",
        )

    def write_list(self, names: Path) -> None:
        self.list_file(names, ['local-zone: "{}" always_nxdomain'])

    @property
    def words(self) -> Sequence[object]:
        return (which(self.program), "-d", "-c", self.terms.folder / "unbound.conf")


class Dnsdist(Server):
    """A load balancer with a cache: what forwards most cheaply."""

    name = "dnsdist"
    program = "dnsdist"

    def set_up(self) -> None:
        super().set_up()
        terms = self.terms
        self.file(
            "dnsdist.conf",
            f'addLocal("{LOOPBACK}:{terms.port}", {{reusePort=true}})',
            'setSecurityPollSuffix("")',
            "setMaxTCPClientThreads(1)",
            "setMaxUDPOutstanding(65535)",
            f'newServer({{address="{LOOPBACK}:{terms.authority}", checkInterval=10}})',
            'getPool(""):setCache(newPacketCache(500000, {maxNegativeTTL=3600}))',
            "local names = newSuffixMatchNode()",
            f'for name in io.lines("{terms.folder}/list") do names:add(newDNSName(name)) end',
            "addAction(SuffixMatchNodeRule(names, true), RCodeAction(DNSRCode.NXDOMAIN))",
        )

    def write_list(self, names: Path) -> None:
        self.list_file(names, ["{}"])

    @property
    def words(self) -> Sequence[object]:
        conf = self.terms.folder / "dnsdist.conf"
        return (which(self.program), "--supervised", "--disable-syslog", "-C", conf)

    def reload(self, process: Process) -> None:
        """Its console could build the second list beside the first, but takes longer over it than
        over a start."""
        self.restart(process)


class Dnsmasq(Server):
    name = "dnsmasq"
    program = "dnsmasq"

    def write_list(self, names: Path) -> None:
        self.list_file(names, ["address=/{}/"])

    @property
    def words(self) -> Sequence[object]:
        return (
            which(self.program),
            "--keep-in-foreground",
            "--no-resolv",
            "--no-hosts",
            "--user=root",
            "--pid-file",
            "--bind-interfaces",
            f"--listen-address={LOOPBACK}",
            f"--port={self.terms.port}",
            f"--server={LOOPBACK}#{self.terms.authority}",
            "--cache-size=200000",
            "--dns-forward-max=4096",
            f"--conf-file={self.terms.folder}/list",
        )

    def reload(self, process: Process) -> None:
        """It reads such a list at its start only."""
        self.restart(process)


class Recursor(Server):
    name = "recursor"
    program = "pdns_recursor"

    def set_up(self) -> None:
        super().set_up()
        folder = self.terms.folder
        self.file("rpz.lua", f'rpzFile("{folder}/list", {{policyName="list"}})')
        self.file(
            "recursor.conf",
            f"local-address={LOOPBACK}",
            f"local-port={self.terms.port}",
            f"forward-zones-recurse=.={LOOPBACK}:{self.terms.authority}",
            f"lua-config-file={folder}/rpz.lua",
            f"socket-dir={folder}",
            "threads=1",
            "pdns-distributes-queries=no",
            "dnssec=off",
            "dont-query=",
            "serve-rfc1918=no",
            "security-poll-suffix=",
            "max-mthreads=4096",
            "max-cache-entries=500000",
            "max-packetcache-entries=500000",
            "loglevel=3",
            "quiet=yes",
            "disable-syslog=yes",
            "daemon=no",
            "write-pid=no",
        )

    def write_list(self, names: Path) -> None:
        self.rpz_file(names)

    @property
    def words(self) -> Sequence[object]:
        return (which(self.program), f"--config-dir={self.terms.folder}")

    def reload(self, process: Process) -> None:
        words = [
            "rec_control",
            "--timeout=60",
            f"--socket-dir={self.terms.folder}",
            "reload-lua-config",
        ]
        self.run_beside(words)


class Bind(Server):
    name = "BIND"
    program = "named"
    answers_early = True

    def set_up(self) -> None:
        super().set_up()
        folder = self.terms.folder
        self.file(
            "named.conf",
            "controls {};",
            "logging {",
            "channel faults { stderr; severity warning; };",
            "category default { faults; }; category rpz { null; };",
            "};",
            "options {",
            f'directory "{folder}"; pid-file "{folder}/pid"; session-keyfile none;',
            f"listen-on port {self.terms.port} {{ {LOOPBACK}; }}; listen-on-v6 {{ none; }};",
            f"forward only; forwarders {{ {LOOPBACK} port {self.terms.authority}; }};",
            "recursion yes; dnssec-validation no; empty-zones-enable no; querylog no;",
            "minimal-responses yes; recursive-clients 10000; max-cache-size 512m;",
            'response-policy { zone "rpz"; } qname-wait-recurse no;',
            "};",
            f'zone "rpz" {{ type primary; file "{folder}/list"; notify no; }};',
        )

    def write_list(self, names: Path) -> None:
        self.rpz_file(names)

    @property
    def words(self) -> Sequence[object]:
        return (which(self.program), "-f", "-n", 1, "-c", self.terms.folder / "named.conf")


PEERS: tuple[type[Server], ...] = (Unbound, Dnsdist, Recursor, Bind, Dnsmasq)


def above(name: str) -> Iterator[str]:
    """The domains that hold a name, without itself."""
    return islice(parents(name), 1, None)
