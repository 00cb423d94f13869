"""The story of detection: observations in, cases out.

A case is one device's attempts, from the first sign until a week without one. What comes later can
raise its grade, and can lower it: thirty devices that ask for the same turn an attempt into a
lesson.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appliance.detection.crowd import Crowd
from appliance.detection.knowledge import Knowledge
from appliance.detection.memory import Act, Device
from appliance.detection.names import Sign
from appliance.detection.observation import REFUSED, Observation, Via
from appliance.detection.order import Order
from appliance.detection.score import Assessment, Grade, Scales
from appliance.detection.sentences import Sentences
from appliance.detection.signals import Signals
from appliance.detection.tunnel import Streams, Volume
from appliance.policy.clock import Instant
from appliance.policy.schedule import Schedule

REGRADE_SECONDS = 60  # a beacon must not have its device weighed at every question
FORGET_SECONDS = 14 * 86_400  # a device that was not here for two weeks begins anew
SWEEP_SECONDS = 3600
POINT = 10  # points of signals.toml in one point that people see: 60 is 6.0

Heard = Callable[[Sign, Observation], None]


@dataclass(frozen=True, slots=True)
class Case:
    """The file on one device's attempts, as it stands."""

    device: str
    group: str
    opened: Instant
    closed: Instant | None
    last: Instant
    grade: Grade
    kinds: tuple[str, ...]
    score: float
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    events: int


@dataclass(slots=True)
class File:
    """An open case, while it is written."""

    device: Device
    opened: Instant
    last: Instant
    kinds: dict[str, None]
    tried: Instant = 0  # the last sign that the device may not have made alone
    events: int = 0
    grade: Grade = Grade.NOISE
    weighed: Instant = 0
    is_told: bool = False


@dataclass(slots=True)
class Memory:
    """All that is remembered, so that whoever runs this may write it down and go on another day."""

    crowd: Crowd
    devices: dict[str, Device]
    files: dict[str, File]


class Casework:
    """Feed it with `note` in time order, more or less; ask `settle` from time to time."""

    def __init__(
        self, known: Knowledge, schedule: Schedule, *, heard: Heard = lambda sign, seen: None
    ) -> None:
        self.heard = heard  # told of each sign that a case has
        self.crowd = Crowd(known.signals.numbers)
        self._order = Order()
        self._devices: dict[str, Device] = {}
        self._files: dict[str, File] = {}
        self._swept: Instant = 0
        self.learn(known, schedule)

    def learn(self, known: Knowledge, schedule: Schedule) -> None:
        """Go by another catalogue or timetable from now on; what was seen stays."""
        self.known = known
        self.numbers = self.crowd.numbers = known.signals.numbers
        self.schedule = schedule
        self.signals = Signals(known, self.crowd)
        self.scales = Scales(known, self.crowd)
        self.sentences = Sentences(schedule.clock.local, self.scales)
        self._hour = (0, 0)

    def memory(self) -> Memory:
        """What `recall` takes. It is not a copy: write it down before the next observation."""
        return Memory(self.crowd, self._devices, self._files)

    def recall(self, memory: Memory) -> None:
        """Go on from there."""
        self.crowd, self._devices, self._files = memory.crowd, memory.devices, memory.files
        for device in self._devices.values():
            device.streams = Streams()  # names in it are known by a hash that dies with a process
        self.learn(self.known, self.schedule)

    def begin_order_anew(self) -> None:
        """The clock was set back: what comes now is not late."""
        self._order = Order()

    def lay_aside(self, device: str) -> None:
        """People have judged this case: what stood in it does not count again."""
        file = self._files.pop(device, None)
        if file:
            file.device.begin_anew()

    @property
    def open_devices(self) -> frozenset[str]:
        """Those with an open case."""
        return frozenset(self._files)

    def note(self, seen: Observation) -> list[Case]:
        """Cases that were opened, graded anew or closed by what is known now."""
        changed: list[Case] = []
        for ready in self._order.take(seen):
            changed += self._look_at(ready)
        return changed

    def settle(self, now: Instant) -> list[Case]:
        """Time has passed: grade anew where more is known of the others, close what is quiet."""
        changed = [case for ready in self._order.until(now) for case in self._look_at(ready)]
        for file in list(self._files.values()):
            changed += self._regrade(file)
        return changed + self._sweep(now)

    def cases(self) -> list[Case]:
        """All that are open, graded by all that is known."""
        return [self._case(file) for file in self._files.values()]

    def _look_at(self, seen: Observation) -> list[Case]:
        closed = self._sweep(seen.at) if seen.at - self._swept >= SWEEP_SECONDS else []
        device = self._devices.get(seen.device)
        if device is None:
            device = self._devices[seen.device] = Device(seen.device, seen.group, seen.at)
        device.group = seen.group or device.group
        device.is_here(seen.at, self.numbers)
        if seen.via is Via.DNS:
            device.asks(seen.at)
        signs = self.signals.read(seen, device, self._hour_of(seen.at))
        return closed + [case for sign in signs for case in self._sign(sign, seen, device)]

    def _sign(self, sign: Sign, seen: Observation, device: Device) -> Iterator[Case]:
        file = self._files.get(seen.device)
        if file is None:
            file = self._files[seen.device] = File(device, seen.at, seen.at, {})
        self.heard(sign, seen)
        file.last = seen.at
        file.events += 1
        file.kinds.setdefault(sign.kind)
        if sign.habit:
            device.has_habit(sign.habit, seen.at)
            if sign.habit.canary:
                return
        if not sign.by_itself:
            file.tried = seen.at
        self.crowd.note(sign.brand, device.name, seen.at)
        if sign.item != sign.brand and sign.kind != "tunnel":
            self.crowd.note(sign.item, device.name, seen.at)
        self._act(sign, seen, device)
        if seen.at - file.weighed >= REGRADE_SECONDS:
            yield from self._regrade(file, seen.at)

    def _act(self, sign: Sign, seen: Observation, device: Device) -> Act:
        period = ""
        brand = device.brands.get(sign.brand)
        if brand is None or brand.last is None or seen.at > brand.last.ends + 1:
            period = self.schedule.moment(seen.at).kind
        is_refused = seen.action == REFUSED or seen.via is not Via.DNS
        act = device.tries(sign, seen.at, self._hour_of(seen.at), period, is_refused, self.numbers)
        if sign.kind == "tunnel":
            act.volume = max(act.volume, Volume(int(sign.item)))
        if seen.via is Via.NFLOG:
            device.resolver_act = act
        return act

    def _hour_of(self, at: Instant) -> int:
        """The hour of the school's clock; local time costs 2 µs, so each hour is asked once."""
        known, hour = self._hour
        if at // 900 != known:  # zones lie whole quarters of an hour apart
            hour = self.schedule.clock.local(at).hour
            self._hour = (at // 900, hour)
        return hour

    def _regrade(self, file: File, at: Instant | None = None) -> list[Case]:
        file.weighed = file.last if at is None else at
        before, file.grade = file.grade, self.scales.assess(file.device).grade
        if file.is_told and file.grade is before:
            return []
        file.is_told = True
        return [self._case(file)]

    def _case(self, file: File, closed: Instant | None = None) -> Case:
        found = self.scales.assess(file.device)
        file.grade = found.grade
        return Case(
            device=file.device.name,
            group=file.device.group,
            opened=file.opened,
            closed=closed,
            last=file.last,
            grade=found.grade,
            kinds=self._kinds(file, found),
            score=round(found.points / POINT, 1),
            speaks_for=self.sentences.speaks_for(found),
            speaks_against=self.sentences.speaks_against(found, file.device),
            events=file.events,
        )

    @staticmethod
    def _kinds(file: File, found: Assessment) -> tuple[str, ...]:
        """What counts; a case of noise has only what was explained."""
        counted = dict.fromkeys(act.sign.kind for act in found.counted)
        return tuple(counted if found.grade is not Grade.NOISE else file.kinds)

    def _sweep(self, now: Instant) -> list[Case]:
        """Close what was quiet for long, and forget who is gone."""
        self._swept = now
        quiet = self.numbers.quiet_hours * 3600
        closed = []
        for name, file in list(self._files.items()):
            last = file.tried or file.last  # a tablet's habits would keep a case open for ever
            if now - last >= quiet:
                closed.append(self._case(file, closed=last + quiet))
                del self._files[name]
                file.device.begin_anew()
        for name, device in list(self._devices.items()):
            if now - device.seen >= FORGET_SECONDS and name not in self._files:
                del self._devices[name]
        return closed
