"""Refusals: what a device gets for a name that it may not have, and how it is told why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from appliance.dns.own.shapes import minimal_any, nodata
from appliance.dns.wire import PLAIN_UDP_SIZE, Extended, Question, Shape, Type, extended_error
from appliance.dns.wire import record as record_of
from appliance.endpoint import Address
from appliance.policy.model import RefusedAnswer

LONGEST_TTL: Final = 30  # seconds: a refusal must not outlive the rule for long
MOST_ADDRESSES: Final = 8  # of one family: more of them don't fit 512 bytes beside the longest name
LONGEST_TEXT: Final = 240  # bytes, as wire.extended_error cuts it
_AROUND_TEXT: Final = 11 + 4 + 2  # OPT record, head of the option, error code

# RFC 8914 §4.16: "Blocked" is a name on a blocklist by the policy of whoever runs the resolver.
# That is the school, whichever step of its policy spoke, its lists included. "Filtered" (17) says
# that the client wished for it, and no pupil did; "Censored" (16) that somebody outside ordered it,
# and we can't tell such a list of the floor from the school's own.
WHY: Final = Extended.BLOCKED

_NULL: Final = {Type.A: (bytes(4),), Type.AAAA: (bytes(16),)}


class Refusals:
    """The shapes of all refusals, each made once."""

    def __init__(self, block_page: Sequence[Address] = ()) -> None:
        page = {
            Type.A: tuple(a.packed for a in block_page if a.version == 4)[:MOST_ADDRESSES],
            Type.AAAA: tuple(a.packed for a in block_page if a.version == 6)[:MOST_ADDRESSES],
        }
        self._addresses = {
            RefusedAnswer.NULL: _NULL,
            RefusedAnswer.BLOCK_PAGE: page if block_page else _NULL,
        }
        self._made: dict[tuple[int, RefusedAnswer, int], Shape] = {}

    def shape(self, qtype: int, refused: RefusedAnswer, ttl: int) -> Shape:
        """The refusal of a question of this type, to a group with this setting."""
        ttl = min(max(ttl, 0), LONGEST_TTL)
        if qtype != Type.A and qtype != Type.AAAA:
            # HTTPS and SVCB would carry addresses or keys; a DS or TXT of a refused name is no
            # better, and NXDOMAIN would deny the addresses that we just gave.
            return minimal_any(ttl) if qtype == Type.ANY else nodata(ttl)
        shape = self._made.get((qtype, refused, ttl))
        if shape is None:
            shape = self._made[qtype, refused, ttl] = self._make(Type(qtype), refused, ttl)
        return shape

    def _make(self, qtype: Type, refused: RefusedAnswer, ttl: int) -> Shape:
        addresses = self._addresses[refused][qtype]
        if not addresses:
            # A page with an address of the other family only: "none of this one" sends the device
            # there, where :: would have it try a dead address first.
            return nodata(ttl)
        records = b"".join(record_of(qtype, ttl, address) for address in addresses)
        return Shape(answers=len(addresses), records=records)


def told(says: str, clause: str = "", until: str = "", room: int = LONGEST_TEXT) -> str:
    """The school's sentence, the clause and the end, in at most `room` bytes. Where it is too
    long the sentence gives way: clause and end are what somebody looks up."""
    sentence = " ".join(says.split()).removesuffix(".")
    tail = f" (clause {clause})" if clause else ""
    tail += f" until {until}" if until else ""
    if len(f"{sentence}{tail}".encode()) <= room:
        return f"{sentence}{tail}".strip()
    left = room - len(f"…{tail}".encode())
    if left < 0:
        return _cut(f"{sentence}{tail}", room)
    return f"{_cut(sentence, left).rstrip()}…{tail}"


def explanation(
    question: Question, shape: Shape, says: str, clause: str = "", until: str = ""
) -> tuple[int, bytes]:
    """The extended error for a refusal, as an option. The reply stays within 512 bytes, whatever
    the name: a refusal that came truncated would cost a second question by TCP."""
    room = PLAIN_UDP_SIZE - question.end - len(shape.records) - _AROUND_TEXT
    return extended_error(WHY, told(says, clause, until, min(max(room, 0), LONGEST_TEXT)))


def _cut(text: str, room: int) -> str:
    """The text in at most `room` bytes, ending on a whole character."""
    return text.encode()[:room].decode(errors="ignore")
