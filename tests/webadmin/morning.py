"""A school's morning, as the record has it afterwards: for pages that want something to show."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from appliance.event import Asker, Means, State
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict
from tests.recording.noting import TABLET, TIKTOK, Box

INSTAGRAM = replace(TIKTOK, service="instagram", category="social-networks")
YOUTUBE = replace(TIKTOK, service="youtube", category="media-sharing")
NORDVPN = Verdict(
    Action.BLOCK, DecidedBy.CIRCUMVENTION, service="nordvpn", category="vpn", clause=""
)
BLOCKED = Verdict(Action.BLOCK, DecidedBy.LIST, target="list:adult", category="adult")
LAPTOP = Asker(
    ipaddress.ip_address("10.10.1.2"), Who("staff", "ms-clarks-laptop"), Means.MAC, "", "02:00:5e:1"
)
VISITOR = Asker(ipaddress.ip_address("192.0.2.77"), Who("guests"), Means.ADDRESS)
HOSTILE = "<script>alert(1)</script>.example"
FORMULA = "=cmd|'/c calc'!a1.example"
LOOKALIKE = "xn--pple-43d.com"  # with a Cyrillic а


def pupil(number: int) -> Asker:
    """One of the tablets of a class."""
    who = Who("pupils", f"tablet-{number:02}", frozenset({"class-7b"}))
    return Asker(ipaddress.ip_address(f"10.20.4.{number}"), who, Means.ADDRESS)


def a_morning(box: Box) -> None:
    """From 10:15 to 11:25: what a class of tablets, a laptop and a visitor are refused."""
    for number in range(1, 7):
        box.ask("www.tiktok.com", "v16.tiktokv.com", asker=pupil(number))
        box.clock.wait(61)
    box.store()
    box.clock.wait(9 * 60)
    box.noter.channel.tell(State("a" * 32, "Break", True))
    box.ask("www.instagram.com", asker=LAPTOP, verdict=INSTAGRAM)
    box.store()
    box.clock.wait(15 * 60)
    box.noter.channel.tell(State("a" * 32, "Lesson 2", True))
    for number in (3, 9, 12, 14, 3, 5):
        box.ask("www.youtube.com", asker=pupil(number), verdict=YOUTUBE)
        box.ask("i.instagram.com", asker=pupil(number), verdict=INSTAGRAM)
        box.clock.wait(240)
    box.store()
    box.ask("nordvpn.com", "api.nordvpn.com", asker=pupil(3), verdict=NORDVPN)
    box.ask(HOSTILE, FORMULA, LOOKALIKE, asker=VISITOR, verdict=BLOCKED)
    box.clock.wait(300)
    for _ in range(4):
        box.ask("www.tiktok.com", asker=TABLET)
        box.clock.wait(5)
    box.settle()
