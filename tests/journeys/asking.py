"""Questions as devices send them, made by somebody else's library, and what came back."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from dnslib import EDNS0, QTYPE, RCODE, RR, DNSHeader, DNSQuestion, DNSRecord, EDNSOption

EXTENDED_ERROR = 15  # RFC 8914
BADVERS = 16
CLIENT_SUBNET = 8
COOKIE = 10
PADDING = 12
DNSMASQ_MAC = 65_001
_IDS = random.SystemRandom()  # the shared one is hypothesis's: devices ask while it draws

Option = tuple[int, bytes]


class Style(TypedDict, total=False):
    """How a question is asked; see `query`."""

    edns: int | None
    dnssec_ok: bool
    options: Iterable[Option]
    version: int
    qclass: int
    opcode: int
    ad: bool
    cd: bool


def query(
    name: str,
    kind: str = "A",
    *,
    edns: int | None = 1232,
    dnssec_ok: bool = False,
    options: Iterable[Option] = (),
    version: int = 0,
    qclass: int = 1,
    opcode: int = 0,
    ad: bool = False,
    cd: bool = False,
) -> bytes:
    """The message of a device; `edns` is the size it says it takes, None: it knows no EDNS."""
    header = DNSHeader(id=_IDS.randrange(65_536), opcode=opcode, rd=1, ad=ad, cd=cd)
    record = DNSRecord(header, q=DNSQuestion(name, _number(kind), qclass))
    if edns is not None:
        flags = "do" if dnssec_ok else ""
        opts = [EDNSOption(code, data) for code, data in options]
        record.add_ar(EDNS0(udp_len=edns, flags=flags, version=version, opts=opts))
    return bytes(record.pack())


def _number(kind: str) -> int:
    number: int = getattr(QTYPE, kind)  # TYPE249 as well
    return number


@dataclass(frozen=True)
class Reply:
    """A reply as another program reads it."""

    message: bytes

    @cached_property
    def record(self) -> DNSRecord:
        return DNSRecord.parse(self.message)

    @property
    def rcode(self) -> str:
        """NOERROR, NXDOMAIN, BADVERS…, the upper bits included."""
        code = self.record.header.rcode
        for opt in self._opt:
            code |= opt.ttl >> 24 << 4
        return "BADVERS" if code == BADVERS else str(RCODE[code])  # dnslib has no name for it

    @property
    def answers(self) -> list[RR]:
        return list(self.record.rr)

    @property
    def addresses(self) -> list[str]:
        return [str(rr.rdata) for rr in self.answers if rr.rtype in (QTYPE.A, QTYPE.AAAA)]

    @property
    def texts(self) -> list[str]:
        """Each answer: type and data."""
        return [f"{QTYPE[rr.rtype]} {rr.rdata}" for rr in self.answers]

    @property
    def ttl(self) -> int:
        """How long a device may keep it: its least TTL, a negative answer's by its SOA."""
        ttls: list[int] = [rr.ttl for rr in (self.answers or self.record.auth)]
        assert ttls, f"nothing says how long to keep {self.record}"
        return min(ttls)

    @property
    def is_empty(self) -> bool:
        """There is such a name, but nothing of this type, and a SOA says for how long."""
        kinds = [rr.rtype for rr in self.record.auth]
        return self.rcode == "NOERROR" and not self.answers and kinds == [QTYPE.SOA]

    @property
    def is_cut(self) -> bool:
        return bool(self.record.header.tc)

    @property
    def has_edns(self) -> bool:
        return bool(self._opt)

    @property
    def why(self) -> tuple[int, str] | None:
        """The extended error: its code and text."""
        for rr in self._opt:
            for option in rr.rdata:
                if option.code == EXTENDED_ERROR:
                    return int.from_bytes(option.data[:2], "big"), option.data[2:].decode()
        return None

    @property
    def _opt(self) -> list[RR]:
        return [rr for rr in self.record.ar if rr.rtype == QTYPE.OPT]


def subnet(address: str, bits: int = 32) -> Option:
    """EDNS Client Subnet, RFC 7871: what a forwarder says of the device that it asks for."""
    packed = bytes(map(int, address.split(".")))
    return CLIENT_SUBNET, b"\0\1" + bytes((bits, 0)) + packed[: bits // 8]


def framed_replies(sock: socket.socket, count: int) -> list[Reply]:
    """So many messages from a stream."""
    replies: list[Reply] = []
    with sock.makefile("rb") as stream:
        while len(replies) < count:
            size = int.from_bytes(stream.read(2), "big")
            assert size, f"the connection ended after {len(replies)} replies"
            replies.append(Reply(stream.read(size)))
    return replies
