"""What is remembered of one device: since when it is here, what it was refused, what it tried.

Bounded, whatever a device sends: so many acts, brands, services; the rest is only counted.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.detection.knowledge import Habit, Numbers
from appliance.detection.names import Sign
from appliance.detection.rhythm import Rhythm
from appliance.detection.tunnel import Streams, Volume
from appliance.policy.clock import DAY_SECONDS, Instant

ACTS = 120
BRANDS = 64
SERVICES = 48
ITEMS = 48  # names of one brand that are told apart
SHOWN = 6  # of them, in one act
PACE = 40  # questions whose times are remembered
BUSY = 8  # … of which so many in the ten minutes before make a device that was in use


class Novelty(StrEnum):
    NEW = "new"  # the first of this brand
    MORE = "more"  # other names of it
    SAME = "same"  # the same names again


@dataclass(slots=True, eq=False)  # two acts are never the same one
class Act:
    """What belongs together: one visit, one try, one stream of packets."""

    sign: Sign
    begins: Instant
    ends: Instant
    period: str  # kind of period: "lesson"
    novelty: Novelty
    after: str = ""  # the service that was refused just before
    after_begins: Instant = 0  # when it was
    step: str = ""  # "search" or "store", just before
    is_waking: bool = False
    is_clean: bool = True  # the device had asked us properly before
    was_busy: bool = False
    asked_during: int = 0  # questions to us while this went on
    events: int = 0
    refused: int = 0
    returned: Instant = 0  # when it went back to what was refused
    volume: Volume = Volume.NONE
    items: list[str] = field(default_factory=list)
    pages: int = 0  # brands that began on the same page before this one
    stages: int = 0  # times that it went on to other names, at a person's pace
    staged: Instant = 0  # when it last did
    is_surge: bool = False  # far more at once than the device's own habit ever was

    @property
    def seconds(self) -> int:
        return self.ends - self.begins


@dataclass(slots=True)
class Brand:
    """One way round, as this device has used it."""

    rhythm: Rhythm
    items: set[str] = field(default_factory=set)
    events: int = 0
    last: Act | None = None
    is_habit: bool = False  # the device did it before anybody could have meant it
    most: int = 0  # events in the largest act that was no surge
    tied: int = 0  # acts that followed a refusal
    today: int = 0  # the day that `same` is counted for
    same: int = 0


@dataclass(slots=True)
class Want:
    """A service that this device was refused."""

    title: str
    rhythm: Rhythm
    begins: Instant = 0
    ends: Instant = 0
    is_fresh: bool = False
    fronts: dict[str, Instant] = field(default_factory=dict)


@dataclass(slots=True)
class HabitSeen:
    habit: Habit
    first: Instant
    last: Instant
    count: int = 0


class Device:
    """One device's memory."""

    def __init__(self, name: str, group: str, at: Instant) -> None:
        self.name, self.group = name, group
        self.joined = self.seen = at
        self.questions = 0
        self.pace: deque[Instant] = deque(maxlen=PACE)
        self.acts: deque[Act] = deque(maxlen=ACTS)
        self.brands: OrderedDict[str, Brand] = OrderedDict()
        self.wants: OrderedDict[tuple[str, bool], Want] = OrderedDict()
        self.habits: dict[str, HabitSeen] = {}
        self.steps: dict[str, Instant] = {}
        self.visits: dict[str, Instant] = {}
        self.streams = Streams()
        self.resolver_act: Act | None = None  # while it goes on, questions to us are counted
        self.signs = 0

    def begin_anew(self) -> None:
        """Its case is closed: what stood in it does not count again."""
        self.acts.clear()
        self.habits.clear()
        for brand in self.brands.values():
            if not brand.is_habit:
                brand.last = None
                brand.items.clear()

    def is_here(self, at: Instant, numbers: Numbers) -> None:
        if at - self.seen >= numbers.joined_silence_seconds:
            self.joined = at
        self.seen = at

    def asks(self, at: Instant) -> None:
        """A question to us, whatever it is."""
        self.questions += 1
        self.pace.append(at)
        act = self.resolver_act
        if act and act.begins < at <= act.ends + 60:
            act.asked_during += 1

    def wants_refused(
        self, service: str, title: str, at: Instant, hour: int, is_front: bool, numbers: Numbers
    ) -> None:
        """A refused service was asked for: how fresh a wish is this?"""
        key = (service, is_front)  # its page is opened by people, its hosts are asked by apps
        want = self.wants.get(key)
        if want is None:
            want = self.wants[key] = Want(title, Rhythm(at))
            while len(self.wants) > SERVICES:
                self.wants.popitem(last=False)
        self.wants.move_to_end(key)
        if not want.begins or at - want.ends > numbers.act_gap_seconds:
            tried_since = any(act.begins > want.begins for act in list(self.acts)[-4:])
            is_waking = at - self.joined <= numbers.joined_seconds and not is_front
            is_new = not want.begins or at - want.ends >= numbers.fresh_seconds
            want.is_fresh = not is_waking and (is_new or tried_since)
            want.begins = at
            want.rhythm.beat(at, hour)
        want.ends = at
        self._returns(want, at, numbers)

    def _returns(self, want: Want, at: Instant, numbers: Numbers) -> None:
        for act in list(self.acts)[-4:]:
            gone = at - act.ends
            if (
                act.after == want.title
                and not act.returned
                and numbers.apart_seconds <= gone <= numbers.after_refusal_seconds
            ):
                act.returned = at

    def refused_before(self, at: Instant, numbers: Numbers) -> Want | None:
        """The service whose refusal may have led to what happens now."""
        for want in reversed(self.wants.values()):
            is_near = want.begins <= at <= want.ends + numbers.after_refusal_seconds
            if is_near and want.is_fresh and not want.rhythm.is_machine(numbers):
                return want
        return None

    def was_refused(self, service: str, at: Instant, seconds: int) -> bool:
        wants = (self.wants.get((service, is_front)) for is_front in (True, False))
        return any(want is not None and at - want.ends <= seconds for want in wants)

    def steps_to(self, step: str, at: Instant, numbers: Numbers) -> None:
        """A store counts when it is opened anew: phones look there for updates all day."""
        before = self.visits.get(step)
        self.visits[step] = at
        is_again = before is not None and at - before < numbers.fresh_seconds
        is_waking = at - self.joined <= numbers.joined_seconds
        if step != "store" or not (is_again or is_waking):
            self.steps[step] = at

    def step_before(self, at: Instant, numbers: Numbers) -> str:
        near = (
            step
            for step in ("store", "search")
            if at - self.steps.get(step, -(10**9)) <= numbers.step_before_seconds
        )
        return next(near, "")

    def has_habit(self, habit: Habit, at: Instant) -> None:
        seen = self.habits.setdefault(habit.name, HabitSeen(habit, at, at))
        seen.last = at
        seen.count += 1

    def tries(
        self, sign: Sign, at: Instant, hour: int, period: str, is_refused: bool, numbers: Numbers
    ) -> Act:
        """Join the act that goes on, or begin one."""
        self.signs += 1
        brand = self.brands.get(sign.brand)
        if brand is None:
            brand = self.brands[sign.brand] = Brand(Rhythm(at))
            while len(self.brands) > BRANDS:
                self.brands.popitem(last=False)
        self.brands.move_to_end(sign.brand)
        brand.events += 1
        act = brand.last
        if act is None or at - act.ends > self._gap(act, numbers):
            act = self._begin(sign, brand, at, hour, period, numbers)
        act.ends = max(at, act.ends)
        act.events += 1
        act.refused += is_refused
        was_same = act.novelty is Novelty.SAME
        self._add(act, brand, sign.item, at, numbers)
        if sign.is_front and not sign.by_itself:
            act.is_waking = False
        self._surges(act, brand, numbers)
        is_more = was_same and act.novelty is not Novelty.SAME and not brand.is_habit
        if (is_more or act.is_surge) and act not in self.acts:
            self.acts.append(act)
        return act

    @staticmethod
    def _surges(act: Act, brand: Brand, numbers: Numbers) -> None:
        """A device with a habit shows a change of setting only by how much it asks at once."""
        if act.is_surge or not (act.after and act.sign.by_itself and act.is_clean):
            return
        enough = max(numbers.surge_events, numbers.surge_times * brand.most)
        act.is_surge = act.events >= enough and act.seconds >= numbers.sustained_seconds

    @staticmethod
    def _gap(act: Act, numbers: Numbers) -> int:
        is_open = not act.refused and act.events
        return numbers.open_act_gap_seconds if is_open else numbers.act_gap_seconds

    @staticmethod
    def _add(act: Act, brand: Brand, item: str, at: Instant, numbers: Numbers) -> None:
        if item not in brand.items and len(brand.items) < ITEMS:
            brand.items.add(item)
            if act.refused and at - act.staged >= numbers.apart_seconds:
                act.stages += 1  # a page that was refused loads nothing more by itself
            act.staged = at
            if act.novelty is Novelty.SAME:
                act.novelty = Novelty.MORE
        if item not in act.items and len(act.items) < SHOWN:
            act.items.append(item)

    def _begin(
        self, sign: Sign, brand: Brand, at: Instant, hour: int, period: str, numbers: Numbers
    ) -> Act:
        is_waking = at - self.joined <= numbers.joined_seconds
        if brand.last and not brand.last.is_surge:
            brand.most = max(brand.most, brand.last.events)
        want = self.refused_before(at, numbers)
        busy_since = at - numbers.after_refusal_seconds
        act = Act(
            sign=sign,
            begins=at,
            ends=at,
            staged=at,
            period=period,
            novelty=Novelty.SAME if brand.last else Novelty.NEW,
            after=want.title if want else "",
            after_begins=want.begins if want else 0,
            step=self.step_before(at, numbers),
            is_waking=is_waking and not (sign.is_front and not sign.by_itself),
            is_clean=self.questions >= numbers.clean_questions,
            was_busy=sum(asked >= busy_since for asked in self.pace) >= BUSY,
            pages=sum(0 <= at - one.begins <= numbers.page_seconds for one in list(self.acts)[-6:]),
        )
        if brand.last is None:
            is_change = act.after and act.is_clean and not act.is_waking
            brand.is_habit = sign.by_itself and not is_change and sign.kind != "new-mac"
        brand.rhythm.beat(at, hour)
        brand.tied += bool(act.after)
        brand.last = act
        if not brand.is_habit:
            self._keep(act, brand, numbers)
        return act

    def _keep(self, act: Act, brand: Brand, numbers: Numbers) -> None:
        """Remember an act, but not the hundredth of the same."""
        day = act.begins // DAY_SECONDS
        if day != brand.today:
            brand.today, brand.same = day, 0
        if act.novelty is Novelty.SAME:
            brand.same += 1
        if brand.same <= 2 * numbers.same_a_day or act.after:
            self.acts.append(act)
