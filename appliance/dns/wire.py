"""DNS messages as bytes: reading a question, and laying out the reply to it.

Only what the answering path needs, and every read is bounded: a message is whatever a pupil's
program cared to send. Numbers and names are those of RFC 1035, 6891 and 8914.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

HEADER_SIZE: Final = 12
LARGEST_MESSAGE: Final = 65_535
PLAIN_UDP_SIZE: Final = 512  # RFC 1035 §4.2.1: what a client takes that says nothing
OUR_UDP_SIZE: Final = 1232  # fits every path unbroken: DNS flag day 2020
LONGEST_NAME: Final = 255  # on the wire, with its lengths and the root
LONGEST_LABEL: Final = 63

QR: Final = 0x8000
OPCODE: Final = 0x7800
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
AD: Final = 0x0020
CD: Final = 0x0010
DO: Final = 0x8000  # among the flags of EDNS

TO_QUESTION: Final = b"\xc0\x0c"  # a name that points to the question's


class Rcode(IntEnum):
    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    BADVERS = 16


class Type(IntEnum):
    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    HINFO = 13
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    DNAME = 39
    OPT = 41
    DS = 43
    RRSIG = 46
    SVCB = 64
    HTTPS = 65
    IXFR = 251
    AXFR = 252
    ANY = 255


class Class(IntEnum):
    IN = 1
    CHAOS = 3
    ANY = 255


class Option(IntEnum):
    """EDNS options that we read or write."""

    CLIENT_SUBNET = 8
    EXTENDED_ERROR = 15
    DNSMASQ_MAC = 65_001


class Extended(IntEnum):
    """Extended DNS errors, RFC 8914."""

    STALE_ANSWER = 3
    BLOCKED = 15  # by the one who runs this resolver: the school
    FILTERED = 17  # because the client asked for it
    PROHIBITED = 18  # this client may not ask here
    STALE_NXDOMAIN = 19
    NO_REACHABLE_AUTHORITY = 22
    NETWORK_ERROR = 23


class Malformed(Exception):
    """This message can't be read; `rcode` is what its sender is told, None: nothing."""

    def __init__(self, rcode: Rcode | None) -> None:
        super().__init__(rcode)
        self.rcode = rcode


# Named tuples from here on: a frozen dataclass takes three times as long to make, and one of each
# is made for every question that is not answered at once.


class Edns(NamedTuple):
    """What a message says of itself in its OPT record."""

    size: int
    version: int
    dnssec_ok: bool
    options: tuple[tuple[int, bytes], ...]

    def option(self, code: int) -> bytes | None:
        return next((data for number, data in self.options if number == code), None)


class Question(NamedTuple):
    """A message that asks one thing."""

    id: bytes
    flags: int
    name: str  # lower case, no trailing dot; odd bytes as Latin-1 has them
    qname: bytes  # the same as labels, lower case
    qtype: int
    qclass: int
    end: int  # of the question in its message
    edns: Edns | None

    @property
    def key(self) -> bytes:
        """What is asked, whoever asks and in whatever case."""
        return self.qname + _TWO.pack(self.qtype, self.qclass)


class Shape(NamedTuple):
    """An answer without its question: what stands behind it. Owner names point to the question."""

    rcode: Rcode = Rcode.NOERROR
    answers: int = 0
    authorities: int = 0
    records: bytes = b""
    is_authentic: bool = False  # an upstream has checked the signatures


_HEADER = Struct("!2sHHHHH")
_AFTER_ID = Struct("!HHHHH")
_TWO = Struct("!HH")
_RECORD = Struct("!HHIH")  # type, class, TTL, length of the data
_OPT_HEAD = Struct("!BHHBBHH")


def read_question(message: bytes) -> Question:
    """The question of a query; Malformed where there is none that we can answer."""
    if len(message) < HEADER_SIZE:
        raise Malformed(None)
    id_, flags, questions, answers, authorities, others = _HEADER.unpack_from(message)
    if flags & QR:
        raise Malformed(None)  # an answer to nothing: silence, or two resolvers talk for ever
    if flags & OPCODE:
        raise Malformed(Rcode.NOTIMP)  # NOTIFY, UPDATE and the rest are not for us
    if questions != 1 or answers or authorities or others > 2:
        raise Malformed(Rcode.FORMERR)
    qname, end = read_plain_name(message, HEADER_SIZE)
    if end + 4 > len(message):
        raise Malformed(Rcode.FORMERR)
    qtype, qclass = _TWO.unpack_from(message, end)
    end += 4
    edns = _read_edns(message, end, others)
    return Question(id_, flags, dotted(qname), qname, qtype, qclass, end, edns)


def read_plain_name(message: bytes, at: int) -> tuple[bytes, int]:
    """An uncompressed name in lower case, with its lengths, and where it ends."""
    start = at
    try:
        while size := message[at]:
            if size > LONGEST_LABEL:
                raise Malformed(Rcode.FORMERR)  # a pointer in a question points nowhere good
            at += size + 1
    except IndexError:
        raise Malformed(Rcode.FORMERR) from None
    at += 1
    if at - start > LONGEST_NAME:
        raise Malformed(Rcode.FORMERR)
    return message[start:at].lower(), at


def dotted(qname: bytes) -> str:
    """A name of labels as text."""
    at, labels = 0, []
    while size := qname[at]:
        labels.append(qname[at + 1 : at + 1 + size])
        at += size + 1
    return b".".join(labels).decode("latin-1")


def labels_of(name: str) -> bytes:
    """A name as labels. `name` is normalised."""
    if not name:
        return b"\0"
    parts = [part.encode("latin-1") for part in name.split(".")]
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def _read_edns(message: bytes, at: int, count: int) -> Edns | None:
    """The OPT record behind the question; a TSIG may stand there too, and is not ours."""
    edns = None
    for _ in range(count):
        owner, at = read_plain_name(message, at)
        if at + 10 > len(message):
            raise Malformed(Rcode.FORMERR)
        kind, size, ttl, length = _RECORD.unpack_from(message, at)
        at += 10
        if at + length > len(message):
            raise Malformed(Rcode.FORMERR)
        if kind == Type.OPT:
            if edns is not None or owner != b"\0":
                raise Malformed(Rcode.FORMERR)  # RFC 6891 §6.1.1
            options = _read_options(message, at, at + length)
            edns = Edns(size, ttl >> 16 & 0xFF, bool(ttl & DO), options)
        at += length
    return edns


def _read_options(message: bytes, at: int, end: int) -> tuple[tuple[int, bytes], ...]:
    options = []
    while at < end:
        if at + 4 > end:
            raise Malformed(Rcode.FORMERR)
        code, length = _TWO.unpack_from(message, at)
        at += 4
        if at + length > end:
            raise Malformed(Rcode.FORMERR)
        options.append((code, message[at : at + length]))
        at += length
    return tuple(options)


def record(kind: int, ttl: int, data: bytes, owner: bytes = TO_QUESTION, class_: int = 1) -> bytes:
    """One record; its owner is the asked name unless it says otherwise."""
    return owner + _RECORD.pack(kind, class_, ttl, len(data)) + data


def opt(
    options: Iterable[tuple[int, bytes]] = (), *, rcode: int = 0, dnssec_ok: bool = False
) -> bytes:
    """Our OPT record; the upper bits of a response code live in it."""
    data = b"".join(_TWO.pack(code, len(value)) + value for code, value in options)
    flags = DO if dnssec_ok else 0
    return _OPT_HEAD.pack(0, Type.OPT, OUR_UDP_SIZE, rcode >> 4, 0, flags, len(data)) + data


def extended_error(code: int, text: str = "") -> tuple[int, bytes]:
    """An extended error as an option. Its text is for people and ends on a whole character."""
    said = text.encode()[:240].decode(errors="ignore").encode()
    return Option.EXTENDED_ERROR, code.to_bytes(2, "big") + said


def reply(
    message: bytes, question: Question, shape: Shape, options: Iterable[tuple[int, bytes]] = ()
) -> bytes:
    """The whole reply: the question as it was asked, letter case and all, and what we say to it."""
    asked = message[HEADER_SIZE : question.end]
    return question.id + reply_body(question.flags, asked, question.edns, shape, options)


def reply_body(
    flags: int,
    asked: bytes,
    edns: Edns | None,
    shape: Shape,
    options: Iterable[tuple[int, bytes]] = (),
) -> bytes:
    """A reply but for its id; it serves whoever asks the same in the same words."""
    additional = b""
    if edns:
        additional = opt(options, rcode=shape.rcode, dnssec_ok=edns.dnssec_ok)
    said = QR | RA | flags & (RD | CD) | shape.rcode & 0xF
    if shape.is_authentic and wants_ad(flags, edns):
        said |= AD
    counts = (1, shape.answers, shape.authorities, 1 if edns else 0)
    return _AFTER_ID.pack(said, *counts) + asked + shape.records + additional


def wants_ad(flags: int, edns: Edns | None) -> bool:
    """Whether the client can do something with AD: RFC 6840 §5.7 and 5.8."""
    return bool(flags & AD) or edns is not None and edns.dnssec_ok


def complaint(message: bytes, rcode: Rcode) -> bytes:
    """The reply to what we could not read: its id, its opcode and a code."""
    flags = QR | int.from_bytes(message[2:4], "big") & (OPCODE | RD) | rcode
    return _HEADER.pack(message[:2], flags, 0, 0, 0, 0)
