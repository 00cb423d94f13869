"""The answering path: datagrams in, replies out, and a note of each.

Three levels, each cheaper than the next. First, the same question in the same words from the same
audience: its reply lies ready, but for the id. Second, a question in a style that we know: its name
is looked up in the snapshot, and is refused or answered from the cache. Third, whatever takes more
than memory or more than a glance: the slow path, in the same loop.

No object is made for a question on the first level, and nothing waits on any: not for a disk, not
for an upstream, not for another process.
"""

from __future__ import annotations

from random import random
from typing import Final

from appliance.dns.audience import Audience, Ready
from appliance.dns.batch import Batch, Later
from appliance.dns.own.special import OWN_WORDS
from appliance.dns.slowpath import SlowPath
from appliance.dns.wire import HEADER_SIZE
from appliance.event import time_mark
from appliance.policy.nametable import WANTED_END

OWN_ENDS: Final = {HEADER_SIZE + len(name) - 1 for name in OWN_WORDS}  # a look at fewer names
# Of replies made on the second level so many are laid ready for the first: a popular name is soon
# among them. The many that are asked for once would push them out of the processor's cache.
KEPT_SHARE: Final = 0.06
# A name on the wire, spelled as the snapshot's keys are: small letters, dots for lengths. That
# holds while every length is less than the least character of a host name; a byte as low within a
# label becomes a dot too, which makes a name that nobody has out of one that nobody has.
LONGEST_SIMPLE: Final = ord("-") - 1
DOTTED: Final = bytes(ord(".") if i <= LONGEST_SIMPLE else i for i in range(256)).lower()


class Worker:
    """Answers datagrams. One for each core, in a process of its own."""

    def __init__(self, slow: SlowPath) -> None:
        self.slow = slow
        self.present = slow.present
        self.seats = slow.present.seats
        self.notes = slow.present.channel.notes
        self.replies = slow.replies
        self.flights = slow.flights

    def drain(self, batch: Batch, later: Later) -> None:
        """Answer what waits at a socket."""
        now = self.present.now()
        known, note = self.seats.known, self.notes.append
        note(time_mark(int(now * 1000)))
        replies = []
        for place, (message, address) in enumerate(batch.take()):
            seat = known.get(address) or self.seats.of_address(address, now)
            if seat.tokens < 1 and not self.seats.refill(seat, now):
                replies.append(self.slow.turned_away(message, seat))
                continue
            seat.tokens -= 1
            words = message[2:]
            ready = seat.ready.get(words)
            if ready is None or ready[0] <= now:
                lay, ready = ready is not None or random() < KEPT_SHARE, None  # nosec B311: no secret
                if not seat.is_forwarder:
                    ready = self.find(message, seat.audience, now)
                if ready is None:
                    replies.append(b"")
                    self.slow.take_datagram(message, seat, later, batch.origin(place))
                    continue
                if lay:
                    self.seats.lay_ready(seat.audience, words, ready)
            _, body, head = ready
            replies.append(message[:2] + body)
            note(seat.mark)
            note(head)
            note(words)
        if replies:
            batch.give(replies)

    def find(self, message: bytes, audience: Audience, now: float) -> Ready | None:
        """The reply to a question, made from what is in memory; None where that is not enough."""
        at = HEADER_SIZE
        try:
            while size := message[at]:
                if size > LONGEST_SIMPLE:
                    return None
                at += size + 1
        except IndexError:
            return None
        style = self.slow.styles.get(message[2:HEADER_SIZE] + message[at + 1 :])
        if style is None:
            return None
        key = message[HEADER_SIZE + 1 : at].translate(DOTTED)[::-1] + WANTED_END
        known = self.seats.snapshot.known(key)
        ruling = audience.rulings.get(known) or audience.ruling(known, now)
        asked = message[HEADER_SIZE : at + 5]
        if ruling.is_refused:
            if at in OWN_ENDS and asked[:-4].lower() in OWN_WORDS:
                return None
            refusal = ruling.bodies.get(style)
            if refusal is None or refusal.until <= now or len(asked) > refusal.room:
                return None
            body = refusal.head + asked + refusal.tail
            return refusal.until, body, ruling.head(len(message) - 2)
        kept = self.flights.fresh(asked[:-4].lower() + style.key_end, now)
        if kept is None or kept.marks or ruling.verdict.safe_search:
            return None
        end = ruling.until
        if kept.led:
            ruling, end = audience.led(ruling, kept.targets, now)
            if ruling.is_refused:
                return None
        until, body = self.replies.kept(kept, style, audience, asked, end, now)
        return until, body, ruling.head(len(message) - 2)
