"""A school whose recorder looks for attempts, and devices that give it something to find."""

from __future__ import annotations

import ipaddress

from appliance.event import Asker, Means
from appliance.policy.model import Who
from appliance.recording.detector import Detector
from appliance.recording.recorder import Recorder
from appliance.store.cases import CaseFile, open_case
from tests.recording.noting import ALLOWED, TIKTOK, Box
from tests.recording.suspects import ROUND, SITES

HOUR = 3600


def look_for_attempts(box: Box) -> None:
    """From now on this box's recorder is one that detects."""
    box.recorder.shutdown()
    clock = box.clock
    detector = Detector(box.folder, lambda: clock.now, lambda: clock.steady)
    box.recorder = Recorder(
        box.folder, box.settings, lambda: clock.now, lambda: clock.steady, detector
    )
    box.recorder.startup()


def device(name: str, address: str, group: str = "pupils") -> Asker:
    sets = frozenset({"class-7b"}) if group == "pupils" else frozenset[str]()
    return Asker(ipaddress.ip_address(address), Who(group, name, sets), Means.ADDRESS)


DAN = device("dans-tablet", "10.20.3.7")
ZOE = device("zoes-phone", "10.20.3.9")
MIA = device("mias-ipad", "10.20.3.11")


def works(box: Box, *askers: Asker, minutes: int = 50) -> None:
    """Ordinary lessons."""
    for minute in range(minutes):
        for asker in askers:
            box.ask(SITES[minute % len(SITES)], verdict=ALLOWED, asker=asker)
        box.clock.wait(60)


def tries(box: Box, *askers: Asker) -> None:
    """Refused TikTok, fetches a VPN within minutes, and goes back."""
    for seconds, name, verdict in (
        (60, "www.tiktok.com", TIKTOK),
        (60, "www.google.com", ALLOWED),
        (60, "nordvpn.com", ROUND),
        (60, "play.google.com", ALLOWED),
        (180, "api.nordvpn.com", ROUND),
        (20, "downloads.nordcdn.com", ROUND),
        (120, "www.tiktok.com", TIKTOK),
    ):
        box.clock.wait(seconds)
        for asker in askers:
            box.ask(name, verdict=verdict, asker=asker)


def does_it_by_itself(box: Box, asker: Asker) -> None:
    """Private Relay, which no child turns on."""
    for _ in range(3):
        box.clock.wait(1800)
        box.ask("mask.icloud.com", verdict=ROUND, asker=asker)


def settle(box: Box) -> None:
    """All of it is stored, looked at, and sealed."""
    box.noter.flush()
    for _ in range(5):
        box.clock.wait(70)
        box.recorder.tick()


def case_of(box: Box, name: str) -> CaseFile:
    with box.look() as record:
        found = open_case(record, name)
    assert found
    return found
