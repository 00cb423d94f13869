"""An answer as it is kept: one run of bytes, a third of the memory that objects would take.

TTLs lie in it as a client is told them at first, and their true ends behind the head. While all of
them have longer to live than a client may keep anything, the bytes are right as they lie.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from appliance.dns.answers.answer import Answer
from appliance.dns.wire import Rcode, Shape

CLIENT_TTL: Final = 300  # seconds: who is shut out by an override leaves no later than that
STALE_FOR: Final = 86_400  # RFC 8767 §5: one to three days
STALE_TTL: Final = 30  # RFC 8767 §4
PREFETCH_SHARE: Final = 10  # of its life, the last tenth
PREFETCH_LEAST: Final = 30  # seconds; who lives shorter is fetched soon enough

_HEAD: Final = Struct("!IIIHHHHHB")
_PAIRS: Final = tuple(Struct("!" + "HI" * count) for count in range(33))
_TTL: Final = Struct("!I")
_PRIVATE, _FAILURE = 1, 2
_PART: Final = b"\x1f"


class Kept(NamedTuple):
    """One answer, read so far that it can be judged."""

    born: int
    steady: int  # the instant up to which the records are right as they lie
    expires: int
    flags: int  # AD, and the response code's lower bits
    answers: int
    authorities: int
    ttls: int  # how many
    led: int  # bytes that say where it leads
    marks: int
    data: bytes

    @property
    def is_private(self) -> bool:
        return bool(self.marks & _PRIVATE)

    @property
    def is_failure(self) -> bool:
        """Says nothing about the name."""
        return bool(self.marks & _FAILURE)

    @property
    def targets(self) -> list[str]:
        """The names that it leads to, as wire.dotted tells them."""
        start = _HEAD.size + 6 * self.ttls
        led = self.data[start : start + self.led]
        return [name.decode("latin-1") for name in led.split(_PART)] if led else []

    def may_serve(self, now: float) -> bool:
        """An answer about the name that is fresh, or past its time and yet better than nothing."""
        return now < self.expires + STALE_FOR and not self.marks & _FAILURE

    def is_old(self, now: float) -> bool:
        """Soon to expire: worth fetching again before it does."""
        lifetime = self.expires - self.born
        return lifetime >= PREFETCH_LEAST and self.expires - now <= lifetime // PREFETCH_SHARE

    def records(self, now: float, cap: int) -> bytes:
        """The records, their TTLs counted down and none above the cap."""
        start = _HEAD.size + 6 * self.ttls + self.led
        if now < self.steady and cap >= CLIENT_TTL:
            return self.data[start:]
        records = bytearray(self.data[start:])
        age = int(now) - self.born if now < self.expires else 0
        if now >= self.expires:
            cap = min(cap, STALE_TTL)
        put = _TTL.pack_into
        pairs = iter(_pairs(self.ttls).unpack_from(self.data, _HEAD.size))
        for place, ttl in zip(pairs, pairs, strict=True):
            left = ttl - age
            put(records, place, cap if left > cap else left if left > 0 else 0)
        return bytes(records)

    def shape(self, now: float, cap: int) -> Shape:
        """This as a reply takes it. A refusal of us is a failure to our client."""
        rcode = Rcode.SERVFAIL if self.is_failure else Rcode(self.flags & 0xF)
        is_authentic = bool(self.flags & 0x20)
        return Shape(rcode, self.answers, self.authorities, self.records(now, cap), is_authentic)


def keep(answer: Answer, now: float) -> Kept:
    """An answer that arrives now."""
    born = int(now)
    records = bytearray(answer.records)
    lasting = answer.lifetime
    for place, ttl in zip(answer.ttl_places, answer.ttls, strict=True):
        lasting = min(lasting, ttl)
        _TTL.pack_into(records, place, min(ttl, CLIENT_TTL))
    led = _PART.join(target.encode("latin-1") for target in answer.targets)
    count = len(answer.ttls)
    fields = (
        born,
        born + max(lasting - CLIENT_TTL, 0),
        born + answer.lifetime,
        answer.flags,
        *answer.counts[:2],
        count,
        len(led),
        answer.is_private * _PRIVATE | answer.is_failure * _FAILURE,
    )
    flat = [number for pair in zip(answer.ttl_places, answer.ttls, strict=True) for number in pair]
    data = _HEAD.pack(*fields) + _pairs(count).pack(*flat) + led + bytes(records)
    return Kept(*fields, data)


def read(data: bytes) -> Kept:
    return Kept._make((*_HEAD.unpack_from(data), data))


def _pairs(count: int) -> Struct:
    return _PAIRS[count] if count < len(_PAIRS) else Struct("!" + "HI" * count)
