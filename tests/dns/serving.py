"""A real server on the loopback, a desk that answers there, and peers who ask."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from appliance.dns import wire
from appliance.dns.streams.desk import Reply
from appliance.dns.streams.door import Door

PATIENCE = 20  # seconds, after which a test has failed; nothing waits for it to pass
NAME = "dns.example.sch.uk"
TABLET = "k7f3q9wz2m"  # its client id
STRANGER = "127.6.6.6"  # who may not ask
Answer = TypeVar("Answer")


class FrontDesk:
    """Answers by the labels of a name: `big` with 60 kB, `none` with NXDOMAIN; `held` first: when
    the test says so, `never` first: not at all; all others at once, with addresses."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []  # seat and name
        self.held: list[Callable[[], None]] = []

    def seat(self, address: bytes) -> str | None:
        where = str(
            socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)
        )
        return None if where == STRANGER else where

    def seat_of_client(self, client_id: str, address: bytes) -> str | None:
        return "tablet" if client_id == TABLET else None

    def take(self, message: bytes, seat: str, reply: Reply) -> None:
        question = wire.read_question(message)
        self.asked.append((seat, question.name))
        labels = question.name.split(".")
        shape = next((SHAPES[label] for label in labels if label in SHAPES), SHAPES["any"])
        answer = wire.reply(message, question, shape)
        if labels[0].startswith("held"):
            self.held.append(lambda: reply(answer))
        elif labels[0] != "never":
            reply(answer)


SHAPES = {
    "any": wire.Shape(
        answers=2,
        records=wire.record(wire.Type.A, 300, bytes((192, 0, 2, 1)))
        + wire.record(wire.Type.A, 60, bytes((192, 0, 2, 2))),
    ),
    "big": wire.Shape(
        answers=240, records=wire.record(wire.Type.TXT, 60, b"\xf0" + b"x" * 240) * 240
    ),
    "none": wire.Shape(
        rcode=wire.Rcode.NXDOMAIN,
        authorities=1,
        records=wire.record(wire.Type.SOA, 900, b"\0\0" + (30).to_bytes(4, "big") * 5),
    ),
}


class Served:
    """One door, in a loop of its own in a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket, asyncio.AbstractEventLoop], Door]) -> None:
        self.loop = asyncio.new_event_loop()
        self.faults: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda loop, context: self.faults.append(context))
        sock = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = sock.getsockname()[1]
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.door = self.call(lambda: serve(sock, self.loop))

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Do this in the server's thread."""

        async def do() -> Answer:
            return work()

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(PATIENCE)

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for something to become true in the server's thread."""

        async def wait() -> None:
            async with asyncio.timeout(PATIENCE):
                while not is_so():
                    await asyncio.sleep(0.005)

        asyncio.run_coroutine_threadsafe(wait(), self.loop).result(PATIENCE + 1)

    def close(self) -> None:
        self.call(self.door.close)
        self.until(lambda: len(asyncio.all_tasks(self.loop)) == 1)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()
        assert not self.faults
        assert not len(self.door)


def query(name: str, id_: int = 1, qtype: int = wire.Type.A) -> bytes:
    head = id_.to_bytes(2, "big") + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    return head + wire.labels_of(name) + qtype.to_bytes(2, "big") + b"\0\1"


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(2, "big") + message for message in messages)


def base64url(message: bytes) -> str:
    return base64.urlsafe_b64encode(message).rstrip(b"=").decode()


class Peer:
    """A client with a socket and no manners but those that a test gives it."""

    def __init__(
        self,
        port: int,
        *,
        source: str = "127.0.0.1",
        trust: ssl.SSLContext | None = None,
        name: str = NAME,
        receive_buffer: int = 0,
    ) -> None:
        raw = socket.socket()
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(PATIENCE)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = raw
        try:
            raw.bind((source, 0))
            raw.connect(("127.0.0.1", port))
            if trust is not None:
                self.socket = trust.wrap_socket(raw, server_hostname=name)
        except OSError:
            raw.close()
            raise

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *fault: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, name: str, id_: int = 1) -> bytes:
        self.send(framed(query(name, id_)))
        return self.message()

    def message(self) -> bytes:
        return self.take(int.from_bytes(self.take(2), "big"))

    def take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def head(self) -> bytes:
        """The head of one response of HTTP/1.1."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.take(1)
        return head

    def is_shown_out(self) -> bool:
        """True when the other side closes; False if it says something instead."""
        try:
            return not self.socket.recv(1)
        except ssl.SSLEOFError:
            return True
        except ConnectionError:
            return True


def ids(messages: Iterable[bytes]) -> list[int]:
    return [int.from_bytes(message[:2], "big") for message in messages]


def said(*words: str | int, code: int = 0) -> str:
    """What somebody else's program says of our answers."""
    run = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout


def quietly(work: Callable[[], object]) -> None:
    """Do this, and don't mind if the other side has closed."""
    with contextlib.suppress(OSError):
        work()
