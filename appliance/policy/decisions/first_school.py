"""The first school: a ready policy with a school's own name, networks, bells and first device."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from appliance.domains import lies_under, shorten
from appliance.endpoint import Network, read_network
from appliance.errors import ApplianceError, DecisionError
from appliance.policy.clock import MINUTES_OF_DAY
from appliance.policy.decisions import checking
from appliance.policy.decisions.roll import slug
from appliance.policy.model import (
    ALWAYS,
    CLOSED,
    SCHOOL_DAY,
    WEEKDAYS,
    Device,
    Group,
    OfficialChannel,
    Period,
    School,
    TargetKind,
    Timetable,
)
from appliance.tables import IDENTIFIER

PLACEHOLDER = "example.sch.uk"  # what stands in the ready policies for the school's own site
MONDAY_TO_FRIDAY = WEEKDAYS[:5]
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)\Z")


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """The device on which somebody sets the box up."""

    name: str
    group: str
    address: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a school says of itself in the first run. What is left out stays as the ready policy has
    it."""

    name: str
    contact: str = ""
    domains: tuple[str, ...] = ()
    appliance: str = ""
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by group
    periods: tuple[Period, ...] = ()
    days: tuple[str, ...] = MONDAY_TO_FRIDAY
    own_device: OwnDevice | None = None
    default_group: str = ""  # where devices belong that nobody has placed


def first_school(profile: School, facts: Facts) -> School:
    """The ready policy as this school's own; DecisionError says what is wrong in its facts."""
    domains = tuple(_domain(name) for name in dict.fromkeys(facts.domains))
    school = replace(
        profile,
        name=checking.one_line(facts.name, "the school's name", longest=120),
        contact=checking.one_line(facts.contact, "whom to ask", required=False) or profile.contact,
        domains=domains,
        appliance=_domain(facts.appliance) if facts.appliance else profile.appliance,
        groups=_groups(profile, facts),
        official_channels=tuple(_channels(profile.official_channels, domains)),
    )
    if facts.periods:
        school = replace(school, timetables=_timetables(profile, facts))
    return _with_own_device(school, facts.own_device) if facts.own_device else school


def period(name: str, kind: str, start: str, end: str) -> Period:
    """One period of the day as a form has it: "Lesson 1", "lesson", "9:00", "10:30"."""
    kind = kind.strip().lower()
    if not IDENTIFIER.match(kind) or kind in (ALWAYS, SCHOOL_DAY, CLOSED):
        raise DecisionError(f"“{shorten(kind)}” is no kind of period, such as lesson.")
    first, last = _minute(start), _minute(end)
    title = checking.one_line(name, "what the period is called", longest=60)
    if last <= first:
        raise DecisionError(f"{title} ends before it begins: look at its times again.")
    return Period(title, kind, first, last)


def _minute(text: str) -> int:
    found = _TIME.match(text.strip())
    if text.strip() == "24:00":
        return MINUTES_OF_DAY
    if not found:
        raise DecisionError(f"“{shorten(text)}” is not a time of day such as 09:00.")
    return int(found[1]) * 60 + int(found[2])


def _domain(text: str) -> str:
    name = text.strip().lower().removeprefix("www.").rstrip(".")
    checking.site(name)
    return name


def _groups(profile: School, facts: Facts) -> tuple[Group, ...]:
    known = [group.name for group in profile.groups]
    default = facts.default_group or profile.default_group.name
    for name in (*facts.networks, default):
        checking.among("group", name, known)
    owners: dict[Network, str] = {}
    found: dict[str, list[Network]] = {}
    for group, texts in facts.networks.items():
        found[group] = []
        for text in texts:
            network = _network(text)
            owner = owners.setdefault(network, group)
            if owner != group:
                raise DecisionError(f"{network} can't be the network of {owner} and of {group}.")
            if network not in found[group]:
                found[group].append(network)
    return tuple(
        replace(
            group,
            networks=tuple(found.get(group.name, group.networks)),
            is_default=group.name == default if facts.default_group else group.is_default,
        )
        for group in profile.groups
    )


def _network(text: str) -> Network:
    try:
        return read_network(text.strip())
    except (ValueError, ApplianceError) as fault:
        raise DecisionError(f"{fault}.") from fault


def _channels(
    channels: Iterable[OfficialChannel], domains: tuple[str, ...]
) -> Iterable[OfficialChannel]:
    """The register with the school's own site in it; without one that entry is left out."""
    for channel in channels:
        platform = channel.platform
        if platform.kind is not TargetKind.DOMAIN or not lies_under(platform.name, PLACEHOLDER):
            yield channel
        elif domains:
            yield replace(channel, platform=replace(platform, name=domains[0]))


def _timetables(profile: School, facts: Facts) -> tuple[Timetable, ...]:
    for day in facts.days:
        checking.among("day", day, WEEKDAYS)
    usual = profile.timetables[0].name if profile.timetables else "normal"
    return (Timetable(usual, in_order(facts.periods), facts.days),)


def in_order(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The periods of a day as they follow each other; DecisionError where two of them overlap."""
    found = sorted(periods, key=lambda one: one.start_minute)
    for before, after in zip(found, found[1:], strict=False):
        if after.start_minute < before.end_minute:
            raise DecisionError(f"{after.name} begins before {before.name} is over.")
    return tuple(found)


def with_bells(school: School, name: str, periods: Iterable[Period]) -> School:
    """The school with other bells on one of its timetables."""
    checking.among("timetable", name, [one.name for one in school.timetables])
    rung = in_order(periods)
    if not rung:
        raise DecisionError("A timetable needs at least one period.")
    return replace(
        school,
        timetables=tuple(
            replace(one, periods=rung) if one.name == name else one for one in school.timetables
        ),
    )


def keeping(school: School, before: School) -> School:
    """The new school with the devices, sets, bans and grants of the one before: to choose another
    ready policy lets nobody off. What is in a group that is no more comes into the default one."""
    groups = {group.name for group in school.groups}
    added = {device.name for device in school.devices}
    kept = tuple(
        one if one.group in groups else replace(one, group=school.default_group.name)
        for one in before.devices
        if one.name not in added
    )
    return replace(
        school,
        devices=(*kept, *school.devices),
        device_sets=before.device_sets,
        bans=before.bans,
        grants=before.grants,
        # special days and weeks A and B name timetables, which are the new ones from now on
        calendar=replace(before.calendar, special=(), weeks=()),
    )


def _with_own_device(school: School, own: OwnDevice) -> School:
    name = slug(own.name)
    if not name:
        raise DecisionError("Please give this device a name, such as office-laptop.")
    checking.among("group", own.group, [group.name for group in school.groups])
    try:
        address = ipaddress.ip_address(own.address.strip())
    except ValueError as fault:
        raise DecisionError(
            f"“{shorten(own.address)}” is not an address such as 10.20.3.7."
        ) from fault
    device = Device(name, own.group, (address,))
    others = tuple(one for one in school.devices if one.name != name)
    return replace(school, devices=(*others, device))
