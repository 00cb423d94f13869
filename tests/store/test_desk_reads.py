"""What pages ask of the record: today, of late, since then, and who else."""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path

import pytest

from appliance.event import Means
from appliance.policy.clock import SchoolClock
from appliance.policy.model import Who
from appliance.policy.verdict import DecidedBy
from appliance.store import cases, findings, handling
from appliance.store.interned import HOUR_MS
from appliance.store.lately import refused_names
from appliance.store.met import met
from appliance.store.news import LONGEST_MS, news
from appliance.store.reports import SiteNumber, Trend
from appliance.store.search import Wish
from appliance.store.similar import similar
from appliance.store.today import HourOfDay, picture
from appliance.store.uses import LastUse, last_uses
from tests.recording.noting import ALLOWED, TABLET, TIKTOK, TUESDAY, Box
from tests.store.evidence import DAY, finding, record_with_case, signed
from tests.store.evidence import TUESDAY as TUESDAY_MS

CLOCK = SchoolClock("Europe/London")
NOW = int(TUESDAY)  # 10:15
HOUR, WEEK = 3600, 7 * 86_400
X = dataclasses.replace(TIKTOK, service="x", category="micro-blogging", rule="another")
REDDIT = dataclasses.replace(TIKTOK, service="reddit")
LESSON = dataclasses.replace(ALLOWED, decided_by=DecidedBy.OVERRIDE, rule="a-lesson")
EXAMS = dataclasses.replace(TIKTOK, decided_by=DecidedBy.EXEMPTION, rule="exams")
STRANGER = dataclasses.replace(
    TABLET, address=ipaddress.ip_address("10.20.3.99"), who=Who("pupils"), means=Means.NETWORK
)
LAPTOP = dataclasses.replace(
    TABLET, address=ipaddress.ip_address("10.20.9.1"), who=Who("staff", "office-laptop")
)


def day(hour: int) -> int:
    return CLOCK.date(hour * HOUR).toordinal()


@pytest.fixture(params=["summed up", "just stored"])
def is_settled(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "summed up")


def end(box: Box, is_settled: bool) -> None:
    box.settle() if is_settled else box.store()
    box.recorder.shutdown()


def test_a_device_sees_what_it_was_refused_of_late_and_nobody_elses(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("old.example")
    box.clock.wait(2 * HOUR)
    box.ask("www.tiktok.com", "www.tiktok.com", "x.com")
    box.ask("secret.example", asker=LAPTOP)
    box.clock.wait(120)
    box.ask("www.tiktok.com", verdict=X)
    box.ask("good.example", verdict=ALLOWED)
    end(box, False)
    now_ms = int(box.clock.now * 1000)
    with box.look() as record:
        tiktok, other = refused_names(record, "10.20.3.7", now_ms - HOUR_MS, now_ms)
        assert (tiktok.name, tiktok.count, tiktok.period) == ("www.tiktok.com", 3, "Lesson 1")
        assert tiktok.verdict.rule == "another"  # as it was the last time
        assert tiktok.last_ms - tiktok.first_ms == 120_000
        assert (other.name, other.count, other.verdict.clause) == ("x.com", 1, "7.1")
        assert len(refused_names(record, "10.20.3.7", now_ms - HOUR_MS, now_ms, limit=1)) == 1
        assert refused_names(record, "dans-tablet", 0, now_ms) == []


def test_the_log_by_device_set_and_by_address(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.ask("one.example")
    box.ask("two.example", asker=LAPTOP)  # which stands in the same set
    box.ask("three.example", asker=STRANGER)
    end(box, False)
    assert [row.name for row in box.rows(device_set="class-7b", group="pupils")] == ["one.example"]
    assert box.rows(device_set="class-7") == []
    assert [row.name for row in box.rows(address="10.20.3.99")] == ["three.example"]
    assert box.rows(address="10.20.3.99", group="staff") == []
    assert Wish().device_set == ""


def test_today_beside_the_same_day_last_week(tmp_path: Path, is_settled: bool) -> None:
    box = Box(tmp_path)
    box.clock.now = TUESDAY - WEEK - HOUR  # 9:15
    box.ask("a.example", "b.example", verdict=X)
    box.clock.wait(HOUR)  # 10:15
    box.ask(*(f"c{n}.example" for n in range(8)))
    box.clock.wait(3 * HOUR)  # 13:15
    box.ask("d.example")
    box.settle()
    box.clock.now = TUESDAY - 86_400
    box.ask("yesterday.example")
    box.clock.now = TUESDAY
    box.ask("a.example", "b.example", "c.example", verdict=X)
    box.ask("d.example", asker=LAPTOP)
    box.ask("good.example", verdict=ALLOWED)
    end(box, is_settled)
    with box.look() as record:
        found = picture(record, CLOCK, NOW)
    assert (found.refused, found.before) == (4, 2 + 2)  # of eight, the quarter that is over
    nine = NOW - 15 * 60 - HOUR
    assert found.hours == (
        HourOfDay(nine, 0, 2),
        HourOfDay(nine + HOUR, 4, 8),
        HourOfDay(nine + 4 * HOUR, 0, 1),
    )
    assert found.services == (Trend("x", 3, 2), Trend("tiktok", 1, 2))
    assert found.groups == (Trend("pupils", 3, 4), Trend("staff", 1, 0))


def test_today_where_nothing_was_refused(tmp_path: Path) -> None:
    box = Box(tmp_path)
    end(box, False)
    with box.look() as record:
        assert picture(record, CLOCK, NOW).hours == ()


def test_what_is_new_is_what_was_never_refused_before(tmp_path: Path, is_settled: bool) -> None:
    box = Box(tmp_path)
    box.ask("www.tiktok.com")
    box.ask("www.known.example", verdict=ALLOWED)
    box.settle()
    box.clock.wait(2 * HOUR)
    since_ms = int(box.clock.now * 1000)
    box.clock.wait(HOUR)
    box.ask("www.tiktok.com", "m.tiktok.com")
    box.ask("old.reddit.com", "www.reddit.com", verdict=REDDIT)
    box.ask("www.fresh.example", verdict=ALLOWED)
    end(box, is_settled)
    with box.look() as record:
        now_ms = since_ms + 2 * HOUR_MS
        found = news(record, since_ms, now_ms, day)
        assert found.services == ("reddit",)
        hour = since_ms // HOUR_MS + 1
        assert found.sites == (SiteNumber("reddit.com", 2, 0, hour),)
        assert found.cases == ()
        later = news(record, now_ms, now_ms, day)
        assert (later.services, later.sites) == ((), ())
        assert news(record, 0, now_ms, day).since_ms == now_ms - LONGEST_MS
        assert set(news(record, 0, now_ms, day).services) == {"tiktok", "reddit"}


def test_a_case_is_news_when_somebody_writes_in_it(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    since = TUESDAY_MS + 5 * DAY
    assert [one.id for one in news(record, TUESDAY_MS, since, day).cases] == [case.id]
    assert news(record, since, since, day).cases == ()
    handling.note(record, case.id, "Spoke with Dan.", who="Ms Clark", at_ms=since + 1)
    assert [one.id for one in cases.changed(record, since)] == [case.id]
    record.close()


def test_when_an_exception_was_last_used(tmp_path: Path, is_settled: bool) -> None:
    box = Box(tmp_path)
    for number in range(3):
        box.ask(f"n{number}.example", verdict=LESSON)
    box.settle()
    first = NOW // HOUR * HOUR * 1000
    box.clock.wait(5 * HOUR)
    box.ask("n4.example", verdict=LESSON)
    box.ask("n5.example", "n6.example", verdict=EXAMS)
    box.ask("n7.example")
    end(box, is_settled)
    with box.look() as record:
        assert last_uses(record, int(box.clock.now * 1000)) == {
            "override:a-lesson": LastUse(first + 5 * HOUR_MS, opened=4, closed=0, lately=1),
            "exemption:exams": LastUse(first + 5 * HOUR_MS, opened=0, closed=2, lately=2),
        }
        much_later = last_uses(record, int(box.clock.now * 1000) + DAY)
        assert much_later["override:a-lesson"].lately == 0


def test_devices_that_were_met_and_those_that_nobody_has_placed(
    tmp_path: Path, is_settled: bool
) -> None:
    box = Box(tmp_path)
    box.ask("one.example", "two.example")
    box.ask("three.example", asker=STRANGER)
    end(box, is_settled)
    today = CLOCK.date(NOW).toordinal()
    with box.look() as record:
        tablet, stranger = met(record, today - 7, today)
        assert (tablet.device, tablet.group, tablet.refused, tablet.last_day) == (
            "dans-tablet",
            "pupils",
            2,
            today,
        )
        assert (stranger.device, stranger.address, stranger.means) == (
            "",
            "10.20.3.99",
            Means.NETWORK,
        )
        assert met(record, today - 7, today, only_strangers=True) == [stranger]


def test_who_else_did_the_same_in_the_same_days(tmp_path: Path) -> None:
    record, case = record_with_case(tmp_path)
    others = (
        ("mias-ipad", TUESDAY_MS + DAY // 2, "vpn"),  # the same, half a day later
        ("eves-laptop", TUESDAY_MS, "tor"),  # something else
        ("lab-9", TUESDAY_MS + 9 * DAY, "vpn"),  # another week
    )
    with record.transaction():
        for device, at_ms, kind in others:
            findings.join(record, finding(device, opened_ms=at_ms, last_ms=at_ms), at_ms)
            for _ in range(3):
                findings.sign(record, dataclasses.replace(signed(device, at_ms), kind=kind))
    (found,) = similar(record, case.id)
    assert (found.device, found.kinds, found.signs) == ("mias-ipad", ("vpn",), 3)
    assert {one.device for one in similar(record, case.id, days=10)} == {"mias-ipad", "lab-9"}
    record.close()
