"""What a DNS server does when it is asked: well, badly, late, or with malice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dnslib import EDNS0, QTYPE, RCODE, RR, DNSRecord


@dataclass(frozen=True)
class Asked:
    """One question as it arrived."""

    message: bytes
    transport: str  # udp, tcp, tls or https
    port: int  # that it was sent from
    at: float = field(default_factory=time.monotonic)
    headers: dict[str, str] = field(default_factory=dict)  # of HTTPS

    @property
    def record(self) -> Any:
        return DNSRecord.parse(self.message)

    @property
    def name(self) -> str:
        return str(self.record.q.qname).rstrip(".").lower()

    @property
    def kind(self) -> str:
        return str(QTYPE[self.record.q.qtype])

    @property
    def has_edns(self) -> bool:
        return any(record.rtype == QTYPE.OPT for record in self.record.ar)

    @property
    def reply(self) -> Any:
        """An empty reply, for a behaviour to fill; dnslib keeps the letters as they were asked."""
        reply = self.record.reply()
        if self.has_edns:
            reply.add_ar(EDNS0(udp_len=1232))
        return reply


@dataclass(frozen=True)
class Deed:
    """One message sent, or something odder."""

    message: bytes
    after: float = 0.0
    pieces: tuple[int, ...] = ()  # where a stream is cut into pieces
    is_framed: bool = True  # streams: with its length before it
    closes: bool = False  # streams: the connection ends behind it
    status: int = 200
    media_type: str = "application/dns-message"


Behaviour = Callable[[Asked], Sequence[Deed]]


def answer(*records: str) -> Behaviour:
    """These records, as a zone file has them; an address if there are none."""

    def behave(asked: Asked) -> Sequence[Deed]:
        reply = asked.reply
        for text in records:
            reply.add_answer(*RR.fromZone(text))
        if not records and asked.kind == "A":
            reply.add_answer(*RR.fromZone(f"{asked.record.q.qname} 300 A 192.0.2.1"))
        return [Deed(bytes(reply.pack()))]

    return behave


WELL: Behaviour = answer()


def echo(asked: Asked) -> Sequence[Deed]:
    """The question back as its own reply: for tests that ask thousands."""
    return [Deed(asked.message[:2] + b"\x81\x80" + asked.message[4:])]


def complains(rcode: str, *, is_curt: bool = False) -> Behaviour:
    """SERVFAIL, REFUSED, FORMERR, NOTIMP, NXDOMAIN; curt: without even the question."""

    def behave(asked: Asked) -> Sequence[Deed]:
        reply = asked.reply
        reply.header.rcode = getattr(RCODE, rcode)
        packed = bytes(reply.pack())
        return [Deed(packed[:4] + bytes(8) if is_curt else packed)]

    return behave


def silence(asked: Asked) -> Sequence[Deed]:
    return ()


def late(seconds: float, then: Behaviour = WELL) -> Behaviour:
    return lambda asked: [replace(deed, after=deed.after + seconds) for deed in then(asked)]


def altered(alter: Callable[[bytes], bytes], then: Behaviour = WELL) -> Behaviour:
    """The answer with its bytes changed."""
    return lambda asked: [replace(deed, message=alter(deed.message)) for deed in then(asked)]


def wrong_id(message: bytes) -> bytes:
    return bytes((message[0] ^ 0x55, message[1] ^ 0xAA)) + message[2:]


def wrong_question(message: bytes) -> bytes:
    return message[:13] + bytes((message[13] ^ 1,)) + message[14:]


def headless(message: bytes) -> bytes:
    return message[:2]


def bare(message: bytes) -> bytes:
    return message[:12]


def small_letters(message: bytes) -> bytes:
    return message[:12] + message[12:].lower()


def as_query(message: bytes) -> bytes:
    return message[:2] + bytes((message[2] & 0x7F,)) + message[3:]


def other_opcode(message: bytes) -> bytes:
    return message[:2] + bytes((message[2] | 0x28,)) + message[3:]


def cut_short(message: bytes) -> bytes:
    """TC, and no records."""
    question = DNSRecord.parse(message)
    question.rr, question.header.tc = [], 1
    return bytes(question.pack())


def forged(count: int, then: Behaviour = WELL) -> Behaviour:
    """So many replies with a wrong id, and then the right one."""

    def behave(asked: Asked) -> Sequence[Deed]:
        right = then(asked)
        forgery = [replace(deed, message=wrong_id(deed.message)) for deed in right]
        return [*forgery * count, *right]

    return behave


def together(*behaviours: Behaviour) -> Behaviour:
    """What each of them does, one after the other."""
    return lambda asked: [deed for behave in behaviours for deed in behave(asked)]


def by_transport(otherwise: Behaviour = WELL, **behaviours: Behaviour) -> Behaviour:
    """udp=…, tcp=…"""
    return lambda asked: behaviours.get(asked.transport, otherwise)(asked)


def by_kind(**behaviours: Behaviour) -> Behaviour:
    """A=…, HTTPS=…; of every other type there is nothing."""
    nothing = complains("NOERROR")
    return lambda asked: behaviours.get(asked.kind, nothing)(asked)


def truncated(then: Behaviour = WELL) -> Behaviour:
    """Only TCP carries the answer."""
    return by_transport(then, udp=altered(cut_short, then))


def by_turns(*behaviours: Behaviour) -> Behaviour:
    """The first time the first, and so on; the last for ever."""
    left = list(behaviours)
    return lambda asked: (left.pop(0) if len(left) > 1 else left[0])(asked)


def without_edns(then: Behaviour = WELL, rcode: str = "FORMERR") -> Behaviour:
    """A server that has never heard of EDNS."""
    complaint = complains(rcode, is_curt=True)
    return lambda asked: (complaint if asked.has_edns else then)(asked)


def large(size: int) -> Behaviour:
    """An answer of exactly so many bytes."""

    def behave(asked: Asked) -> Sequence[Deed]:
        head = bytes(asked.record.reply().pack())
        head = head[:6] + (1).to_bytes(2, "big") + head[8:]
        length = size - len(head) - 12
        record = b"\xc0\x0c\0\x10\0\1\0\0\1\x2c" + length.to_bytes(2, "big") + bytes(length)
        return [Deed(head + record)]

    return behave


def in_pieces(*places: int, then: Behaviour = WELL) -> Behaviour:
    """A stream's frame cut at these places."""
    return lambda asked: [replace(deed, pieces=places) for deed in then(asked)]


def broken_off(size: int, then: Behaviour = WELL) -> Behaviour:
    """A frame that ends after so many bytes, and the connection with it."""

    def behave(asked: Asked) -> Sequence[Deed]:
        return [
            replace(deed, message=framed(deed.message)[:size], is_framed=False, closes=True)
            for deed in then(asked)
        ]

    return behave


def says(message: bytes, *, is_framed: bool = True, closes: bool = False) -> Behaviour:
    """These bytes, whatever was asked."""
    return lambda asked: [Deed(message, is_framed=is_framed, closes=closes)]


def over_http(
    status: int = 200, media_type: str = "application/dns-message", then: Behaviour = WELL
) -> Behaviour:
    return lambda asked: [
        replace(deed, status=status, media_type=media_type) for deed in then(asked)
    ]


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message
