"""`bellgate run` as a process, and devices that ask it over real sockets.

with running(folder, upstreams=[up.plain]) as box:
    box.device(DAN).ask("www.tiktok.com").addresses
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, Unpack

from appliance import config, settings
from appliance.dns.wire import dotted
from appliance.endpoint import Endpoint
from appliance.event import Event, read
from appliance.running import clock_offset
from tests.console import CHECKOUT, Said, bellgate
from tests.journeys.asking import Reply, Style, framed_replies, query
from tests.journeys.cast import LESSON, POLICY
from tests.ports import free_port

READY_SECONDS = 60.0  # a busy machine is no fault of the code
ANSWER_SECONDS = 5.0
ENVIRON = os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "utf-8"}
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = 10.0) -> Found:
    """What a look finds, looking again and again until there is something to find."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not within {seconds:g} seconds"
        time.sleep(0.01)
    return found


@dataclass(frozen=True)
class Device:
    """Somebody's device: the address it asks from, and the box it asks."""

    address: str
    port: int

    def ask(
        self, name: str, kind: str = "A", *, seconds: float = ANSWER_SECONDS, **how: Unpack[Style]
    ) -> Reply:
        """One question by UDP; no reply is a failure."""
        reply = self.try_to_ask(name, kind, seconds=seconds, **how)
        assert reply, f"no reply to {name} {kind} for {self.address}"
        return reply

    def try_to_ask(
        self, name: str, kind: str = "A", *, seconds: float = ANSWER_SECONDS, **how: Unpack[Style]
    ) -> Reply | None:
        return self.send(query(name, kind, **how), seconds)

    def send(self, message: bytes, seconds: float = ANSWER_SECONDS) -> Reply | None:
        """Any bytes; None: silence."""
        replies = self.send_all([message], seconds)
        return replies[0] if replies else None

    def send_all(self, messages: list[bytes], seconds: float = ANSWER_SECONDS) -> list[Reply]:
        """All at once from one socket; the replies that came within the time."""
        replies: list[Reply] = []
        end = time.monotonic() + seconds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.bind((self.address, 0))
            sock.connect(("127.0.0.1", self.port))
            for message in messages:
                sock.send(message)
            while len(replies) < len(messages) and (left := end - time.monotonic()) > 0:
                sock.settimeout(left)
                with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                    replies.append(Reply(sock.recv(65_535)))
        return replies

    def ask_by_tcp(self, name: str, kind: str = "A", **how: Unpack[Style]) -> Reply:
        (reply,) = self.send_by_tcp([query(name, kind, **how)])
        return reply

    def send_by_tcp(self, messages: list[bytes]) -> list[Reply]:
        """All on one connection, one after the other; replies in whatever order they come."""
        with self._connection() as sock:
            for message in messages:
                sock.sendall(len(message).to_bytes(2, "big") + message)
            return framed_replies(sock, len(messages))

    @contextlib.contextmanager
    def conversation(self) -> Iterator[Conversation]:
        """A connection that stays open."""
        with self._connection() as sock:
            yield Conversation(sock)

    def _connection(self) -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", self.port), ANSWER_SECONDS, source_address=(self.address, 0)
        )


class Conversation:
    """One connection that stays open: questions in turns with their answers."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def ask(self, name: str, kind: str = "A", **how: Unpack[Style]) -> Reply:
        message = query(name, kind, **how)
        self._sock.sendall(len(message).to_bytes(2, "big") + message)
        (reply,) = framed_replies(self._sock, 1)
        return reply

    def ask_and_hang_up(self, name: str) -> Reply:
        """As clients do that have said all they had to say, and still listen."""
        message = query(name)
        self._sock.sendall(len(message).to_bytes(2, "big") + message)
        self._sock.shutdown(socket.SHUT_WR)
        (reply,) = framed_replies(self._sock, 1)
        return reply


class Box:
    """Bellgate as it runs."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.port = port
        self.process = process
        self.ready = ""  # what it said when it answered

    @property
    def data(self) -> Path:
        return self.folder / "var"

    @property
    def said(self) -> str:
        """What it told whoever looks on."""
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def device(self, address: str) -> Device:
        return Device(address, self.port)

    def now(self) -> float:
        """What time it is for this box."""
        return time.time() + clock_offset(self.data)

    def publish(self, policy: str) -> Said:
        """As a network manager does who has edited the policy."""
        file = self.folder / "policy.toml"
        file.write_text(policy, encoding="utf-8")
        said = bellgate("publish", "--policy", file, "--dir", self.data)
        assert said.code == 0, said.err
        return said

    def workers(self) -> list[int]:
        """The processes of its resolvers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill(self, worker: int) -> None:
        """As the kernel does when memory runs out; the number is one of `workers`."""
        os.kill(worker, signal.SIGKILL)

    def events(self) -> list[Event]:
        """All that the record holds so far, of all resolvers."""
        files = sorted((self.data / "run" / "events").glob("dns-*/*.events"))
        found = [event for file in files for event in read(file.read_bytes())]
        return [event for event in found if isinstance(event, Event)]

    def events_about(self, name: str, count: int = 1, *, forwarder: str = "") -> list[Event]:
        """What the record says of a name, once it says it so many times; with a forwarder's
        address, only of what was asked through that one."""

        def about() -> list[Event] | None:
            found = [
                event
                for event in self.events()
                if dotted(event.name) == name and forwarder in ("", event.asker.forwarder)
            ]
            return found if len(found) >= count else None

        return eventually(about)

    def end(self) -> int:
        """Tell it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    upstreams: Iterable[config.Upstream],
    policy: str = POLICY,
    appliance: str = "",
    clock: str = LESSON,
    workers: int = 1,
    dns: Iterable[str] = (),
    only: str = "dns",
    more: Iterable[str] = (),
) -> Iterator[Box]:
    """A box from its ready line to its end. `appliance` is its appliance.toml, `dns` are addresses
    besides 127.0.0.1 on which it is to answer. Resolvers run alone if nobody says otherwise: what
    they note is read here, where a recorder would delete it. `more` goes behind its command.

    Nothing may have gone wrong inside that only its log knows of."""
    data = folder / "var"
    data.mkdir(parents=True, exist_ok=True)
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    (data / settings.FILE).write_text(appliance, encoding="utf-8")
    port = free_port()
    words = ["--only", only, "--dir", str(data), "--policy", str(folder / "policy.toml")]
    words += ["--workers", str(workers), "--clock", clock]
    for address in ("127.0.0.1", *dns):
        words += ["--dns", str(Endpoint(ipaddress.ip_address(address), port))]
    for upstream in upstreams:
        words += ["--upstream", str(upstream)]
    box = _started(folder, port, [*words, *more])
    assert box.process.stdout
    with box.process.stdout:
        try:
            yield box
        finally:
            if box.process.poll() is None:
                box.end()
    assert "Traceback" not in box.said, box.said
    assert "Exception" not in box.said, box.said


def _started(folder: Path, port: int, words: list[str]) -> Box:
    """Start it, and return when it says that it answers."""
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", *words],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=ENVIRON,
        )
    box = Box(folder, port, process)
    too_late = threading.Timer(READY_SECONDS, process.kill)
    too_late.start()
    assert process.stdout
    line = process.stdout.readline()
    too_late.cancel()
    if not line.startswith("ready dns="):
        process.kill()
        process.communicate()
        raise AssertionError(f"it said {line!r} and {box.said}")
    box.ready = line
    return box
