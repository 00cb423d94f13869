"""The others: how many devices asked for the same at the same time, or on the same day.

It only ever speaks for a device, so what others do can lower a grade and never raise it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from appliance.detection.knowledge import Numbers
from appliance.policy.clock import DAY_SECONDS, Instant

KEPT_DAYS = 3  # by then every act of that day has been looked at with all the others known
MOST = 64  # devices remembered of one brand in one slot: more make no difference


class Crowd:
    """Which devices asked for which brand, by time."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self._slots: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._days: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._streams: dict[str, set[str]] = defaultdict(set)
        self._today = 0

    def __getstate__(self) -> dict[str, Any]:
        """Plain dictionaries, for whoever writes this down; the numbers come from elsewhere."""
        return {
            "slots": {slot: dict(brands) for slot, brands in self._slots.items()},
            "days": {day: dict(brands) for day, brands in self._days.items()},
            "streams": dict(self._streams),
            "today": self._today,
            "numbers": self.numbers,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["numbers"])  # type: ignore[misc]
        for kept, told in ((self._slots, state["slots"]), (self._days, state["days"])):
            for key, brands in told.items():
                kept[key].update(brands)
        self._streams.update(state["streams"])
        self._today = state["today"]

    def note(self, brand: str, device: str, at: Instant) -> None:
        day = at // DAY_SECONDS
        if day > self._today:
            self._forget(day)
        devices = self._days[day][brand]
        if len(devices) < MOST:
            devices.add(device)
        slot = self._slots[at // self.numbers.crowd_seconds][brand]
        if len(slot) < MOST:
            slot.add(device)

    def note_stream(self, site: str, device: str) -> None:
        """Below this site a device asked for names that might hide data."""
        if site in self._streams or len(self._streams) < 10_000:
            devices = self._streams[site]
            if len(devices) < MOST:
                devices.add(device)

    def others(self, brand: str, device: str, at: Instant) -> int:
        """Other devices that asked for it within the same minutes, where these are many."""
        slot = at // self.numbers.crowd_seconds
        devices: set[str] = set()
        for one in (slot - 1, slot, slot + 1):
            if one in self._slots and brand in self._slots[one]:
                devices |= self._slots[one][brand]
        many = len(devices | {device})
        return many - 1 if many >= self.numbers.crowd_devices else 0

    def most(self, brand: str, device: str, at: Instant) -> int:
        """Other devices that asked for it that day, where these are very many. Not as a share: then
        each device that has nothing to do with it would weaken the excuse."""
        day = at // DAY_SECONDS
        if day not in self._days or brand not in self._days[day]:
            return 0
        count = len(self._days[day][brand] | {device})
        return count - 1 if count >= self.numbers.most_devices else 0

    def streams(self, site: str, device: str) -> int:
        """Other devices with such names below this site, where these are enough."""
        count = len(self._streams.get(site, set()) | {device})
        return count - 1 if count >= self.numbers.tunnel_crowd else 0

    def _forget(self, day: int) -> None:
        self._today = day
        for old in [one for one in self._days if one < day - KEPT_DAYS]:
            del self._days[old]
        oldest = (day - KEPT_DAYS) * DAY_SECONDS // self.numbers.crowd_seconds
        for old in [one for one in self._slots if one < oldest]:
            del self._slots[old]
