"""Those who hear the same answers, and what they hear until the next bell.

The first answer to a question is worked out; it then lies ready, as bytes, for whoever of the same
audience asks the same in the same words. All of it is thrown away when a bell rings for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from appliance.dns.style import Style
from appliance.event import asked_head, ruling_of
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.model import Action
from appliance.policy.snapshot import Column, Known, Snapshot
from appliance.policy.verdict import DecidedBy, Verdict

JITTERS: Final = 4  # seconds, downwards: thirty laptops don't all come back at the bell
FAR: Final = 1 << 40  # an instant after all others


# A reply that lies ready: the instant from which it has to be made anew; the reply, all but its id;
# what the record says of it, between who asked and the question. A bare tuple: to make a named one
# takes 0.3 µs.
Ready = tuple[float, bytes, bytes]


class RefusalBody(NamedTuple):
    """What refusals of one ruling to questions of one style have in common."""

    until: float
    head: bytes  # flags and counts
    tail: bytes  # all behind the question
    room: int  # bytes of the longest question it may stand around


@dataclass(slots=True, eq=False)
class Ruling:
    """What an audience is told of names that are alike, until it changes."""

    verdict: Verdict
    until: Instant  # when another opinion decides
    is_refused: bool
    is_opened: bool  # expressly: then it counts no more what the name leads to
    mark: bytes  # the verdict as events carry it
    bodies: dict[Style, RefusalBody] = field(default_factory=dict)
    _heads: dict[int, bytes] = field(default_factory=dict)

    def head(self, size: int, flags: int = 0) -> bytes:
        """What the record says before a question of this many bytes."""
        head = self._heads.get(flags << 16 | size)
        if head is None:
            head = self._heads[flags << 16 | size] = asked_head(self.mark, size, flags)
        return head


class Audience:
    """A column of the policy, and those of its askers who share a jitter."""

    def __init__(self, column: Column, snapshot: Snapshot, jitter: int) -> None:
        self.column = column
        self.snapshot = snapshot
        self.jitter = jitter
        self.ready: dict[bytes, Ready] = {}
        self.bell: float = 0.0  # when something may change next
        self.trusts_clock = True
        self.rulings: dict[Known, Ruling] = {}

    def turn(self, now: float, *, trusts_clock: bool) -> None:
        """A bell has rung, or the clock was set: nothing said before holds any longer."""
        self.ready.clear()
        self.rulings.clear()
        self.trusts_clock = trusts_clock
        self.bell = self.column.next_bell(int(now)) or FAR

    def led(self, ruling: Ruling, targets: Iterable[str], now: float) -> tuple[Ruling, Instant]:
        """The ruling that counts for an answer which leads on to these names, and its end. What
        was opened expressly is open wherever it leads."""
        until = ruling.until
        if not ruling.is_opened:
            for target in targets:
                other = self.ruling(self.snapshot.lookup(target), now)
                if other.is_refused:
                    return other, min(until, other.until)
                until = min(until, other.until)
        return ruling, until

    def ruling(self, known: Known, now: float) -> Ruling:
        """What these names are to this audience. Asked only between two turns."""
        return self.rulings.get(known) or self._rule(known, int(now))

    def _rule(self, known: Known, now: Instant) -> Ruling:
        if self.trusts_clock:
            verdict = self.column.verdict(known, now)
            until = self.column.until(known, now)
        else:
            verdict, until = self.column.strictest(known), None
        ruling = self.rulings[known] = Ruling(
            verdict=verdict,
            until=FAR if until is None else until,
            is_refused=verdict.action is Action.BLOCK,
            is_opened=verdict.allowed and verdict.decided_by is not DecidedBy.DEFAULT,
            mark=ruling_of(verdict),
        )
        return ruling


def seconds_left(until: Instant, now: float, jitter: int) -> int:
    """How long an answer given within this second may live, so that no copy of it outlives
    `until`; with the jitter taken off, since whoever asks now will ask again then."""
    left = until - int(now) - 1 - jitter
    return left if left > 0 else 0


def end_of(until: Instant, clock: SchoolClock, now: float) -> str:
    """When something ends, as people say it; empty where no end is in sight."""
    if until >= FAR:
        return ""
    end = clock.local(until)
    time = f"{end:%H:%M}"
    return time if end.date() == clock.date(int(now)) else f"{end:%a} {end.day} {end:%B}, {time}"
