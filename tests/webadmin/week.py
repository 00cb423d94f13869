"""A week of a made-up school, as its devices live it, by the simulator; and what people do at their
desks on its last day: for pages that are to look as they do in a school.

with a_week(folder) as school:
    school.as_("owen").get("/refused")      # Thursday, 11:05
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from appliance.detection.observation import Observation, Via
from appliance.event import Asker, Means, State
from appliance.policy import ready
from appliance.policy.clock import SchoolClock
from appliance.policy.decide import decide
from appliance.policy.model import Who
from tests.recording.noting import AAAA, HTTPS, A
from tests.simulator.innocents import article_with_links
from tests.simulator.platforms import live
from tests.simulator.stories import several_vpns, vpn_app
from tests.simulator.ways import TUNED
from tests.simulator.world import Trace, instant
from tests.webadmin.desks import at_their_desks, before_this_week
from tests.webadmin.premises import Premises, premises
from tests.webadmin.staff.suspicious import look_for_attempts, settle

LAST_WEEK, TODAY = 3, 10  # Thursdays, in days after the simulator's Monday
DAYS = (LAST_WEEK, 4, 7, 8, 9, TODAY)
NOW = "2026-12-03T11:05"
OWN = "filter.hopestreet.sch.uk"
TYPES = {"A": A, "AAAA": AAAA, "HTTPS": HTTPS}
PAUSE_SECONDS = 45  # between two looks of the recorder


@dataclass(frozen=True)
class Thing:
    """A device of this school: what it is, whose, and where."""

    name: str
    platform: str
    group: str
    address: str
    sets: frozenset[str] = frozenset()


def _class(stem: str, count: int, platform: str, net: int, *sets: str) -> list[Thing]:
    """A trolley of tablets, a room of computers."""
    return [
        Thing(f"{stem}-{n:02}", platform, "pupils", f"10.20.{net}.{n}", frozenset(sets))
        for n in range(1, count + 1)
    ]


THINGS = (
    *_class("y6-ipad", 9, "ipad", 6, "class-6b"),
    *_class("y5-chromebook", 8, "chromebook", 5, "class-5a"),
    *_class("ict-pc", 6, "windows", 9, "ict-suite"),
    Thing("ms-clarks-laptop", "meetings", "staff", "10.10.1.2"),
    Thing("mr-bells-laptop", "antivirus", "staff", "10.10.1.3"),
    Thing("office-pc", "meetings", "staff", "10.10.1.9"),
)
STRANGERS = (
    Thing("", "iphone", "guests", "10.30.0.21"),
    Thing("", "samsung", "guests", "10.30.0.34"),
)
HERE = "127.0.0.1"  # the browser is one of the tablets of 6B


@lru_cache
def policy_text() -> str:
    """A primary school's ready policy, with this school's names, networks and devices."""
    text = ready.path_of("mersey-vale").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("lists = ")]
    text = "\n".join(lines).replace("Mersey Vale Primary School", "Hope Street Primary School")
    text = text.replace(
        'domains = ["example.sch.uk"]', f'domains = ["hopestreet.sch.uk"]\nappliance = "{OWN}"', 1
    )
    text = text.replace("[groups.pupils]", '[groups.pupils]\nnetworks = ["10.20.0.0/16"]', 1)
    text = text.replace("[groups.staff]", '[groups.staff]\nnetworks = ["10.10.0.0/16"]', 1)
    text = text.replace("[groups.guests]", '[groups.guests]\nnetworks = ["10.30.0.0/16"]', 1)
    text = text.replace('allowed = ["service:you', 'allowed = ["service:500px", "service:you', 1)
    text = text.replace('platform = "domain:example', 'platform = "domain:hopestreet', 1)
    return "\n".join((text, *_devices()))


def _devices() -> Iterator[str]:
    for one in THINGS:
        addresses = [one.address, HERE] if one.name == "y6-ipad-07" else [one.address]
        yield f"\n[devices.{one.name}]\ngroup = {one.group!r}\naddresses = {addresses!r}\n"
    for name in sorted({name for one in THINGS for name in one.sets}):
        yield f"\n[device_sets.{name}]\ndevices = {[o.name for o in THINGS if name in o.sets]!r}\n"


@contextlib.contextmanager
def a_week(folder: Path, days: Sequence[int] = DAYS) -> Iterator[Premises]:
    """Until Thursday, five past eleven, in Lesson 2."""
    with premises(folder, policy_text()) as school:
        look_for_attempts(school.box)
        before_this_week(school)
        for day in days:
            _lived(school, day)
        settle(school.box)
        _set_clock(school, _at(NOW))
        at_their_desks(school)
        school.box.settle()
        _set_clock(school, _at(NOW) + 240)
        yield school


def _at(moment: str) -> int:
    return SchoolClock("Europe/London").instant(datetime.datetime.fromisoformat(moment))


def _set_clock(school: Premises, at: float) -> None:
    school.box.clock.wait(at - school.box.clock.now)


def _lived(school: Premises, day: int) -> None:
    """One day of all devices, as a resolver would have noted it."""
    policy, box, until = school.live.policy(), school.box, _at(NOW)
    seen = [(one.at, thing, one) for thing in (*THINGS, *STRANGERS) for one in _seen_of(thing, day)]
    period, looked = "", 0
    for at, thing, one in sorted(seen, key=lambda each: each[0]):
        if at >= until:
            break
        _set_clock(school, at)
        now = policy.schedule.moment(at).period
        if now != period:
            period = now
            box.noter.channel.tell(State(school.live.version[:32], period, True))
        asker = _asker(thing)
        verdict = decide(policy, asker.who, policy.facts(one.name), at)
        box.noter.ask(one.name, verdict, asker, TYPES.get(one.qtype, A))
        if at - looked > PAUSE_SECONDS:
            looked = at
            box.noter.flush()
            box.recorder.tick()
    box.store()


def _seen_of(thing: Thing, day: int) -> list[Observation]:
    trace = Trace(thing.name, thing.group, random.Random(f"{thing.address} {day}"))
    live(trace, thing.platform, day)
    if day == TODAY and thing.name == "y5-chromebook-04":
        several_vpns(trace, instant(day, 9.3), TUNED)
        vpn_app(trace, instant(day, 9.9), TUNED)
    if day == TODAY and thing.name == "ict-pc-03":
        article_with_links(trace, instant(day, 9.2), instant(day, 10.9), TUNED)
    return [one for one in trace.seen if one.via is Via.DNS]


@lru_cache
def _asker(thing: Thing) -> Asker:
    who = Who(thing.group, thing.name, thing.sets)
    return Asker(ipaddress.ip_address(thing.address), who, Means.ADDRESS)
