"""From a device's acts to a grade: what counts, what is explained away, and how sure that makes us.

Points are for acts a person made, and more of them where several things point the same way. But
points alone decide nothing: `deliberate` needs acts apart from one another and different reasons,
so a single act, whatever it is, never gets there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.detection.crowd import Crowd
from appliance.detection.excuses import Excuse, Excuses, way_of
from appliance.detection.knowledge import Kind, Knowledge
from appliance.detection.memory import Act, Brand, Device, Novelty
from appliance.detection.tunnel import Volume
from appliance.policy.clock import DAY_SECONDS, Instant

ONLY_FOR_THIS = frozenset(("tor", "anti-censorship", "unblocked"))  # kinds without another use


class Grade(StrEnum):
    NOISE = "noise"  # explained by the device itself
    WATCH = "watch"  # not explained, and not enough to say more
    DELIBERATE = "deliberate"


class Strand(StrEnum):
    """A reason of its own kind to think that somebody means it."""

    AFTER = "after a refusal"
    WAYS = "several ways"
    MANY = "many ways"
    WENT_ON = "went on"
    DAYS = "several days"
    TIED = "each time"
    WRAPPED = "refused site inside"
    NAMED = "its name says so"
    PRIVATE = "an address that only its owner knows"
    MOVED = "moved to another resolver"
    SHAPE = "shape"
    VOLUME = "volume"


@dataclass(slots=True)
class Assessment:
    """What there is to say of one device now."""

    grade: Grade = Grade.NOISE
    points: float = 0.0
    counted: list[Act] = field(default_factory=list)  # what a person did
    excused: list[tuple[Act, Excuse]] = field(default_factory=list)
    strands: set[Strand] = field(default_factory=set)
    steps: int = 0
    ways: list[str] = field(default_factory=list)  # different ones, by title, in one sitting
    ways_begin: Instant = 0
    ways_end: Instant = 0
    days: list[Instant] = field(default_factory=list)  # an act of each day with one


class Scales:
    """Weighs devices."""

    def __init__(self, known: Knowledge, crowd: Crowd) -> None:
        self.kinds = known.signals.kinds
        self.numbers = known.signals.numbers
        self.crowd = crowd
        self.excuses = Excuses(self.numbers, crowd)

    def assess(self, device: Device) -> Assessment:
        found = Assessment()
        sum_up = _Sum(self.kinds)
        last_step: Instant | None = None
        for act in sorted(device.acts, key=lambda act: (act.begins, act.sign)):
            excuse = self.excuses.excuse(act, device)
            if excuse:
                found.excused.append((act, excuse))
                continue
            points = self._points(act, device, found)
            found.counted.append(act)
            found.points = max(found.points, sum_up.add(act, points))
            if self._is_step(act, last_step):
                last_step = act.begins
                found.steps += 1 + max(self._is_long(act, device), min(act.stages, 1))
        found.grade = self._grade(found)
        return found

    def _points(self, act: Act, device: Device, found: Assessment) -> float:
        numbers, brand = self.numbers, device.brands.get(act.sign.brand)
        kind = self.kinds.get(act.sign.kind)
        earlier = [one for one in found.counted if one.sign.brand == act.sign.brand]
        base = (kind.weight if kind else 0) * self._novelty(act, earlier) / 100
        around = 100
        if act.after:
            around += numbers.after_refusal_percent
            found.strands.add(Strand.AFTER)
        if act.period == "lesson":
            around += numbers.lesson_percent
        if act.step == "store":  # everybody searches all day
            around += numbers.step_before_percent
        stages = min(act.stages, numbers.stages)
        if stages:
            found.strands.add(Strand.WENT_ON)
            base += (kind.weight if kind else 0) * stages * numbers.more_percent / 100
        points = base * around / 100
        points += self._ways(act, found, is_new=not earlier)
        points += self._again(act, brand, earlier, found)
        points += self._days(act, found)
        points += self._own_strands(act, device, found)
        if act.returned:
            points += 0 if any(one.returned for one in found.counted) else numbers.returned_points
        return points

    def _novelty(self, act: Act, earlier: list[Act]) -> int:
        """Percent: what was tried before says less."""
        numbers = self.numbers
        if not earlier:
            return 100
        today = [one for one in earlier if _day(one) == _day(act)]
        alike = sum(one.novelty == act.novelty for one in today)
        if act.novelty is Novelty.SAME:
            return numbers.same_percent if alike < numbers.same_a_day else 0
        return numbers.more_percent if alike < numbers.more_a_day else 0

    def _ways(self, act: Act, found: Assessment, *, is_new: bool) -> float:
        """One way after the other, in one sitting."""
        numbers = self.numbers
        since = act.begins - numbers.ways_seconds
        sitting = [one for one in found.counted if one.begins >= since]
        brands = {way_of(one): one.sign.title for one in [*sitting, act]}
        if len(brands) > max(1, len(found.ways)):
            found.ways = list(brands.values())
            found.ways_begin = min([one.begins for one in sitting] or [act.begins])
            found.ways_end = act.ends
        if len(brands) < 2 or not is_new:
            return 0
        found.strands.add(Strand.WAYS)
        if len(brands) > 2:
            found.strands.add(Strand.MANY)
        return numbers.way_points

    def _again(self, act: Act, brand: Brand | None, earlier: list[Act], found: Assessment) -> float:
        """Back to the same way: with more of it, or each time that something was refused."""
        if act.novelty is Novelty.MORE and earlier:
            found.strands.add(Strand.WENT_ON)
        refusals = {one.after_begins for one in earlier if one.after} - {act.after_begins}
        tied = len(refusals)
        if not (brand and act.after and tied in (2, 3)):
            return 0
        if brand.tied * 100 < brand.rhythm.count * self.numbers.tied_percent:
            return 0
        found.strands.add(Strand.TIED)
        return self.numbers.tied_points

    def _days(self, act: Act, found: Assessment) -> float:
        if found.days and _day(act) == found.days[-1] // DAY_SECONDS:
            return 0
        if act.novelty is Novelty.SAME and not act.after:
            return 0  # a fixed daily question is an app's
        found.days.append(act.begins)
        if len(found.days) < 2:
            return 0
        brands = {way_of(one) for one in [*found.counted, act]}
        if len(found.days) > 2 and len(brands) > 1:
            found.strands |= {Strand.DAYS, Strand.WAYS}
        return self.numbers.day_points

    def _own_strands(self, act: Act, device: Device, found: Assessment) -> float:
        """What this kind of act says by itself."""
        numbers = self.numbers
        match act.sign.kind:
            case "wrapped":
                found.strands.add(Strand.WRAPPED)
            case "dynamic-dns" if act.after and not act.sign.is_front:
                found.strands.add(Strand.PRIVATE)
            case kind if kind in ONLY_FOR_THIS:
                found.strands.add(Strand.NAMED)
            case "tunnel":
                found.strands.add(Strand.SHAPE)
                if act.volume is Volume.STREAM:
                    found.strands.add(Strand.VOLUME)
                    return numbers.tunnel_many_points
        if not self.excuses.is_moved(act, device):
            return 0
        found.strands.add(Strand.MOVED)
        has_left = act.was_busy and act.asked_during * 10 <= act.events
        return numbers.sustained_points + (numbers.switched_points if has_left else 0)

    def _is_step(self, act: Act, last: Instant | None) -> bool:
        if act.novelty is Novelty.SAME and not act.after:
            return False
        return last is None or act.begins - last >= self.numbers.apart_seconds

    def _is_long(self, act: Act, device: Device) -> bool:
        """One act that took so long, with so much in it, that it is not one click."""
        if act.volume is Volume.STREAM:
            return True
        return act.events >= self.numbers.moved_events and self.excuses.is_moved(act, device)

    def _grade(self, found: Assessment) -> Grade:
        numbers = self.numbers
        if (
            found.points >= numbers.deliberate
            and found.steps >= numbers.steps
            and len(found.strands) >= numbers.strands
        ):
            return Grade.DELIBERATE
        return Grade.WATCH if found.points >= numbers.watch else Grade.NOISE


class _Sum:
    """Points that fade, each kind at its own pace."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._parts: dict[int, tuple[float, Instant]] = {}

    def add(self, act: Act, points: float) -> float:
        kind = self._kinds.get(act.sign.kind)
        half_life = (kind.half_life_hours if kind else 24) * 3600
        self._parts[half_life] = (self._now(half_life, act.begins) + points, act.begins)
        return sum(self._now(one, act.begins) for one in self._parts)

    def _now(self, half_life: int, at: Instant) -> float:
        points, since = self._parts.get(half_life, (0.0, at))
        return points * math.exp2((since - at) / half_life)


def _day(act: Act) -> int:
    return act.begins // DAY_SECONDS
