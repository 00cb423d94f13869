"""The roll: the school's devices, how they are known, their groups and sets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from appliance.domains import shorten
from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import checking
from appliance.policy.decisions.standing import Standing, standing
from appliance.policy.model import Device, DeviceSet, Grant, School, Scope, ScopeKind
from appliance.policy.words import moment
from appliance.tables import IDENTIFIER, IDENTIFIER_HELP

LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Entry:
    """A device with the sets it is in."""

    device: Device
    sets: tuple[str, ...] = ()


def add(policy: Policy, entry: Entry) -> School:
    """The school with one device more."""
    if entry.device.name in {device.name for device in policy.school.devices}:
        raise DecisionError(f"There is a device “{entry.device.name}” already.")
    return put(policy.school, [entry])


def change(policy: Policy, entry: Entry) -> School:
    """The school with this device's group, marks and sets as they are given here."""
    checking.among("device", entry.device.name, [one.name for one in policy.school.devices])
    return put(policy.school, [entry])


def move(policy: Policy, names: Collection[str], group: str) -> School:
    """The school with these devices in another group."""
    _known(policy.school, names)
    checking.among("group", group, [one.name for one in policy.school.groups])
    devices = tuple(
        replace(one, group=group) if one.name in names else one for one in policy.school.devices
    )
    return replace(policy.school, devices=devices)


def put_in_set(policy: Policy, names: Collection[str], set_name: str) -> School:
    """The school with these devices in a set, which is made where there is none."""
    _known(policy.school, names)
    _check_name(set_name, "a set")
    sets = {one.name: one.devices for one in policy.school.device_sets}
    sets[set_name] = tuple(dict.fromkeys((*sets.get(set_name, ()), *names)))
    return _with_sets(policy.school, sets)


def take_from_set(policy: Policy, names: Collection[str], set_name: str) -> School:
    """The school with these devices in this set no more. An empty set leaves, and with it what was
    granted to it alone."""
    sets = {one.name: one.devices for one in policy.school.device_sets}
    checking.among("device set", set_name, sets)
    sets[set_name] = tuple(name for name in sets[set_name] if name not in names)
    return _with_sets(policy.school, sets)


def make_set(policy: Policy, set_name: str, names: Collection[str]) -> School:
    """The school with one set more; DecisionError where there is one of this name already."""
    if set_name in {one.name for one in policy.school.device_sets}:
        raise DecisionError(f"There is a set “{set_name}” already.")
    if not names:
        raise DecisionError("A set needs at least one device.")
    return put_in_set(policy, names, set_name)


def rename_set(policy: Policy, name: str, new_name: str) -> School:
    """The school with this set under another name, and with what was granted to it."""
    school = policy.school
    known = [one.name for one in school.device_sets]
    checking.among("device set", name, known)
    _check_name(new_name, "a set")
    if new_name in known and new_name != name:
        raise DecisionError(f"There is a set “{new_name}” already.")
    old, new = Scope(ScopeKind.SET, name), Scope(ScopeKind.SET, new_name)
    return replace(
        school,
        device_sets=tuple(
            replace(one, name=new_name) if one.name == name else one for one in school.device_sets
        ),
        grants=tuple(
            replace(one, scopes=tuple(new if scope == old else scope for scope in one.scopes))
            for one in school.grants
        ),
    )


def remove(policy: Policy, names: Collection[str], now: Instant) -> School:
    """The school without these devices, and without what was granted to them alone. A device that
    is banned stays: unknown again, it would be banned no more."""
    school = policy.school
    _known(school, names)
    for ban in school.bans:
        if ban.device in names and standing(policy, ban, now) is not Standing.OVER:
            until = moment(policy.clock.instant(ban.end), now, policy)
            raise DecisionError(f"{ban.device} is banned until {until}: end the ban first.")
    channels = tuple(
        replace(one, devices=tuple(name for name in one.devices if name not in names))
        for one in school.official_channels
    )
    school = replace(
        school,
        devices=tuple(one for one in school.devices if one.name not in names),
        bans=tuple(one for one in school.bans if one.device not in names),
        official_channels=tuple(one for one in channels if one.groups or one.devices),
        grants=_without_scopes(school.grants, {Scope(ScopeKind.DEVICE, name) for name in names}),
    )
    sets = {
        one.name: tuple(name for name in one.devices if name not in names)
        for one in school.device_sets
    }
    return _with_sets(school, sets)


def put(school: School, entries: Iterable[Entry]) -> School:
    """The school with each of these devices as given, in exactly these sets."""
    devices = {device.name: device for device in school.devices}
    sets = {one.name: one.devices for one in school.device_sets}
    for entry in entries:
        name = entry.device.name
        _check_name(name, "a device")
        checking.among("group", entry.device.group, [one.name for one in school.groups])
        devices[name] = entry.device
        for set_name in entry.sets:
            _check_name(set_name, "a set")
            sets.setdefault(set_name, ())
        sets = {one: _membership(one, sets[one], entry) for one in sets}
    _refuse_shared_marks(devices.values())
    return _with_sets(replace(school, devices=tuple(devices.values())), sets)


def sets_of(school: School, device: str) -> tuple[str, ...]:
    return tuple(one.name for one in school.device_sets if device in one.devices)


def slug(text: str) -> str:
    """A name as a document can hold it: “Dan's iPad 07” is dans-ipad-07. Empty where nothing of it
    can stand."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9_-]+", plain.replace("'", ""))
    return "-".join(words).strip("-_")[:LONGEST_NAME].rstrip("-_")


def _membership(set_name: str, members: tuple[str, ...], entry: Entry) -> tuple[str, ...]:
    name = entry.device.name
    if set_name not in entry.sets:
        return tuple(one for one in members if one != name)
    return members if name in members else (*members, name)


def _with_sets(school: School, sets: dict[str, tuple[str, ...]]) -> School:
    empty = {Scope(ScopeKind.SET, name) for name, devices in sets.items() if not devices}
    return replace(
        school,
        device_sets=tuple(DeviceSet(name, devices) for name, devices in sets.items() if devices),
        grants=_without_scopes(school.grants, empty),
    )


def _without_scopes(grants: Iterable[Grant], gone: set[Scope]) -> tuple[Grant, ...]:
    """The grants without these scopes; one that was for nobody else leaves."""
    kept = (
        replace(one, scopes=tuple(scope for scope in one.scopes if scope not in gone))
        if not gone.isdisjoint(one.scopes)
        else one
        for one in grants
    )
    return tuple(one for one in kept if one.scopes)


def _known(school: School, names: Iterable[str]) -> None:
    known = [device.name for device in school.devices]
    for name in names:
        checking.among("device", name, known)


def _check_name(name: str, what: str) -> None:
    if not IDENTIFIER.match(name):
        raise DecisionError(f"“{shorten(name)}” can't be the name of {what}: {IDENTIFIER_HELP}.")


def _refuse_shared_marks(devices: Iterable[Device]) -> None:
    owners: dict[tuple[str, object], str] = {}
    for device in devices:
        for kind, marks in (
            ("address", device.addresses),
            ("MAC", device.macs),
            ("client id", device.client_ids),
        ):
            for mark in marks:
                owner = owners.setdefault((kind, mark), device.name)
                if owner != device.name:
                    raise DecisionError(f"The {kind} {mark} belongs to {owner} already.")
