"""A school's week, put together: noise, innocents, children who mean it; and how it was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from random import Random

from appliance.detection import knowledge
from appliance.detection.casework import Case, Casework
from appliance.detection.knowledge import Knowledge
from appliance.detection.observation import Observation
from appliance.detection.score import Grade
from appliance.lists import catalogue
from appliance.policy import document
from appliance.policy.schedule import Schedule
from tests.console import CHECKOUT
from tests.simulator.innocents import INNOCENTS, lesson_on_vpns
from tests.simulator.platforms import PUPILS, any_platform, live
from tests.simulator.stories import STORIES, one_try_a_day
from tests.simulator.ways import TUNED, Ways
from tests.simulator.world import CATALOGUE, Trace, instant

LESSONS = ((9.1, 10.3), (10.8, 12.1), (13.3, 14.2))  # hours in which there is time for a story
DAYS = 4


@dataclass
class School:
    """What happened, and who meant it."""

    traces: list[Trace] = field(default_factory=list)
    noise: set[str] = field(default_factory=set)
    innocents: dict[str, str] = field(default_factory=dict)  # device → what it is
    meant: dict[str, str] = field(default_factory=dict)  # device → its story

    def observations(self) -> Iterator[Observation]:
        for trace in self.traces:
            trace.seen.sort()
        return merge(*(trace.seen for trace in self.traces))


def school(seed: int, ways: Ways = TUNED, noise: int = 320, times: int = 2) -> School:
    """One day of many devices, with a few that are followed for longer."""
    dice, made = Random(seed), School()

    def new(name: str, platform: str, day: int = 0) -> tuple[Trace, float, float]:
        group = "guests" if platform in ("android", "samsung", "iphone") else "pupils"
        trace = Trace(name, group, Random(dice.randrange(2**60)))
        made.traces.append(trace)
        return trace, *live(trace, platform, day)

    for number in range(noise):
        platform = any_platform(dice)
        new(f"{platform}-{number}", platform)
        made.noise.add(f"{platform}-{number}")
    for number in range(times):
        for kind, innocent in INNOCENTS.items():
            trace, first, last = new(f"innocent-{kind}-{number}", dice.choice((*PUPILS, "android")))
            innocent(trace, first, last, ways)
            made.innocents[trace.device] = kind
        for kind, story in STORIES.items():
            trace, *_ = new(f"meant-{kind}-{number}", dice.choice((*PUPILS, "iphone", "android")))
            story(trace, _in_a_lesson(dice), ways)
            made.meant[trace.device] = kind
        careful, *_ = new(f"meant-careful-{number}", dice.choice(PUPILS))
        for day in range(DAYS):
            if day:
                live(careful, "chromebook", day)
            one_try_a_day(careful, _in_a_lesson(dice, day), day, ways)
        made.meant[careful.device] = "one_try_a_day"
    _two_together(dice, made, new, ways)
    classroom = [new(f"innocent-lesson-{n}", "chromebook")[0] for n in range(28)]
    lesson_on_vpns(classroom, instant(0, dice.uniform(9.2, 11.5)), ways)
    made.innocents |= {trace.device: "lesson_on_vpns" for trace in classroom}
    return made


def _two_together(dice: Random, made: School, new: object, ways: Ways) -> None:
    """Two friends do the same, a minute apart."""
    at, kind = _in_a_lesson(dice), dice.choice(("vpn_app", "five_proxies", "mirrors"))
    for number in range(2):
        trace, *_ = new(f"meant-together-{number}", dice.choice(PUPILS))  # type: ignore[operator]
        STORIES[kind](trace, at + number * dice.uniform(20, 90), ways)
        made.meant[trace.device] = "two_together"


def _in_a_lesson(dice: Random, day: int = 0) -> float:
    return instant(day, dice.uniform(*dice.choice(LESSONS)))


def known() -> Knowledge:
    texts = {
        name: catalogue.text(catalogue.SHIPPED, name)
        for name in (knowledge.SIGNALS, knowledge.HABITS)
    }
    return knowledge.read(texts, CATALOGUE, catalogue.shared_domains(), catalogue.school_needs())


def schedule() -> Schedule:
    path = CHECKOUT / "appliance" / "policy" / "profiles" / "mersey-vale.toml"
    return Schedule(document.read_file(path, CATALOGUE))


@dataclass
class Told:
    """How a school's week was graded."""

    school: School
    cases: dict[str, list[Case]]

    def grade(self, device: str) -> Grade:
        order = list(Grade)
        grades = [case.grade for case in self.cases.get(device, [])]
        return max(grades, key=order.index, default=Grade.NOISE)

    def accused(self, devices: object) -> list[str]:
        return [one for one in devices if self.grade(one) is Grade.DELIBERATE]  # type: ignore[attr-defined]

    @property
    def missed(self) -> list[str]:
        return [one for one in self.school.meant if self.grade(one) is not Grade.DELIBERATE]

    def lines(self) -> list[str]:
        meant, wrong = self.school.meant, self.accused(self.school.noise)
        wrongly = self.accused(self.school.innocents)
        right = len(meant) - len(self.missed)
        told = right + len(wrong) + len(wrongly)
        watched = Counter(self.grade(one) for one in self.school.noise)
        return [
            f"recall {right}/{len(meant)} = {right / len(meant):.1%}, "
            f"precision {right}/{told} = {right / max(told, 1):.1%}",
            f"noise: {len(wrong)} of {len(self.school.noise)} accused, "
            f"{watched[Grade.WATCH]} watched",
            f"innocents: {len(wrongly)} of {len(self.school.innocents)} accused",
            *(f"  accused: {one}" for one in [*wrong, *wrongly]),
            *(f"  missed: {one}, {self.grade(one)}" for one in self.missed),
        ]


def tell(made: School, knowledge_: Knowledge | None = None) -> Told:
    """The school's week, through the same door as the recorder's."""
    casework = Casework(knowledge_ or known(), schedule())
    cases: dict[str, list[Case]] = {}
    last = 0
    for seen in made.observations():
        last = seen.at
        for case in casework.note(seen):
            if case.closed is not None:
                cases.setdefault(case.device, []).append(case)
    closed = [case for case in casework.settle(last) if case.closed is not None]
    for case in [*closed, *casework.cases()]:
        cases.setdefault(case.device, []).append(case)
    return Told(made, cases)
