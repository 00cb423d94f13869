"""What speaks for and against, as a teacher would say it: counts, names and times, no jargon."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from appliance.detection.excuses import Excuse
from appliance.detection.memory import Act, Device
from appliance.detection.score import Assessment, Grade, Scales, Strand
from appliance.detection.tunnel import Volume
from appliance.domains import shorten
from appliance.policy.clock import Instant
from appliance.policy.words import listed

CURE = " To stop it: "  # what stands behind it helps, whatever the case comes to
SHOWN = 6  # sentences of one kind, and things in one list
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Local = Callable[[Instant], datetime.datetime]


class Sentences:
    """Tells one assessment, by the school's clock."""

    def __init__(self, local: Local, scales: Scales) -> None:
        self.local = local
        self.scales = scales

    def speaks_for(self, found: Assessment) -> tuple[str, ...]:
        said = [*self._ways(found), *self._tries(found), *self._more(found)]
        return tuple(dict.fromkeys(said))

    def speaks_against(self, found: Assessment, device: Device) -> tuple[str, ...]:
        said = [*self._habits(device), *self._excused(found, device), *self._missing(found)]
        return tuple(dict.fromkeys(said))

    def _ways(self, found: Assessment) -> Iterable[str]:
        if Strand.WAYS in found.strands and len(found.ways) > 1:
            minutes = max(1, round((found.ways_end - found.ways_begin) / 60))
            yield (
                f"It tried {_number(len(found.ways))} different ways round the filter within "
                f"{_count(minutes, 'minute')} from {self._when(found.ways_begin)}: "
                f"{_few(found.ways)}."
            )
        if len(found.days) > 1 and Strand.DAYS in found.strands:
            days = _few([f"{self.local(at):%a} {self.local(at).day} {self.local(at):%b}"
                         for at in found.days])  # fmt: skip
            yield f"It tried on {_number(len(found.days))} different days: {days}."

    def _tries(self, found: Assessment) -> Iterable[str]:
        """The acts that weigh most, in the order in which they came."""
        by_brand: dict[str, list[Act]] = {}
        for act in found.counted:
            by_brand.setdefault(act.sign.brand, []).append(act)
        for acts in list(by_brand.values())[:SHOWN]:
            yield self._tried(acts)
        if len(by_brand) > SHOWN:
            yield f"… and {_number(len(by_brand) - SHOWN)} more in the same way."

    def _tried(self, acts: Sequence[Act]) -> str:
        first, kind = acts[0], self.scales.kinds.get(acts[0].sign.kind)
        what = shorten(first.sign.title, 120)
        times = _count(sum(act.events for act in acts), "time")
        title = f", {kind.title}" if kind and kind.title != what else ""
        said = f"{self._when(first.begins)}: {what}{title}, was asked for {times}"
        if len(acts) > 1:
            said += f" in {_number(len(acts))} goes until {self._when(acts[-1].ends)}"
        tied = [act for act in acts if act.after]
        if tied:
            after = _ago(tied[0].begins - tied[0].after_begins)
            said += f", {after} after {tied[0].after} was refused"
            refusals = len({act.after_begins for act in tied})
            if refusals > 1:
                said += f" (and so after {_number(refusals)} refusals)"
        if first.step:
            where = "an app store" if first.step == "store" else "a search engine"
            said += f", and just after {where} was opened"
        return f"{said}{self._in_lesson(acts)}."

    @staticmethod
    def _in_lesson(acts: Sequence[Act]) -> str:
        return ", in a lesson" if any(act.period == "lesson" for act in acts) else ""

    def _more(self, found: Assessment) -> Iterable[str]:
        if Strand.WENT_ON in found.strands:
            yield "It did not stop at one page: it came back later and asked for more of the same."
        back = next((act for act in found.counted if act.returned), None)
        if back:
            yield f"After that it went back to {back.after} at {self._time(back.returned)}."
        for act in found.counted:
            if act.volume is Volume.STREAM:
                yield "So many different coded names carry data; looking up pages never needs them."
                break
        if Strand.MOVED in found.strands:
            yield "It had used the school's own name service until then, and changed over."

    def _habits(self, device: Device) -> Iterable[str]:
        """Fix, don't blame: what the device does by itself, and what stops it."""
        for seen in sorted(device.habits.values(), key=lambda one: -one.count)[:SHOWN]:
            times = _count(seen.count, "time")
            yield f"{seen.habit.looks} ({times}.){CURE}{seen.habit.cure}"

    def _excused(self, found: Assessment, device: Device) -> Iterable[str]:
        counts = Counter((act.sign.brand, excuse) for act, excuse in found.excused)
        told: set[tuple[str, Excuse]] = set()
        for act, excuse in found.excused:
            key = (act.sign.brand, excuse)
            if key not in told and len(told) < SHOWN:
                told.add(key)
                yield self._excuse(act, excuse, counts[key], device)

    def _excuse(self, act: Act, excuse: Excuse, count: int, device: Device) -> str:
        what = shorten(act.sign.title, 120)
        what = what[:1].upper() + what[1:]
        brand = device.brands.get(act.sign.brand)
        if excuse is Excuse.MACHINE and brand:
            times = _count(brand.rhythm.count, "time")
            numbers = self.scales.numbers
            if brand.rhythm.is_nightly(numbers):
                return f"{what} was asked for at night too, when nobody uses the device ({times})."
            if brand.rhythm.is_even(numbers):
                gap = _ago(brand.rhythm.mean_gap)
                return f"{what} was asked for at even times, every {gap} ({times}): like a timer."
            return (
                f"{what} was asked for all through the day ({times}): like an app left on the "
                "device, not like a person."
            )
        if excuse is Excuse.CROWD:
            others = self.scales.crowd.others(act.sign.brand, device.name, act.begins)
            others = others or self.scales.crowd.most(act.sign.brand, device.name, act.begins)
            who = f"{others} other devices" if others else "Several other devices"
            return (
                f"{who} asked for {act.sign.title} as well at {self._when(act.begins)}: it may be "
                "part of a lesson, or of a program that many have."
            )
        if excuse is Excuse.WAKING:
            return (
                f"{what} was asked for just as the device woke up or joined, at "
                f"{self._when(act.begins)}: apps do that by themselves."
            )
        if excuse is Excuse.PAGE:
            return (
                f"{what} came within seconds of another: one page makes a device look up its links."
            )
        times = _count(count, "time")
        return f"{what} ({times}): many devices do this by themselves, and nothing here says more."

    def _missing(self, found: Assessment) -> Iterable[str]:
        """What one would expect to see if it were meant, and is not there."""
        acts = found.counted
        if not acts:
            return
        untied = [act for act in acts if not act.after]
        if len(untied) == len(acts):
            yield "Nothing that people like to get at was refused just before."
        if len(acts) == 1:
            yield "It happened once. An advert or a slip of the finger looks the same."
        elif found.grade is not Grade.DELIBERATE:
            yield "It is too little to say that somebody meant it."
        outside = sum(act.period not in ("lesson", "registration") for act in acts)
        if outside:
            yield f"{_number(outside).capitalize()} of {len(acts)} happened outside lessons."
        asked, refused = sum(act.events for act in acts), sum(act.refused for act in acts)
        if asked and refused == asked:
            yield "All of this was refused: nothing shows that any way round ever worked."
        elif refused:
            yield f"{refused} of {asked} of these questions were refused."
        yield "The record shows which device asked, not who held it."

    def _when(self, at: Instant) -> str:
        local = self.local(at)
        return f"{local:%H:%M} on {local:%a} {local.day} {local:%b}"

    def _time(self, at: Instant) -> str:
        return f"{self.local(at):%H:%M}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def _count(count: int, what: str) -> str:
    if count == 1:
        return "once" if what == "time" else f"one {what}"
    return f"{count:,} {what}s"


def _ago(seconds: int) -> str:
    if seconds < 90:
        return f"{max(seconds, 1)} seconds" if seconds > 1 else "a second"
    return _count(round(seconds / 60), "minute")


def _few(things: Sequence[str]) -> str:
    shown = [shorten(thing, 80) for thing in things[:SHOWN]]
    if len(things) > SHOWN:
        shown.append(f"{len(things) - SHOWN} more")
    return listed(shown)
