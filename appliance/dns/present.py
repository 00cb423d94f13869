"""What holds now: the policy in force, who is who, and the time.

Everything that was kept ready rests on these three. When one of them changes, what rested on it is
gone before the next question is read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from appliance.config import Dns
from appliance.dns.seats import Seats
from appliance.errors import SnapshotError
from appliance.event import State
from appliance.policy.addresses import Addresses
from appliance.policy.clock import SchoolClock
from appliance.policy.snapshot import ADDRESSES, SNAPSHOTS, Reader, Snapshot, read_addresses
from appliance.recording.channel import Channel

LOOK_SECONDS = 0.2  # between two looks for something new: a click is an answer within a second
BACK_SECONDS = 600  # a clock that is this far behind its own policy can't be right
BLINK_SECONDS = 1.0  # NTP may take as much back without anybody noticing
LEAP_SECONDS = 60.0  # forward: somebody looks at the time many times a second
log = logging.getLogger(__name__)


class Tell(Protocol):
    """Whoever made something of the policy or the time before."""

    def __call__(self, *, is_new_time: bool) -> None: ...


class Present:
    """The one place that knows what time it is, and by which policy."""

    def __init__(
        self,
        folder: Path,
        config: Dns,
        channel: Channel,
        clock: Callable[[], float],
        tell: Tell,
    ) -> None:
        self.folder = folder
        self.channel = channel
        self._clock = clock
        self._tell = tell
        self._reader = Reader(folder / SNAPSHOTS)
        self._stamp = self._addresses_stamp()
        self.seats = Seats(config, self.snapshot, read_addresses(folder))
        self.school_clock = SchoolClock(self.snapshot.timezone)
        self._due = 0.0
        self._last = 0.0

    @property
    def snapshot(self) -> Snapshot:
        return self._reader.snapshot

    def now(self) -> float:
        """The time, after every bell up to it has rung."""
        now = self._clock()
        if now >= self._due or now < self._last:
            self._turn(now)
        self._last = now
        return now

    def _turn(self, now: float) -> None:
        """Another second has begun, or somebody has set the clock."""
        passed = now - self._last
        is_new_time = bool(self._last) and not -BLINK_SECONDS <= passed < LEAP_SECONDS
        if is_new_time:
            log.warning("the clock was set by %+.0f s", passed)
            self._tell(is_new_time=True)
        trusts_clock = now >= self.snapshot.made - BACK_SECONDS
        self.seats.turn(now, trusts_clock=trusts_clock, is_new_time=passed < 0 or is_new_time)
        state = State(self.snapshot.version, self.snapshot.period(int(now)), trusts_clock)
        self.channel.tell(state)
        self._due = int(now) + 1  # bells ring on whole seconds

    async def look_out(self) -> None:
        """Take up what is published, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            newer = None
            if self._reader.sees_another():
                # in a thread: to check a million names' digest takes longer than a question may
                # wait; only now: to hand over and back costs as much as ten questions
                newer = await loop.run_in_executor(None, self._reader.newer)
            addresses = self._newer_addresses()
            if newer or addresses:
                self._take_up(newer or self.snapshot, addresses or self.seats.addresses)

    def _take_up(self, snapshot: Snapshot, addresses: Addresses) -> None:
        self._reader.snapshot = snapshot
        self.school_clock = SchoolClock(snapshot.timezone)
        self.seats.take_over(snapshot, addresses)
        self._tell(is_new_time=False)
        self._due = 0.0
        self.now()
        log.info("policy %s in force", snapshot.version[:12])

    def _newer_addresses(self) -> Addresses | None:
        stamp = self._addresses_stamp()
        if stamp == self._stamp:
            return None
        try:
            addresses = read_addresses(self.folder)
        except SnapshotError as fault:
            log.warning("%s; the addresses in use stay", fault)
            addresses = None
        self._stamp = stamp
        return addresses

    def _addresses_stamp(self) -> tuple[int, int]:
        try:
            found = (self.folder / ADDRESSES).stat()
        except OSError:
            return (0, 0)  # gone: that is a change too, and reading it will say so
        return (found.st_ino, found.st_mtime_ns)
