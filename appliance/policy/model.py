"""The school's policy as plain values: what a document holds, word for word.

Nothing here decides anything. Times stay as they were written (with an offset, or the school's own
clock), so that a document read and written again is the same document.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from appliance.domains import normalise_site
from appliance.endpoint import Address, Network

FORMAT = 1  # of policy documents

EVERY_GROUP = "*"
ALWAYS = "always"
SCHOOL_DAY = "school-day"
CLOSED = "closed"
TEACHING_KINDS = (
    "registration",
    "lesson",
)  # the school day runs from the first to the last of them
KINDS = ("before", "registration", "lesson", "break", "lunch", "ppa", "after", CLOSED)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Action(StrEnum):
    ALLOW = "allow"
    BLOCK = "block"
    RESTRICT = "restrict"  # allowed in the service's own safe mode: YouTube restricted, safe search


class Circumvention(StrEnum):
    """What a group may do with ways round the filter."""

    BLOCK = "block"
    ALLOW = "allow"


class RefusedAnswer(StrEnum):
    """What a refused device of a group is told."""

    BLOCK_PAGE = "block-page"  # the address of the page that says why
    NULL = "null"  # 0.0.0.0 and ::, for devices that nobody looks at


class SafeMode(StrEnum):
    """How strict a restricted service is for a group, where it has two modes."""

    STRICT = "strict"
    MODERATE = "moderate"


class TargetKind(IntEnum):
    """What a target names, the narrowest first: the order counts among grants."""

    DOMAIN = 0
    SERVICE = 1
    CATEGORY = 2
    LIST = 3
    SOCIAL_MEDIA = 4
    EVERYTHING = 5


_PREFIXES = {
    "domain": TargetKind.DOMAIN,
    "service": TargetKind.SERVICE,
    "category": TargetKind.CATEGORY,
    "list": TargetKind.LIST,
}
_BARE = {"social-media": TargetKind.SOCIAL_MEDIA, "everything": TargetKind.EVERYTHING}
TARGET_HELP = "social-media, category:…, service:…, domain:…, list:… or everything"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What a rule is about: `service:tiktok`, `social-media`, …"""

    kind: TargetKind
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Target:
        if text in _BARE:
            return cls(_BARE[text])
        prefix, colon, name = text.partition(":")
        if not colon or not name or prefix not in _PREFIXES:
            raise ValueError(f'"{text[:60]}" is no target: {TARGET_HELP}')
        kind = _PREFIXES[prefix]
        return cls(kind, normalise_site(name) if kind is TargetKind.DOMAIN else name)

    def __str__(self) -> str:
        word = self.kind.name.lower().replace("_", "-")
        return f"{word}:{self.name}" if self.name else word


SOCIAL_MEDIA = Target(TargetKind.SOCIAL_MEDIA)
EVERYTHING = Target(TargetKind.EVERYTHING)


class ScopeKind(IntEnum):
    """Whom something is for, the narrowest first: the order counts among grants."""

    DEVICE = 0
    SET = 1
    GROUP = 2
    EVERYONE = 3


_SCOPES = {"device": ScopeKind.DEVICE, "set": ScopeKind.SET, "group": ScopeKind.GROUP}
SCOPE_HELP = "everyone, group:…, set:… or device:…"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Whom a grant is for: `group:pupils`, `set:trolley-3`, `device:ipad-07`, `everyone`."""

    kind: ScopeKind
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Scope:
        if text == "everyone":
            return EVERYONE
        prefix, _, name = text.partition(":")
        if prefix not in _SCOPES or not name:
            raise ValueError(f'"{text[:60]}" is nobody we know: {SCOPE_HELP}')
        return cls(_SCOPES[prefix], name)

    def __str__(self) -> str:
        word = self.kind.name.lower()
        return f"{word}:{self.name}" if self.name else word


EVERYONE = Scope(ScopeKind.EVERYONE)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    networks: tuple[Network, ...] = ()
    is_default: bool = False  # where devices belong that nobody has placed
    adults: bool = (
        False  # one approval opens a circumvention service for them; for children it takes two
    )
    safe_search: bool = False
    safe_mode: SafeMode = SafeMode.STRICT
    circumvention: Circumvention = Circumvention.BLOCK
    lists: tuple[str, ...] = ()
    refused: RefusedAnswer = RefusedAnswer.BLOCK_PAGE


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    group: str
    addresses: tuple[Address, ...] = ()
    macs: tuple[str, ...] = ()
    client_ids: tuple[str, ...] = ()  # by which it names itself over TLS or HTTPS, lower case


@dataclass(frozen=True, slots=True)
class DeviceSet:
    """A class trolley, a room, a year's iPads."""

    name: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """A slot of the day. It owns its first instant and not its last."""

    name: str
    kind: str
    start_minute: int
    end_minute: int  # past 1440 when it runs on into the next day


@dataclass(frozen=True, slots=True)
class Timetable:
    """One day plan. Without days it waits for a special day to name it."""

    name: str
    periods: tuple[Period, ...]
    days: tuple[str, ...] = ()
    week: str = ""  # "A" or "B"; empty: every week


@dataclass(frozen=True, slots=True)
class DateRange:
    """A term, or days on which the school is closed; both ends belong to it."""

    name: str
    first: datetime.date
    last: datetime.date

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SpecialDay:
    date: datetime.date
    timetable: str


@dataclass(frozen=True, slots=True)
class WeekStart:
    """From this Monday on weeks alternate, beginning with this one."""

    monday: datetime.date
    week: str


@dataclass(frozen=True, slots=True)
class Calendar:
    terms: tuple[DateRange, ...] = ()  # none: every weekday follows its timetable
    closed: tuple[DateRange, ...] = ()
    special: tuple[SpecialDay, ...] = ()
    weeks: tuple[WeekStart, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What this school calls social media."""

    clause: str = ""
    categories: tuple[str, ...] = (
        "social-networks",
        "micro-blogging",
        "media-sharing",
        "live-streaming",
        "messaging",
        "forums",
        "blogs",
        "question-and-answer",
        "dating",
        "class-apps",
    )
    plus: tuple[Target, ...] = ()
    minus: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    groups: tuple[str, ...]
    targets: tuple[Target, ...]
    when: tuple[str, ...]
    action: Action
    clause: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class SchoolList:
    """A list as this school uses it: its own names, a file of its own, or a public source."""

    name: str
    title: str = ""
    source: str = ""
    file: str = ""  # a list that lies on this box
    names: tuple[str, ...] = ()
    category: str = ""
    is_floor: bool = False  # nobody opens what stands on it
    clause: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class OfficialChannel:
    """An entry of the register: it opens its platform while it is open."""

    platform: Target
    account: str
    master_role: str
    approved: str
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    opened: datetime.date | None = None
    closed: datetime.date | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Ban:
    """A device gets nothing but lifelines until a time."""

    id: str
    device: str
    start: datetime.datetime
    end: datetime.datetime
    reason: str
    approved_by: tuple[str, ...]
    clause: str = ""


class GrantKind(StrEnum):
    OVERRIDE = "override"  # the e-safety team opens or closes something until a time
    EXEMPTION = "exemption"  # a standing permission with an end and its approvers
    PASS = "pass"  # a teacher opens a service of the pass list for a class for one lesson


@dataclass(frozen=True, slots=True)
class Grant:
    """Something opened or closed for somebody from a time until a time, with a reason."""

    kind: GrantKind
    id: str
    action: Action
    targets: tuple[Target, ...]
    scopes: tuple[Scope, ...]
    start: datetime.datetime
    end: datetime.datetime
    reason: str
    approved_by: tuple[str, ...]
    made: datetime.datetime | None = None
    risk_assessment: str = ""
    clause: str = ""

    @property
    def opens(self) -> bool:
        return self.action is not Action.BLOCK


@dataclass(frozen=True, slots=True)
class ExemptionTerms:
    """What an exemption needs before it holds at this school."""

    approvals: int = 1
    risk_assessment: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """The school's own words, and where they stand in its policy."""

    clause: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class School:
    """Everything a policy document holds."""

    name: str
    timezone: str = "Europe/London"
    domains: tuple[str, ...] = ()  # the school's own names: lifelines for everyone
    appliance: str = ""  # the name that devices reach this box by: a lifeline too
    contact: str = ""
    review_due: datetime.date | None = None
    definition: Definition = field(default_factory=Definition)
    groups: tuple[Group, ...] = ()
    devices: tuple[Device, ...] = ()
    device_sets: tuple[DeviceSet, ...] = ()
    timetables: tuple[Timetable, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    lists: tuple[SchoolList, ...] = ()
    circumvention: Wording = field(default_factory=Wording)
    rules: tuple[Rule, ...] = ()
    official_channels: tuple[OfficialChannel, ...] = ()
    pass_list: tuple[Target, ...] = ()
    exemption_terms: ExemptionTerms = field(default_factory=ExemptionTerms)
    bans: tuple[Ban, ...] = ()
    grants: tuple[Grant, ...] = ()

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)

    @property
    def default_group(self) -> Group:
        """Where devices belong that nobody has placed; a school with one group needs no mark."""
        return next((group for group in self.groups if group.is_default), self.groups[0])

    def lists_in_use(self) -> tuple[str, ...]:
        """Every list that can make a difference: subscribed to, named by a target, or a floor."""
        targets = [target for rule in self.rules for target in rule.targets]
        targets += [target for grant in self.grants for target in grant.targets]
        names = [name for group in self.groups for name in group.lists]
        names += [target.name for target in targets if target.kind is TargetKind.LIST]
        names += [one.name for one in self.lists]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, as far as a policy cares."""

    group: str
    device: str = ""
    sets: frozenset[str] = frozenset()

    def scopes(self) -> frozenset[Scope]:
        """Every scope this asker is in."""
        mine = {EVERYONE, Scope(ScopeKind.GROUP, self.group)}
        mine.update(Scope(ScopeKind.SET, name) for name in self.sets)
        if self.device:
            mine.add(Scope(ScopeKind.DEVICE, self.device))
        return frozenset(mine)
