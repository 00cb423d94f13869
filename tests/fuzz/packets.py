"""Packets of any kind at a whole resolver: it answers what is a question, with sense, and lives on.

.venv/bin/python -m tests.fuzz.packets --packets 1000000 --jobs 2 --keep var/findings
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import multiprocessing
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from appliance import config
from appliance.endpoint import Endpoint
from appliance.event import Broken, Event, read
from appliance.sockets import Service
from tests.answering import Answering, question
from tests.certificates import Authority
from tests.fuzz.asking import Datagrams, Streams
from tests.fuzz.malice import Packets
from tests.fuzz.oracle import is_refused, wrong_with
from tests.fuzz.world import World
from tests.speed.machine import MB, memory_mb

POLICY = """
[devices.lab]
group = "pupils"
addresses = ["127.0.0.1"]

[[rule]]
id = "games"
groups = ["*"]
target = ["category:games"]
when = "always"
action = "block"
clause = "12.4"
says = "{says}"
""".format(says="Spiele sind während des Unterrichts nicht erlaubt – " * 6)
FORWARDER = "127.0.0.2"
NAME = "dns.bellgate.sch.uk"
STREAM_SHARE = 0.08  # of all packets; one over a stream costs as much as five datagrams
STREAM_EVERY = 40  # batches of datagrams
SETTLED = 0.4  # of the packets: every cache is full by then
MOST_GROWTH_MB = 12.0  # from then on; a leak of one answer in ten would be ten times as much
SHOWN = 5


@dataclass
class Report:
    """What one process saw."""

    packets: int = 0
    seconds: float = 0
    replies: Counter[str] = field(default_factory=Counter)
    events: int = 0
    refused_events: int = 0
    rss_mb: list[float] = field(default_factory=list)  # at the start, when settled, at the end
    findings: list[tuple[str, bytes]] = field(default_factory=list)


def main() -> None:
    words = _arguments()
    share = words.packets // words.jobs
    shares = [(words.seed * 1000 + job, share, words.trace) for job in range(words.jobs)]
    began = time.monotonic()
    if words.jobs == 1:
        reports = [fuzz(*shares[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(words.jobs) as pool:
            reports = pool.starmap(fuzz, shares)
    for report in reports:
        print(_told(report))
    print(f"{sum(one.packets for one in reports):,} packets in {time.monotonic() - began:.0f} s")
    findings = [finding for report in reports for finding in report.findings]
    for place, (kind, packet) in enumerate(findings):
        if place < SHOWN:
            print(f"FINDING {kind}: {packet.hex()}")
        if words.keep:
            words.keep.mkdir(parents=True, exist_ok=True)
            (words.keep / f"packet-{place:04}.bin").write_bytes(packet)
    print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.fuzz.packets")
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where findings are written")
    parser.add_argument("--trace", action="store_true", help="say what grew; takes five times long")
    return parser.parse_args()


def fuzz(seed: int, count: int, trace: bool = False) -> Report:
    """So many packets at a resolver of its own."""
    with tempfile.TemporaryDirectory(prefix="bellgate-fuzz-") as folder:
        return asyncio.run(Fuzzing(Path(folder), seed, count, trace).run())


class Fuzzing:
    """One run."""

    def __init__(self, folder: Path, seed: int, count: int, trace: bool) -> None:
        self.folder = folder
        self.random = Random(f"packets:{seed}")
        self.packets = Packets(self.random)
        self.count = count
        self.trace = trace
        self.report = Report()

    async def run(self) -> Report:
        loop = asyncio.get_running_loop()
        with World(loop) as world:
            async with self._box(world, loop) as box:
                began = time.monotonic()
                streams = Streams(box, self.authority.trust, NAME, self.packets, self.report)
                with Datagrams(box, self.packets, self.report, FORWARDER) as datagrams:
                    await self._ask(box, datagrams, streams)
                self.report.seconds = time.monotonic() - began
                await self._still_right(box)
            self._read_events(box, all_of_them=True)
            self._count_events(streams.uncertain)
            for complaint in box.complaints:
                self.report.findings.append((f"the loop complains: {complaint}", b""))
        return self.report

    @asynccontextmanager
    async def _box(self, world: World, loop: asyncio.AbstractEventLoop):  # type: ignore[no-untyped-def]
        self.authority = Authority(self.folder)
        chain = self.authority.certificate(NAME)
        upstream = config.Upstream(config.Transport.PLAIN, world.endpoint)
        box = Answering(
            self.folder,
            [upstream],
            POLICY,
            dns=config.Dns(
                client_rate=10**9,
                client_burst=10**9,
                forwarders=(ipaddress.ip_network(FORWARDER),),
            ),
            zones=[config.Zone(("ad.bellgate.sch.uk",), (upstream,))],
            encrypted=config.Encrypted(
                certificate=chain.chain,
                key=chain.key,
                name=NAME,
                tls=(Endpoint.parse("127.0.0.1:853"),),
            ),
        )
        await box.begin(loop)
        try:
            yield box
        finally:
            await box.end()

    async def _ask(self, box: Answering, datagrams: Datagrams, streams: Streams) -> None:
        report, rss, settled = self.report, self.report.rss_mb, self.count * SETTLED
        rss.append(memory_mb())
        before = None
        batches = 0
        while report.packets < self.count and not self._has_enough():
            batches += 1
            await datagrams.ask_some()
            if batches % STREAM_EVERY == 0:
                await streams.ask_some(int(STREAM_EVERY * datagrams.BATCH * STREAM_SHARE))
                self._read_events(box)
            if len(rss) == 1 and report.packets >= settled:
                rss.append(memory_mb())
                if self.trace:
                    tracemalloc.start()
                    before = tracemalloc.take_snapshot()
        await datagrams.finish()
        rss.append(memory_mb())
        if len(rss) == 3 and rss[2] - rss[1] > MOST_GROWTH_MB and not self.trace:
            report.findings.append((f"memory grows: {rss[1]:.1f} to {rss[2]:.1f} MB", b""))
        if before:
            for line in tracemalloc.take_snapshot().compare_to(before, "lineno")[:15]:
                print(line)

    def _has_enough(self) -> bool:
        return len(self.report.findings) >= 100

    async def _still_right(self, box: Answering) -> None:
        """After all this, good questions have the answers that they had before."""
        port = box.ports[Service.UDP]
        for name, is_right in (("www.tiktok.com", True), ("www.bbc.co.uk", False)):
            message = question(name)
            reply = await _asked(message, port)
            fault = wrong_with(reply, message) if reply else "no reply"
            if fault or is_refused(reply) is not is_right:
                self.report.findings.append((f"after it all: {name}: {fault}", message))

    def _read_events(self, box: Answering, *, all_of_them: bool = False) -> None:
        """Read finished files and delete them, as the recorder does."""
        files = box.event_files()
        for path in files if all_of_them else files[:-1]:
            data = path.read_bytes()
            try:
                for event in _events(data):
                    self.report.events += 1
                    self.report.refused_events += event.verdict.action == "block"
            except (Broken, TypeError) as fault:
                self.report.findings.append((f"events: {fault}", b""))
            path.unlink()

    def _count_events(self, uncertain: int) -> None:
        """Each reply to a question has left one event; one whose client was gone may have too."""
        replies = self.report.replies["answer"] + 2  # the two of _still_right
        if not replies <= self.report.events <= replies + uncertain:
            told = f"{self.report.events} events of {replies} (+ {uncertain}) replies"
            self.report.findings.append((told, b""))


def _events(data: bytes) -> Iterator[Event]:
    for event in read(data):
        if not isinstance(event, Event):
            raise TypeError(f"lost: {event}")
        if event.name != event.name.lower() or event.name[-1:] != b"\0":
            raise TypeError(f"no name: {event.name!r}")
        yield event


async def _asked(message: bytes, port: int) -> bytes:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()

    class Hearing(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            heard.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Hearing, remote_addr=("127.0.0.1", port))
    transport.sendto(message)
    try:
        async with asyncio.timeout(3):
            return await heard
    except TimeoutError:
        return b""
    finally:
        transport.close()


def _told(report: Report) -> str:
    replies = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.replies.items()))
    memory = " → ".join(f"{mb:.1f}" for mb in report.rss_mb)
    return (
        f"{report.packets:,} packets, {report.packets / max(report.seconds, 0.001):,.0f} a second: "
        f"{replies}; {report.events:,} events, {report.refused_events:,} of refusals; "
        f"memory {memory} MB ({MB:,} bytes each)"
    )


if __name__ == "__main__":
    main()
