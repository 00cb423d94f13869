"""Shapes that several parts need: nothing of this type, no such name, a short word to ANY.

A negative answer carries a SOA, or a client keeps it for as long as it likes (RFC 2308 §5). Both
its TTL and its minimum are ours, so that the client forgets in exactly that time.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final

from appliance.dns.wire import (
    HEADER_SIZE,
    TO_QUESTION,
    Rcode,
    Shape,
    Type,
    labels_of,
    record,
)

REFUSED: Final = Shape(Rcode.REFUSED)
NOT_IMPLEMENTED: Final = Shape(Rcode.NOTIMP)
FAILED: Final = Shape(Rcode.SERVFAIL)

# The server's name can never be found: a Windows device that wants to register itself looks for
# the SOA, then for its server, and stops there instead of sending us updates.
_SERVER_AND_PERSON: Final = labels_of("bellgate.invalid") + labels_of("nobody.invalid")
_SOA_NUMBERS: Final = Struct("!IIIII")  # serial, refresh, retry, expire, minimum
_RFC8482: Final = b"\x07RFC8482\x00"  # HINFO: processor, and an empty operating system


def soa(ttl: int, owner: bytes = TO_QUESTION) -> bytes:
    """The start of a zone of ours; its owner has to be the asked name or one above it."""
    numbers = _SOA_NUMBERS.pack(1, 3600, 1200, 604_800, ttl)
    return record(Type.SOA, ttl, _SERVER_AND_PERSON + numbers, owner)


@lru_cache(maxsize=1024)
def nodata(ttl: int) -> Shape:
    """The name is there, but not with this type."""
    return Shape(authorities=1, records=soa(ttl))


@lru_cache(maxsize=1024)
def nxdomain(ttl: int, owner: bytes) -> Shape:
    """No such name. `owner` is the zone that says so, a pointer into the question."""
    return Shape(Rcode.NXDOMAIN, authorities=1, records=soa(ttl, owner))


@lru_cache(maxsize=1024)
def minimal_any(ttl: int) -> Shape:
    """What everybody gets who asks for all at once: RFC 8482 §4.2. It amplifies nothing."""
    return Shape(answers=1, records=record(Type.HINFO, ttl, _RFC8482))


def pointer(at: int) -> bytes:
    """A name that stands at this offset of the message already."""
    return (0xC000 | at).to_bytes(2, "big")


def parent(qname: bytes) -> bytes:
    """The name above the asked one, as a pointer; above a single label that is the root."""
    return pointer(HEADER_SIZE + 1 + qname[0])


def suffix(qname: bytes, zone: bytes) -> bytes:
    """The zone that the asked name ends in, as a pointer."""
    return pointer(HEADER_SIZE + len(qname) - len(zone))
