"""The school's wall clock: between local time, as people write it, and instants.

An Instant is whole seconds since 1970 in UTC. Rules compare instants, never local times: two aware
datetimes of one zone compare by the wall clock, which is wrong for two hours a year.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

Instant = int

DAY_SECONDS = 86_400
MINUTES_OF_DAY = 1440


class SchoolClock:
    """Local time in one IANA zone, through its clock changes."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.bell = lru_cache(maxsize=8192)(self._bell)

    def local(self, at: Instant) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(at, self.zone)

    def date(self, at: Instant) -> datetime.date:
        return self.local(at).date()

    def instant(self, moment: datetime.datetime) -> Instant:
        """The instant of a moment; one without an offset is the wall clock's.

        A local time that happens twice means the first (fold says otherwise); one that never
        happens means the moment at which the clock jumps over it.
        """
        if moment.tzinfo is not None:
            return int(moment.timestamp())
        aware = moment.replace(tzinfo=self.zone)
        at = int(aware.timestamp())
        if self.local(at).replace(tzinfo=None, fold=0) == moment.replace(microsecond=0, fold=0):
            return at
        return self._jump(int(aware.replace(fold=1).timestamp()), at)

    def written(self, at: Instant) -> datetime.datetime:
        """The moment as a document has it: the wall clock's, with its offset only where that time
        happens twice."""
        local = self.local(at)
        plain = local.replace(tzinfo=None, fold=0)
        if self.instant(plain) == at:
            return plain
        return local.replace(tzinfo=datetime.timezone(local.utcoffset() or datetime.timedelta()))

    def _bell(self, day: datetime.date, minute: int) -> Instant:
        """When the wall clock first shows this minute of this day; 1500 is 01:00 the day after."""
        day += datetime.timedelta(days=minute // MINUTES_OF_DAY)
        hour, minute = divmod(minute % MINUTES_OF_DAY, 60)
        return self.instant(datetime.datetime(day.year, day.month, day.day, hour, minute))

    def _jump(self, before: Instant, after: Instant) -> Instant:
        """The first instant of the offset that holds at `after`, by halving."""
        offset = self.local(after).utcoffset()
        while after - before > 1:
            middle = (before + after) // 2
            if self.local(middle).utcoffset() == offset:
                after = middle
            else:
                before = middle
        return after
