"""One client misbehaves, and its neighbour should not notice: dripped connections, thousands of
silent ones, and questions as fast as a machine can send them.

.venv/bin/python -m tests.soak.floods --seconds 10
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dnslib import DNSRecord

from tests.answering import question
from tests.soak.questions import write_edition
from tests.soak.upstream import Outside
from tests.speed.process import which
from tests.trial import Trial

LOOPBACK: Final = "127.0.0.1"
FLOODER, NEIGHBOUR = "127.0.0.66", "127.0.0.5"
DRIPS: Final = 200  # connections of one client
SILENT: Final = 10_000  # … of a hundred clients
EVERY: Final = 0.01  # between two questions of the neighbour
PORTS: Final = 16  # that it asks from by turns, as stub resolvers do
PATIENCE: Final = 1.0  # then it asks again
TRIES: Final = 5
NAMES: Final = ("www.tiktok.com", "s1.open.example", "s2.open.example", "m.tiktok.com")


@dataclass
class Noticed:
    """What the neighbour saw."""

    milliseconds: list[float] = field(default_factory=list)
    again: int = 0  # questions that had to be asked again
    unanswered: int = 0
    stream_milliseconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{len(self.milliseconds)} answers, p50 {_share(self.milliseconds, 0.5):.2f} ms, "
            f"p99 {_share(self.milliseconds, 0.99):.2f} ms, worst {max(self.milliseconds):.1f} ms; "
            f"{self.again} asked again, {self.unanswered} never answered; over TCP "
            f"p99 {_share(self.stream_milliseconds, 0.99):.1f} ms"
        )

    @property
    def p99(self) -> float:
        return _share(self.milliseconds, 0.99)


def _share(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] if values else 0.0


class Neighbour:
    """Somebody with a few questions, one after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.noticed = Noticed()
        self._sockets = [self._socket(socket.SOCK_DGRAM) for _ in range(PORTS)]

    def _socket(self, kind: socket.SocketKind) -> socket.socket:
        sock = socket.socket(type=kind)
        sock.bind((NEIGHBOUR, 0))
        sock.settimeout(PATIENCE)
        sock.connect((LOOPBACK, self.port))
        return sock

    def live(self, seconds: float) -> Noticed:
        over, number = time.monotonic() + seconds, 0
        while time.monotonic() < over:
            number += 1
            self._ask(self._sockets[number % PORTS], number)
            if number % 20 == 0:
                self._ask_by_stream(number)
            time.sleep(EVERY)
        for sock in self._sockets:
            sock.close()
        return self.noticed

    def _ask(self, sock: socket.socket, number: int) -> None:
        message = question(NAMES[number % len(NAMES)], number=number & 0xFFFF)
        for turn in range(TRIES):
            begun = time.perf_counter()
            sock.send(message)
            with contextlib.suppress(TimeoutError):
                while sock.recv(1232)[:2] != message[:2]:
                    continue  # the late answer to one that was asked again
                self.noticed.milliseconds.append((time.perf_counter() - begun) * 1000)
                self.noticed.again += turn
                return
        self.noticed.unanswered += 1

    def _ask_by_stream(self, number: int) -> None:
        message = question(NAMES[number % len(NAMES)], number=number & 0xFFFF)
        begun = time.perf_counter()
        try:
            with self._socket(socket.SOCK_STREAM) as sock:
                sock.sendall(len(message).to_bytes(2, "big") + message)
                reply = sock.recv(4096)
        except OSError:
            self.noticed.unanswered += 1
            return
        assert DNSRecord.parse(reply[2:]).header.id == number & 0xFFFF
        self.noticed.stream_milliseconds.append((time.perf_counter() - begun) * 1000)


@contextlib.contextmanager
def peace(port: int) -> Iterator[None]:
    """Nothing else happens."""
    yield


@contextlib.contextmanager
def dripping(port: int, count: int = DRIPS) -> Iterator[None]:
    """Connections that send a byte of a question now and then, and come back when sent away."""
    is_over = threading.Event()

    def drip() -> None:
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(_stream(port, FLOODER)) for _ in range(count)]
            while not is_over.wait(0.2):
                for place, stream in enumerate(streams):
                    try:
                        stream.send(b"\1")
                    except OSError:
                        stream.close()
                        with contextlib.suppress(OSError):
                            streams[place] = stack.enter_context(_stream(port, FLOODER))

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextlib.contextmanager
def silent(port: int, count: int = SILENT) -> Iterator[None]:
    """Connections of a hundred clients that never say a word."""
    with contextlib.ExitStack() as stack:
        for number in range(count):
            with contextlib.suppress(OSError):
                stack.enter_context(_stream(port, f"127.0.2.{number % 100 + 1}"))
        yield


def _stream(port: int, client: str) -> socket.socket:
    stream = socket.socket()
    stream.settimeout(2)
    stream.bind((client, 0))
    stream.connect((LOOPBACK, port))
    return stream


def flooding(program: Path, name: str) -> Callable[[int], contextlib.AbstractContextManager[None]]:
    """Datagrams without end."""

    @contextlib.contextmanager
    def flood(port: int) -> Iterator[None]:
        words = [str(program), FLOODER, str(port), "3600", name]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            try:
                yield
            finally:
                process.kill()

    return flood


def build(folder: Path) -> Path:
    compiler = which("gcc") or which("cc")
    if not compiler:
        raise SystemExit("a C compiler is needed for the flood: apt install gcc")
    target = folder / "flood"
    source = Path(__file__).with_name("flood.c")
    subprocess.run([compiler, "-O2", "-o", str(target), str(source)], check=True)
    return target


@contextlib.contextmanager
def box(folder: Path, workers: int = 2) -> Iterator[int]:
    """A box with its usual limits; its port."""
    policy, listed = folder / "policy.toml", folder / "listed.txt"
    write_edition(0, policy, listed)
    words = ("--policy", policy, "--list", listed, "--workers", str(workers))
    with Outside() as outside:
        upstream = f"127.0.0.1:{outside.port}"
        with Trial(folder / "box", "--only", "dns", *words, upstream=upstream) as trial:
            yield int(trial.place.rpartition(":")[2])


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.soak.floods")
    parser.add_argument("--seconds", type=float, default=10, help="of each flood")
    parser.add_argument("--workers", type=int, default=2)
    words = parser.parse_args()
    is_bad = False
    with tempfile.TemporaryDirectory(prefix="bellgate-floods-") as name:
        folder = Path(name)
        program = build(folder)
        floods = {
            "peace": peace,
            f"{DRIPS} dripping connections": dripping,
            f"{SILENT:,} silent connections": silent,
            "a flood of one refused question": flooding(program, "www.tiktok.com"),
            "a flood of new names": flooding(program, "*fresh.example"),
        }
        for title, flood in floods.items():
            (folder / title).mkdir()
            with box(folder / title, words.workers) as port, flood(port):
                noticed = Neighbour(port).live(words.seconds)
            is_bad |= bool(noticed.unanswered)
            print(f"{title}: {noticed}", flush=True)
    sys.exit(1 if is_bad else 0)


if __name__ == "__main__":
    main()
