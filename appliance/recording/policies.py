"""What policy is in force, for the record: its text, who was who, and the school's own days."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from appliance.errors import SnapshotError
from appliance.policy.clock import SchoolClock
from appliance.policy.snapshot import ADDRESSES, POLICY, SNAPSHOTS, current
from appliance.store.database import Record
from appliance.store.policies import note_in_force

HOUR_SECONDS: Final = 3600
USUAL_ZONE: Final = "Europe/London"


class Policies:
    """Looks now and then whether something else is in force."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SchoolClock(USUAL_ZONE)
        self._seen: tuple[str, int, int] | None = None

    def look(self, record: Record, now: float) -> None:
        """Write down what is in force, where that is news. Nothing published: nothing to do."""
        try:
            snapshot = current(self.folder / SNAPSHOTS)
            stamp = (self.folder / ADDRESSES).stat()
            seen = snapshot.name, stamp.st_ino, stamp.st_mtime_ns
            if seen == self._seen:
                return
            document = (snapshot / POLICY).read_bytes()
            addresses = (self.folder / ADDRESSES).read_bytes()
        except (SnapshotError, OSError):
            return  # not yet, or just being replaced: the next look will find it
        note_in_force(record, int(now * 1000), snapshot.name, document, addresses)
        self.clock = SchoolClock(_zone(document))
        self._seen = seen

    def forget(self) -> None:
        """Another record is begun: it needs the policy too."""
        self._seen = None

    def day(self, hour: int) -> int:
        """The school's day of an hour since 1970."""
        return self.clock.date(hour * HOUR_SECONDS).toordinal()

    def today(self, now: float) -> int:
        return self.clock.date(int(now)).toordinal()


def _zone(document: bytes) -> str:
    school = tomllib.loads(document.decode()).get("school", {})
    return str(school.get("timezone", USUAL_ZONE))
