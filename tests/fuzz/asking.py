"""Puts packets to a resolver over each of its roads, and holds every reply against its packet."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from typing import Final, Protocol, Self

from appliance.sockets import Service
from tests.answering import LOOPBACK, Answering
from tests.fuzz.malice import Packets
from tests.fuzz.oracle import ANSWER, SILENCE, UDP_ROOM, complaint_of_dnslib, deserved, wrong_with

PATIENCE: Final = 3.0
READ_SHARE: Final = 16  # one reply in so many is read by dnslib too
MOST_FRAMES: Final = 60
LARGEST_QUESTION: Final = 4096
TLS_SHARE: Final = 0.2  # of streams
PARTING_SHARE: Final = 0.1  # of what makes a resolver close the connection
ENDLESS: Final = 1 << 16


class Findings(Protocol):
    packets: int
    replies: Counter[str]
    findings: list[tuple[str, bytes]]


class Datagrams:
    """Two clients: a device, and a forwarder that says for whom it asks."""

    BATCH: Final = 48

    def __init__(self, box: Answering, packets: Packets, report: Findings, forwarder: str) -> None:
        self.packets = packets
        self.report = report
        self.loop = asyncio.get_running_loop()
        self.waiting: dict[bytes, bytes] = {}  # id → packet that deserves a reply
        self.silent: dict[bytes, bytes] = {}  # … and those that deserve none
        self.number = 0
        self.all_here = asyncio.Event()
        self.sockets = [_connected(box, LOOPBACK), _connected(box, forwarder)]

    def __enter__(self) -> Self:
        for sock in self.sockets:
            self.loop.add_reader(sock, self._hear, sock)
        return self

    def __exit__(self, *_: object) -> None:
        for sock in self.sockets:
            self.loop.remove_reader(sock)
            sock.close()

    async def ask_some(self) -> None:
        """A batch, and every reply to it."""
        sock = self.sockets[self.packets.random.random() < 0.2]
        for _ in range(self.BATCH):
            self.number = (self.number + 1) & 0xFFFF
            id_ = self.number.to_bytes(2, "big")
            packet = self.packets.make()
            if len(packet) >= 2:
                packet = id_ + packet[2:]
                seen = packet[:UDP_ROOM]
                place = self.silent if deserved(seen).kind == SILENCE else self.waiting
                place[id_] = seen
            self.report.packets += 1
            sock.send(packet)
        await self._all_replies()
        if len(self.silent) > 10_000:  # no id comes again as long as its packet is here
            self.silent.clear()

    async def _all_replies(self) -> None:
        self.all_here.clear()
        if not self.waiting:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self.all_here.wait()
        except TimeoutError:
            for packet in self.waiting.values():
                self.report.findings.append(("no reply", packet))
            self.waiting.clear()

    async def finish(self) -> None:
        """Whatever still comes has come."""
        await asyncio.sleep(0.2)

    def _hear(self, sock: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._check(sock.recv(4096))

    def _check(self, reply: bytes) -> None:
        packet = self.waiting.pop(reply[:2], None)
        if packet is None:
            sent = self.silent.get(reply[:2], reply)
            self.report.findings.append(("a reply that nobody waits for", sent))
            return
        _judge(self.report, reply, packet, None)
        if not self.waiting:
            self.all_here.set()


class Streams:
    """Connections, plain and by TLS, whose bytes come in pieces of any size."""

    def __init__(
        self,
        box: Answering,
        trust: ssl.SSLContext,
        name: str,
        packets: Packets,
        report: Findings,
    ) -> None:
        self.box = box
        self.trust = trust
        self.name = name
        self.packets = packets
        self.report = report
        self.uncertain = 0  # questions whose client was sent away before it could hear

    async def ask_some(self, count: int) -> None:
        while count > 0:
            frames = min(self.packets.random.randrange(1, MOST_FRAMES), count)
            count -= frames
            await self._converse(frames)

    async def _converse(self, count: int) -> None:
        random = self.packets.random
        is_secret = random.random() < TLS_SHARE
        packets, data, is_parting = {}, bytearray(), False
        for number in range(count):
            id_ = number.to_bytes(2, "big")
            packet = (id_ + self.packets.make()[2:])[:LARGEST_QUESTION]
            self.report.packets += 1
            if deserved(packet).kind == SILENCE:
                if random.random() > PARTING_SHARE:
                    continue
                is_parting = True
            packets[id_] = packet
            data += len(packet).to_bytes(2, "big") + packet
        if random.random() < PARTING_SHARE and not is_secret:
            data += random.choice((b"\0\0", b"\xff\xff" + bytes(50), b"\0", b"\0\x20" + bytes(9)))
            is_parting = True
        replies = await self._say(bytes(data), ENDLESS if is_parting else len(packets), is_secret)
        for reply in replies:
            sent = packets.pop(reply[:2], None)
            if sent is None:
                self.report.findings.append(("a reply over a stream that nobody waits for", reply))
            else:
                _judge(self.report, reply, sent, 65_535)
        left = [packet for packet in packets.values() if deserved(packet).kind != SILENCE]
        if is_parting:
            self.uncertain += len(left)
        else:
            for packet in left:
                self.report.findings.append(("no reply over a stream", packet))

    async def _say(self, data: bytes, count: int, is_secret: bool) -> list[bytes]:
        """All replies until the other side closes; TLS knows no half, so there we do, after so
        many of them."""
        random = self.packets.random
        service = Service.TLS if is_secret else Service.TCP
        reader, writer = await asyncio.open_connection(
            LOOPBACK,
            self.box.ports[service],
            ssl=self.trust if is_secret else None,
            server_hostname=self.name if is_secret else None,
        )
        replies: list[bytes] = []
        try:
            async with asyncio.timeout(PATIENCE):
                with contextlib.suppress(OSError):  # we may have been sent away before our end
                    while data and not writer.is_closing():
                        size = random.choice((1, 2, 3, 17, 100, 700, 5_000))
                        writer.write(data[:size])
                        data = data[size:]
                        await asyncio.sleep(0)
                    if not is_secret:
                        writer.write_eof()
                with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                    while not is_secret or len(replies) < count:
                        size = int.from_bytes(await reader.readexactly(2), "big")
                        replies.append(await reader.readexactly(size))
        except TimeoutError:
            self.report.findings.append(("a stream that does not end", data))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return replies


def _judge(report: Findings, reply: bytes, packet: bytes, room: int | None) -> None:
    kind = deserved(packet).kind
    report.replies[kind] += 1
    fault = wrong_with(reply, packet, room=room)
    if not fault and kind == ANSWER and report.replies[kind] % READ_SHARE == 0:
        if not complaint_of_dnslib(packet):  # it can't read odd letters in a question either
            fault = complaint_of_dnslib(reply)
    if fault:
        report.findings.append((fault, packet))


def _connected(box: Answering, client: str) -> socket.socket:
    sock = socket.socket(type=socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((client, 0))
    sock.connect((LOOPBACK, box.ports[Service.UDP]))
    return sock
