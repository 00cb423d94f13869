"""A school's network as detection sees it, for tests that tell a few minutes of somebody's day."""

from __future__ import annotations

from appliance.detection.casework import Case, Casework
from appliance.detection.observation import Observation, Via
from appliance.detection.score import Grade
from tests.simulator.day import known, schedule
from tests.simulator.world import instant, is_refused

KNOWN = known()
SCHEDULE = schedule()
SCHOOL_SITES = ("www.bbc.co.uk", "senecalearning.com", "docs.google.com", "quizlet.com")


def at(clock: str, day: int = 0) -> int:
    """A moment of the week: "10:15", on its first Monday unless told otherwise."""
    hour, minute, second = (*map(int, clock.split(":")), 0)[:3]
    return instant(day, hour + minute / 60) + second


class Network:
    """Devices, and what they do; told to detection in the order of time when somebody asks."""

    def __init__(self) -> None:
        self.casework = Casework(KNOWN, SCHEDULE)
        self.told: list[Case] = []
        self.seen: list[Observation] = []

    def see(self, seen: Observation) -> None:
        self.seen.append(seen)

    def settle(self) -> None:
        last = max((seen.at for seen in self.seen), default=0)
        for seen in sorted(self.seen):
            self.told += self.casework.note(seen)
        self.told += self.casework.settle(last)
        self.seen.clear()

    def works(self, device: str, since: int, minutes: int = 60) -> None:
        """An hour of ordinary lessons."""
        for minute in range(minutes):
            self.asks(device, since + minute * 60, SCHOOL_SITES[minute % len(SCHOOL_SITES)])

    def asks(self, device: str, when: int, *names: str, qtype: str = "A") -> None:
        for name in names:
            action = "block" if is_refused(name) else "allow"
            self.see(Observation(when, device, "pupils", Via.DNS, name, qtype, action))

    def sends(self, device: str, when: int, dst: str, port: int, proto: str = "udp") -> None:
        self.see(Observation(when, device, "pupils", Via.NFLOG, dst=dst, port=port, proto=proto))

    def case(self, device: str) -> Case:
        self.settle()
        (only,) = [case for case in self.casework.cases() if case.device == device]
        return only

    def grade(self, device: str) -> Grade:
        self.settle()
        cases = [case for case in self.casework.cases() if case.device == device]
        return cases[0].grade if cases else Grade.NOISE
