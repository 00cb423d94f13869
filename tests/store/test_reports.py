"""The numbers of reports, against the same school counted by hand; also before it is summed up."""

from __future__ import annotations

import dataclasses
import ipaddress
import random
from collections import Counter
from pathlib import Path

import pytest

from appliance.event import Means, State
from appliance.policy.clock import SchoolClock
from appliance.policy.model import Who
from appliance.store import reports
from appliance.store.database import Record
from appliance.store.reports import By, DeviceNumber, Number, SiteNumber, Span, Trend
from tests.recording.noting import ALLOWED, TABLET, TIKTOK, TUESDAY, Box

HOUR = 3600
CLOCK = SchoolClock("Europe/London")
X = dataclasses.replace(TIKTOK, service="x", category="micro-blogging", rule="another")


def span(since: float, until: float) -> Span:
    return Span(
        int(since) // HOUR,
        -(-int(until) // HOUR),
        CLOCK.date(int(since)).toordinal(),
        CLOCK.date(int(until) - 1).toordinal() + 1,
    )


WEEK = span(TUESDAY - 3 * 86_400, TUESDAY + 4 * 86_400)


class Day:
    """A made-up day, and what was asked in it."""

    def __init__(self, folder: Path, *, is_settled: bool) -> None:
        self.box = Box(folder)
        dice = random.Random(3)
        self.by: dict[str, Counter[str]] = {
            key: Counter() for key in ("service", "group", "period", "device", "site", "hour")
        }
        self.allowed = 0
        for _ in range(400):
            self.box.clock.wait(dice.choice((1, 30, 200)))
            device = dice.randrange(6)
            group = ("pupils", "staff")[device % 2]
            who = Who(group, f"tablet-{device}" if device else "")
            asker = dataclasses.replace(
                TABLET, who=who, address=ipaddress.ip_address(f"10.20.0.{device + 1}")
            )
            period = dice.choice(("Lesson 1", "Break"))
            self.box.noter.channel.tell(State("v", period))
            verdict = dice.choice((TIKTOK, X, ALLOWED))
            site = f"site{dice.randrange(8)}.co.uk"
            self.box.ask(f"www.{site}", asker=asker, verdict=verdict)
            if verdict is ALLOWED:
                self.allowed += 1
                continue
            for key, value in (
                ("service", verdict.service),
                ("group", group),
                ("period", period),
                ("device", who.device or "10.20.0.1"),
                ("site", site),
                ("hour", str(int(self.box.clock.now) // HOUR)),
            ):
                self.by[key][value] += 1
        if is_settled:
            self.box.settle()
        else:
            self.box.store()


@pytest.fixture(scope="module", params=["summed up", "just stored"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("day"), is_settled=request.param == "summed up")


@pytest.mark.parametrize("by", [By.SERVICE, By.GROUP, By.PERIOD])
def test_numbers_by_what_they_are_told_apart_by(day: Day, by: By) -> None:
    with day.box.look() as record:
        found = reports.numbers(record, by, WEEK)
    assert {one.what: one.refused for one in found if one.refused} == day.by[by]
    assert sum(one.allowed for one in found) == day.allowed
    assert [one.refused for one in found] == sorted((one.refused for one in found), reverse=True)


def test_hours(day: Day) -> None:
    with day.box.look() as record:
        found = reports.hours(record, WEEK)
        of_x = reports.hours(record, WEEK, service="x")
        of_staff = reports.hours(record, WEEK, group="staff")
    assert {str(one.hour): one.refused for one in found if one.refused} == day.by["hour"]
    assert sum(one.allowed for one in found) == day.allowed
    assert sum(one.refused for one in of_x) == day.by["service"]["x"]
    assert sum(one.refused for one in of_staff) == day.by["group"]["staff"]


def test_devices_and_what_they_were_refused(day: Day) -> None:
    with day.box.look() as record:
        found = reports.devices(record, WEEK)
        (most,) = reports.devices(record, WEEK, limit=1)
    assert {one.device: one.refused for one in found} == day.by["device"]
    assert most == found[0]
    assert all(set(one.services) == {"tiktok", "x"} for one in found)


def test_sites_refused_and_new(day: Day) -> None:
    with day.box.look() as record:
        assert {one.site: one.refused for one in reports.sites(record, WEEK)} == day.by["site"]
        new = reports.new_sites(record, WEEK)
        assert {one.site: one.refused for one in new} == day.by["site"]
        assert sum(one.allowed for one in new) == day.allowed
        later = span(TUESDAY + 2 * 86_400, TUESDAY + 3 * 86_400)
        assert reports.new_sites(record, later) == []


def test_nothing_was_asked_in_another_week(day: Day) -> None:
    other = WEEK.week_before
    with day.box.look() as record:
        for by in By:
            assert reports.numbers(record, by, other) == []
        assert reports.hours(record, other) == []
        assert reports.devices(record, other) == []
        assert reports.sites(record, other) == []


def test_a_trend_compares_with_the_week_before(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask(*["www.tiktok.com"] * 5)
    box.ask("x.com", verdict=X)
    box.settle()
    box.clock.wait(7 * 86_400)
    box.ask("x.com", "x.com", verdict=X)
    box.settle()
    now = box.clock.now
    with box.look() as record:
        assert reports.trends(record, By.SERVICE, span(now - HOUR, now + HOUR)) == [
            Trend("tiktok", now=0, before=5),
            Trend("x", now=2, before=1),
        ]


def test_a_device_with_two_addresses_is_one_device(tmp_path: Path) -> None:
    box = Box(tmp_path)
    moved = dataclasses.replace(TABLET, address=ipaddress.ip_address("10.20.9.9"), means=Means.MAC)
    box.ask("www.tiktok.com")
    box.ask("www.tiktok.com", "x.com", asker=moved)
    box.settle()
    with box.look() as record:
        assert reports.devices(record, WEEK) == [
            DeviceNumber("dans-tablet", "pupils", 3, ("tiktok",))
        ]


def test_a_quiet_record_has_empty_reports(tmp_path: Path) -> None:
    Box(tmp_path).recorder.shutdown()
    with Record.look(tmp_path / "record.db") as record:
        assert reports.new_sites(record, WEEK) == []
        assert reports.trends(record, By.GROUP, WEEK) == []


def test_days_are_the_schools_own(tmp_path: Path) -> None:
    """Half past midnight in summer is yesterday by UTC."""
    box = Box(tmp_path)
    box.clock.now = 1_782_862_200.0  # 1 July 2026, 00:30 in London
    box.ask("www.tiktok.com")
    box.settle()
    first_of_july = CLOCK.date(1_782_862_200).toordinal()
    day = Span(0, 1 << 40, first_of_july, first_of_july + 1)
    with box.look() as record:
        assert reports.numbers(record, By.SERVICE, day) == [Number("tiktok", 1, 0)]
        assert [one.refused for one in reports.hours(record, day)] == [1]
        assert reports.sites(record, day) == [SiteNumber("tiktok.com", 1, 0, 1_782_862_200 // HOUR)]
