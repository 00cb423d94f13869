"""What is said to a question, as bytes that can be said again.

Each reply is made for a style and an audience, so that it lies ready for whoever of them asks the
same. No copy of it, in our memory or in a device's, outlives the ruling it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from appliance.dns.audience import (
    Audience,
    Ready,
    RefusalBody,
    Ruling,
    end_of,
    seconds_left,
)
from appliance.dns.refusal import WHY, Refusals, told
from appliance.dns.style import Style
from appliance.dns.wire import (
    HEADER_SIZE,
    TC,
    Shape,
    extended_error,
    opt,
    reply_body,
)
from appliance.endpoint import Address
from appliance.event import asked_mark
from appliance.policy.clock import SchoolClock

REFUSAL_TTL: Final = 20  # seconds: who is let in waits no longer
CLIENT_TTL: Final = 300  # … and who is shut out leaves no later; we keep answers for longer
_HEAD: Final = HEADER_SIZE - 2  # bytes of a reply before its question, without the id


class Replies:
    """Makes replies; `block_page` is where a refused device is sent that shows pages."""

    def __init__(self, block_page: Sequence[Address]) -> None:
        self._refusals = Refusals(block_page)

    def refused(
        self,
        ruling: Ruling,
        style: Style,
        audience: Audience,
        asked: bytes,
        clock: SchoolClock,
        now: float,
    ) -> Ready:
        """The refusal of a question; `asked` is how it stands in the message."""
        body = ruling.bodies.get(style)
        if body is None or body.until <= now:
            body = self._refusal(ruling, style, audience, clock, now)
            if style.is_plain:
                ruling.bodies[style] = body
        until, head, tail, marks = body
        qname = asked[:-4].lower()
        size = len(qname)
        mark = marks.get(size)
        if mark is None:
            mark = marks[size] = asked_mark(qname, style.qtype, ruling.mark)[:-size]
        return until, head + asked + tail, mark + qname

    def _refusal(
        self, ruling: Ruling, style: Style, audience: Audience, clock: SchoolClock, now: float
    ) -> RefusalBody:
        left = seconds_left(ruling.until, now, audience.jitter)
        if left > REFUSAL_TTL:
            ttl, until = REFUSAL_TTL, ruling.until - REFUSAL_TTL - audience.jitter
        else:
            ttl, until = left, int(now) + 1
        shape = self._refusals.shape(style.qtype, audience.column.group.refused, ttl)
        verdict = ruling.verdict
        text = told(verdict.says, verdict.clause, end_of(ruling.until, clock, now))
        body = reply_body(style.flags, b"", style.edns, shape, [extended_error(WHY, text)])
        return RefusalBody(until, body[:_HEAD], body[_HEAD:], {})

    def said(
        self,
        shape: Shape,
        ruling: Ruling,
        style: Style,
        asked: bytes,
        now: float,
        options: Iterable[tuple[int, bytes]] = (),
        flags: int = 0,
    ) -> Ready:
        """Any reply. It lies ready for the rest of this second: its TTLs count down."""
        body = reply_body(style.flags, asked, style.edns, shape, options)
        if len(body) + 2 > style.limit:
            body = _cut(body, asked, style)
        mark = asked_mark(asked[:-4].lower(), style.qtype, ruling.mark, flags)
        return int(now) + 1, body, mark


def _cut(body: bytes, asked: bytes, style: Style) -> bytes:
    """A reply too long for its datagram: TC set, so that the client asks again by TCP."""
    additional = opt(dnssec_ok=style.edns.dnssec_ok) if style.edns else b""
    counts = (1).to_bytes(2, "big") + bytes(4) + (1 if style.edns else 0).to_bytes(2, "big")
    return bytes((body[0] | TC >> 8, body[1])) + counts + asked + additional
