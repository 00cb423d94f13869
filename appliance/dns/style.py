"""How a question is asked, apart from its name: flags, type, EDNS, and what fits the way back.

A school's devices ask in some dozen styles. The slow path reads a style once, with care; after that
the same bytes around another name are known to mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.dns.wire import (
    CD,
    OUR_UDP_SIZE,
    PLAIN_UDP_SIZE,
    QR,
    RA,
    RD,
    Class,
    Edns,
    Question,
    Type,
    opt,
    wants_ad,
)

KEPT: Final = 1024  # styles; whoever makes up more of them gains nothing but the slow path
_ODD_TYPES: Final = frozenset([Type.OPT, *range(128, 256)])  # RFC 6895 §3.1: ANY, AXFR and the like


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """The parts of a question that its reply depends on, besides the name."""

    flags: int
    qtype: int
    edns: Edns | None
    wishes: bytes  # what the client wants of signatures, in a byte: answers differ by it
    key_end: bytes  # of what an answer is kept under: type, class and wishes
    limit: int  # the longest reply that reaches the client
    is_plain: bool  # worth remembering: nothing in it differs from one question to the next
    # … and what every reply has of it: flags, whether AD may be among them, the OPT record if any
    reply_flags: int
    wants_ad: bool
    opt: bytes


def of(question: Question, *, limit: int | None = None) -> Style:
    """The style of a question. `limit` is what a stream can carry; a datagram says it itself."""
    edns = question.edns
    is_plain = (
        question.qclass == Class.IN
        and question.qtype not in _ODD_TYPES
        and not (edns and (edns.version or edns.options))  # a cookie, a subnet: each its own
    )
    wishes = bytes(((1 if edns and edns.dnssec_ok else 0) | (2 if question.flags & CD else 0),))
    key_end = question.key[len(question.qname) :] + wishes
    return Style(
        flags=question.flags,
        qtype=question.qtype,
        edns=edns,
        wishes=wishes,
        key_end=key_end,
        limit=limit or _room(edns),
        is_plain=is_plain,
        reply_flags=QR | RA | question.flags & (RD | CD),
        wants_ad=wants_ad(question.flags, edns),
        opt=opt(dnssec_ok=edns.dnssec_ok) if edns else b"",
    )


def _room(edns: Edns | None) -> int:
    """The longest reply by UDP. No more than fits every path unbroken, whatever a client says."""
    if edns is None:
        return PLAIN_UDP_SIZE
    return min(max(edns.size, PLAIN_UDP_SIZE), OUR_UDP_SIZE)
