"""What is said to a question, as bytes that can be said again.

Each reply is made for a style and an audience, so that it lies ready for whoever of them asks the
same. No copy of it, in our memory or in a device's, outlives the ruling it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final

from appliance.dns.answers.kept import CLIENT_TTL, Kept
from appliance.dns.audience import (
    Audience,
    RefusalBody,
    Ruling,
    end_of,
    seconds_left,
)
from appliance.dns.own.refusal import WHY, Refusals, told
from appliance.dns.style import Style
from appliance.dns.wire import (
    AD,
    HEADER_SIZE,
    TC,
    Shape,
    extended_error,
    reply_body,
)
from appliance.endpoint import Address
from appliance.policy.clock import Instant, SchoolClock

REFUSAL_TTL: Final = 20  # seconds: who is let in waits no longer
_HEAD: Final = HEADER_SIZE - 2  # bytes of a reply before its question, without the id
_COUNTS: Final = Struct("!HHHHH")  # … which are flags and counts
_RCODE: Final = 0xF


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
    ) -> tuple[float, bytes]:
        """The refusal of a question, and until when it may lie ready; `asked` is how the question
        stands in its message."""
        body = ruling.bodies.get(style)
        if body is None or body.until <= now:
            body = self._refusal(ruling, style, audience, clock, now)
            if style.is_plain:
                ruling.bodies[style] = body
        if len(asked) > body.room:
            excess = len(asked) - body.room
            body = self._refusal(ruling, style, audience, clock, now, excess)
        return body.until, body.head + asked + body.tail

    def _refusal(
        self,
        ruling: Ruling,
        style: Style,
        audience: Audience,
        clock: SchoolClock,
        now: float,
        excess: int = 0,
    ) -> RefusalBody:
        """What refusals say. Their explanation is cut by what is too much for a datagram: a refusal
        that came truncated would cost a second question by TCP."""
        left = seconds_left(ruling.until, now, audience.jitter)
        if left > REFUSAL_TTL:
            ttl, until = REFUSAL_TTL, ruling.until - REFUSAL_TTL - audience.jitter
        else:
            ttl, until = left, int(now) + 1
        shape = self._refusals.shape(style.qtype, audience.column.group.refused, ttl)
        verdict = ruling.verdict
        end = end_of(ruling.until, clock, now)
        text = told(verdict.says, verdict.clause, end)
        if excess:
            text = told(verdict.says, verdict.clause, end, max(len(text.encode()) - excess, 0))
        body = reply_body(style.flags, b"", style.edns, shape, [extended_error(WHY, text)])
        return RefusalBody(until, body[:_HEAD], body[_HEAD:], style.limit - len(body) - 2)

    def kept(
        self, kept: Kept, style: Style, audience: Audience, asked: bytes, until: Instant, now: float
    ) -> tuple[float, bytes]:
        """A fresh answer, to be forgotten before `until`. Where no TTL has to be counted down yet,
        it lies ready for longer than a second."""
        left = seconds_left(until, now, audience.jitter)
        records = kept.records(now, left if left < CLIENT_TTL else CLIENT_TTL)
        flags = style.reply_flags | kept.flags & _RCODE
        if style.wants_ad:
            flags |= kept.flags & AD
        opt = style.opt
        counts = (1, kept.answers, kept.authorities, 1 if opt else 0)
        body = _COUNTS.pack(flags, *counts) + asked + records + opt
        if len(body) + 2 > style.limit:
            body = _cut(body, asked, style)
        steady = min(kept.steady, until - CLIENT_TTL - audience.jitter)
        return max(int(now) + 1, steady), body

    def said(
        self, shape: Shape, style: Style, asked: bytes, options: Iterable[tuple[int, bytes]] = ()
    ) -> bytes:
        """Any reply."""
        body = reply_body(style.flags, asked, style.edns, shape, options)
        return body if len(body) + 2 <= style.limit else _cut(body, asked, style)


def _cut(body: bytes, asked: bytes, style: Style) -> bytes:
    """A reply too long for its datagram: TC set, so that the client asks again by TCP."""
    flags = int.from_bytes(body[:2], "big") | TC
    return _COUNTS.pack(flags, 1, 0, 0, 1 if style.opt else 0) + asked + style.opt
