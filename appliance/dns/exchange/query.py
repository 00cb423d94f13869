"""The bytes of a query, and whether a message is the reply to it."""

from __future__ import annotations

from typing import Final

from appliance.dns.exchange.flight import Attempt
from appliance.dns.wire import CD, HEADER_SIZE, QR, RD, Rcode, opt

PADDING: Final = 12  # RFC 7830
BLOCK: Final = 128  # RFC 8467 §4.1: queries of TLS and HTTPS all look alike from outside
COMPLAINTS: Final = frozenset((Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED))
DISLIKES_EDNS: Final = frozenset((Rcode.FORMERR, Rcode.NOTIMP))  # RFC 6891 §7
ONE_QUESTION: Final = b"\0\1"


def _head(checking_disabled: bool, opts: int) -> bytes:
    flags = RD | (CD if checking_disabled else 0)
    return b"".join(count.to_bytes(2, "big") for count in (flags, 1, 0, 0, opts))


HEADS: Final = {cd: _head(cd, 1) for cd in (False, True)}
BARE_HEADS: Final = {cd: _head(cd, 0) for cd in (False, True)}
OPTS: Final = {do: opt(dnssec_ok=do) for do in (False, True)}


def query(attempt: Attempt) -> bytes:
    """What goes out; RD is set, since the others are resolvers."""
    flight = attempt.flight
    if attempt.is_bare:
        return attempt.id + BARE_HEADS[flight.checking_disabled] + attempt.question
    return attempt.id + HEADS[flight.checking_disabled] + attempt.question + OPTS[flight.dnssec_ok]


def padded_query(attempt: Attempt) -> bytes:
    """The same, for a road whose lengths others can watch."""
    if attempt.is_bare:
        return query(attempt)
    flight = attempt.flight
    start = attempt.id + HEADS[flight.checking_disabled] + attempt.question
    missing = -(len(start) + len(OPTS[False]) + 4) % BLOCK
    return start + opt(((PADDING, bytes(missing)),), dnssec_ok=flight.dnssec_ok)


def is_reply(message: bytes, question: bytes) -> bool:
    """Does it answer this question, byte for byte? Whose id it has, its caller knows."""
    return (
        message.startswith(question, HEADER_SIZE)
        and message[2] & 0xF8 == QR >> 8  # a reply, of opcode 0
        and message.startswith(ONE_QUESTION, 4)
    )


def is_curt(message: bytes) -> bool:
    """A complaint without a question, as old servers make of what they could not read."""
    return (
        len(message) >= HEADER_SIZE
        and message[2] & 0xF8 == QR >> 8
        and message[3] & 0xF in COMPLAINTS
        and message[4:6] == b"\0\0"
    )


def filled(message: bytes, question: bytes) -> bytes:
    """A curt complaint with its question put back, as everybody behind us expects one."""
    return message[:4] + ONE_QUESTION + bytes(6) + question
