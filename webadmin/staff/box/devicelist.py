"""The devices of the school as a page shows them, and those that nobody has placed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.endpoint import Address
from appliance.errors import StoreError
from appliance.policy.addresses import Addresses
from appliance.policy.decisions.roll import sets_of
from appliance.policy.model import Device, School
from appliance.store import met
from appliance.store.met import Met
from webadmin.frame.proxies import read_address
from webadmin.staff import room

DAYS: Final = 30  # how far back a device is looked for
STRANGERS_SHOWN: Final = 20
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One device of the roll."""

    device: Device
    sets: tuple[str, ...]
    last_day: int  # date.toordinal of when it was last refused something; 0: not lately

    @property
    def marks(self) -> list[str]:
        """By what it is known."""
        return [
            *map(str, self.device.addresses),
            *self.device.macs,
            *self.device.client_ids,
        ]


@dataclass(frozen=True, slots=True)
class Stranger:
    """An address that asks, and is no device of the school's yet."""

    met: Met
    group: str  # where it belongs until somebody places it
    name: str  # that would do


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which devices to show."""

    group: str = ""
    set: str = ""
    text: str = ""

    def fits(self, line: Line) -> bool:
        if self.group and line.device.group != self.group:
            return False
        if self.set and self.set not in line.sets:
            return False
        words = " ".join((line.device.name, *line.marks)).lower()
        return self.text.lower() in words


def lines(wanted: Wanted) -> list[Line]:
    """The roll, by name."""
    school = room.policy().school
    last = _last_days()
    found = (Line(one, sets_of(school, one.name), last.get(one.name, 0)) for one in school.devices)
    return sorted((one for one in found if wanted.fits(one)), key=lambda one: one.device.name)


def strangers() -> list[Stranger]:
    """Those that asked lately and that nobody has placed, the most refused first."""
    school = room.policy().school
    places = Addresses.of(school)
    shared = (*room.context().config.dns.forwarders, *room.context().config.web.trusted_proxies)
    taken = {device.name for device in school.devices}
    found: dict[Address, Stranger] = {}
    for one in _met(only_strangers=True):
        address = read_address(one.address)
        if address is None or address in places.devices or one.mac in places.by_mac:
            continue  # placed since then
        if any(address in network for network in shared if network.version == address.version):
            continue  # many devices speak through it
        name = _name(one, taken)
        if address not in found:
            found[address] = Stranger(one, places.place(address).group, name)
    return sorted(found.values(), key=lambda one: -one.met.refused)


def facts(school: School, names: Sequence[str]) -> dict[str, object]:
    """What is noted of these before and after a change."""
    return {
        one.name: {
            "group": one.group,
            "sets": list(sets_of(school, one.name)),
            "known by": [*map(str, one.addresses), *one.macs, *one.client_ids],
        }
        for one in school.devices
        if one.name in names
    }


def _name(one: Met, taken: set[str]) -> str:
    """A name to begin with: nobody can be asked while forty tablets wait."""
    words = one.mac.replace(":", "")[-6:] or one.address.replace(".", "-").replace(":", "-")
    name = f"device-{words}".strip("-").lower()
    return name if name not in taken else f"{name}-2"


def _last_days() -> dict[str, int]:
    found: dict[str, int] = {}
    for one in _met():
        if one.device:
            found[one.device] = max(found.get(one.device, 0), one.last_day)
    return found


def _met(*, only_strangers: bool = False) -> list[Met]:
    today = room.policy().clock.date(room.now()).toordinal()
    try:
        return met.met(room.record(), today - DAYS, today, only_strangers=only_strangers)
    except StoreError:
        return []  # the roll is worth more than the column
