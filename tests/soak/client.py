"""The load: asks evenly, whatever happens, and judges every answer by what may hold just then."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from tests.soak.history import History
from tests.soak.questions import Kind, Question

LOOPBACK: Final = "127.0.0.1"
CLIENTS: Final = 80  # each asks as much as a busy device, no more than a client may
PATIENCE: Final = 7.0  # seconds; the resolver itself gives up after four
LATE: Final = 0.02
TICK: Final = 0.001
SO_TIMESTAMPNS: Final = 35  # <asm-generic/socket.h>; Python has no name for it
_TIMESPEC = struct.Struct("qq")
REFUSED, FAILED = b"\0\0\0\0", b""


@dataclass(slots=True)
class Asked:
    """A question on its way."""

    question: Question
    at: float


@dataclass
class Seen:
    """What came of it all."""

    sent: int = 0
    answered: int = 0
    late: int = 0
    worst: float = 0  # seconds, of what was neither asked near a death nor had to wait for others
    worst_stale: float = 0  # … of a name in the cache, while the upstream was dead
    worst_of_all: float = 0
    latencies: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)  # when they were asked
    failures: Counter[Kind] = field(default_factory=Counter)  # while the upstream was dead
    refused: dict[int, float] = field(default_factory=dict)  # number → when its answer came
    sender_late: float = 0
    slowest_switch: float = float("-inf")  # from a publish's end to a question still answered by
    # the edition before it


class Client:
    """Many devices in one thread."""

    def __init__(self, port: int, questions: Iterator[Question], history: History) -> None:
        self.questions = questions
        self.history = history
        self.seen = Seen()
        self._selector = selectors.DefaultSelector()
        self._out: list[dict[bytes, Asked]] = [{} for _ in range(CLIENTS)]
        self._ids = [0] * CLIENTS
        self._sockets = [self._open(place, port) for place in range(CLIENTS)]

    def _open(self, place: int, port: int) -> socket.socket:
        sock = socket.socket(type=socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.bind((f"127.0.1.{place + 1}", 0))
        sock.connect((LOOPBACK, port))
        self._selector.register(sock, selectors.EVENT_READ, place)
        return sock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in self._sockets:
            sock.close()
        self._selector.close()

    def run(self, seconds: float, rate: int) -> Seen:
        begun = time.time()
        end, due, gap, turn = begun + seconds, begun, 1 / rate, 0
        swept = begun
        while (now := time.time()) < end:
            while due <= now:
                self.seen.sender_late = max(self.seen.sender_late, now - due)
                self._ask(turn)
                turn = (turn + 1) % CLIENTS
                due += gap
            self._hear(min(max(due - time.time(), 0), TICK))
            if now > swept + 1:
                self._sweep(now - PATIENCE)
                swept = now
        while time.time() < end + PATIENCE and any(self._out):
            self._hear(0.05)
        self._sweep(float("inf"))
        return self.seen

    def _ask(self, place: int) -> None:
        number = self._ids[place] = (self._ids[place] + 1) & 0xFFFF
        id_ = number.to_bytes(2, "big")
        question = next(self.questions)
        self.seen.sent += 1
        self._out[place][id_] = Asked(question, time.time())
        try:
            self._sockets[place].send(id_ + question.message)
        except ConnectionRefusedError:  # of one before it; this one was not sent
            self._sockets[place].send(id_ + question.message)

    def _hear(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            sock, out = self._sockets[key.data], self._out[key.data]
            while True:
                try:
                    reply, marks, _, _ = sock.recvmsg(2048, 64)
                except BlockingIOError:
                    break
                except ConnectionRefusedError:
                    continue
                at = time.time()
                for _, _, data in marks:
                    whole, nano = _TIMESPEC.unpack(data[:16])
                    at = whole + nano / 1e9
                self._judge(reply, out.pop(reply[:2], None), at)

    def _judge(self, reply: bytes, asked: Asked | None, at: float) -> None:
        seen, history = self.seen, self.history
        if asked is None:
            seen.wrong.append(f"an answer that nobody waits for: {reply[:60]!r}")
            return
        question = asked.question
        seen.answered += 1
        took = max(at - asked.at, 0)
        seen.latencies.append(took)
        seen.worst_of_all = max(seen.worst_of_all, took)
        if not history.is_near_death(asked.at, at):
            if not history.is_outside_dead(asked.at, at):
                seen.worst = max(seen.worst, took)
                seen.late += took > LATE
            elif question.kind is Kind.OPEN:
                seen.worst_stale = max(seen.worst_stale, took)
        said = _said(reply, question)
        if said is None:
            self._wrong(question, asked, at, f"nonsense: {reply.hex()}")
        elif said == FAILED:
            if history.is_outside_dead(asked.at, at):
                seen.failures[question.kind] += 1
            else:
                self._wrong(question, asked, at, "SERVFAIL")
        else:
            self._judge_address(question, asked, at, said)

    def _judge_address(self, question: Question, asked: Asked, at: float, said: bytes) -> None:
        is_refused = said == REFUSED
        if not is_refused and said != question.address:
            self._wrong(question, asked, at, f"the address of another name: {said.hex()}")
            return
        if is_refused and question.kind is Kind.REFUSED:
            self.seen.refused[question.number] = at
        newest, ended = self.history.newest(at)
        if is_refused is not question.is_refused_in(newest):
            self.seen.slowest_switch = max(self.seen.slowest_switch, asked.at - ended)
        may_be = {question.is_refused_in(one) for one in self.history.editions(asked.at, at)}
        if is_refused not in may_be:
            said_so = "refused" if is_refused else "answered"
            self._wrong(question, asked, at, f"{said_so} under another policy")

    def _wrong(self, question: Question, asked: Asked, at: float, why: str) -> None:
        begun = self.history.begun
        self.seen.wrong.append(
            f"{question.kind.name} asked at {asked.at - begun:.3f}, answered at {at - begun:.3f}: "
            f"{why}"
        )

    def _sweep(self, before: float) -> None:
        for out in self._out:
            for id_ in [id_ for id_, asked in out.items() if asked.at < before]:
                self.seen.lost.append(out.pop(id_).at)


def _said(reply: bytes, question: Question) -> bytes | None:
    """The address of an answer, b"" for SERVFAIL; None where it is no proper answer."""
    asked = question.message[10:-11]  # between its header and its OPT
    if reply[12 : 12 + len(asked)] != asked or not reply[2] & 0x80 or reply[2] & 2:
        return None
    end = 12 + len(asked)
    rcode, answers = reply[3] & 0xF, reply[6] << 8 | reply[7]
    if rcode == 2 and not answers:
        return FAILED
    if rcode or answers != 1 or reply[end : end + 6] != b"\xc0\x0c\0\1\0\1":
        return None
    return reply[end + 12 : end + 16]
