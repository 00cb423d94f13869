"""Detection at work: from a resolver's notes to a case, through crashes and reviews."""

from __future__ import annotations

import ipaddress
import zlib
from pathlib import Path

import pytest

from appliance.policy.model import Action
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.recording import remembered
from appliance.store import audit, handling
from appliance.store.cases import Happened, Outcome, Status
from appliance.store.database import FILE, Record
from tests.recording.suspects import ROUND, School, at


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path / "box")


def test_dan_fetches_a_vpn_and_there_is_a_case_with_all_that_is_behind_it(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    whole = school.case("dans-tablet")
    case = whole.case
    assert (case.grade, case.status, case.group) == ("deliberate", Status.OPEN, "pupils")
    assert case.kinds == ("vpn",)
    assert any("after TikTok was refused" in said for said in case.speaks_for)
    assert "The record shows which device asked, not who held it." in case.speaks_against
    assert {sign.name for sign in whole.signs} == {
        "nordvpn.com",
        "api.nordvpn.com",
        "downloads.nordcdn.com",
    }
    assert case.events == sum(sign.count for sign in whole.signs)
    names = [row.name for row in whole.rows]
    assert names.count("www.tiktok.com") == 2  # what led to it, and what it went back to
    assert "nordvpn.com" in names
    assert whole.entries[0].what is Happened.OPENED
    with school.look() as record:
        assert [one.who for one in audit.look(record, subject=case.holder)][-1] == "detection"


def test_what_a_device_does_by_itself_is_no_more_than_noise(school: School) -> None:
    school.works("mias-ipad", at("09:05"))
    for hour in ("09:10", "09:40", "10:10"):
        school.asks("mias-ipad", at(hour), "mask.icloud.com", verdict=ROUND)
    school.settle()
    assert [case.grade for case in school.cases()] == ["noise"]
    assert school.case("mias-ipad").rows == ()  # the rest of its day is nobody's business


def test_staff_who_may_use_a_vpn_have_no_case(school: School) -> None:
    school.tries("ms-clarks-laptop", group="staff")
    school.settle()
    assert school.cases() == []


@pytest.mark.parametrize("by", [DecidedBy.OVERRIDE, DecidedBy.EXEMPTION, DecidedBy.PASS])
def test_what_somebody_has_opened_is_no_attempt(school: School, by: DecidedBy) -> None:
    school.tries("dans-tablet", verdict=Verdict(Action.ALLOW, by))
    school.settle()
    assert school.cases() == []


def test_a_time_that_nobody_trusts_says_nothing(school: School) -> None:
    school.tries("dans-tablet", trusted=False)
    school.settle()
    assert school.cases() == []


def test_a_server_that_asks_for_a_whole_school_has_no_case(tmp_path: Path) -> None:
    school = School(tmp_path / "box", (ipaddress.ip_network("10.20.0.2/32"),))
    school.tries("10.20.0.2")
    school.tries("10.20.0.3")
    school.settle()
    assert [case.device for case in school.cases()] == ["10.20.0.3"]


def test_another_day_joins_the_open_case(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    before = school.case("dans-tablet").case
    school.tries("dans-tablet", day=1)
    school.settle()
    after = school.case("dans-tablet").case
    assert after.id == before.id
    assert after.last_ms > before.last_ms
    assert after.events > before.events


def test_after_a_review_the_next_attempts_are_another_case(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    first = school.case("dans-tablet").case
    with Record.change(school.folder / FILE) as record:
        at_ms = int(school.now * 1000)
        handling.review(record, first.id, Outcome.SPOKEN, "Talk sooner.", who="Ms C", at_ms=at_ms)
    school.asks("dans-tablet", at("10:40"), "nordvpn.com")
    school.settle()
    newer, older = sorted(school.cases("dans-tablet"), key=lambda case: -case.id)
    assert (older.status, older.grade) == (Status.REVIEWED, "deliberate")
    assert (newer.status, newer.events) == (Status.OPEN, 1)
    assert newer.grade != "deliberate"  # what was judged does not count again


def test_a_case_that_is_opened_again_takes_what_comes(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    first = school.case("dans-tablet").case
    with Record.change(school.folder / FILE) as record:
        at_ms = int(school.now * 1000)
        handling.review(record, first.id, Outcome.FIXED, "MDM.", who="Ms C", at_ms=at_ms)
        handling.reopen(record, first.id, who="Ms C", at_ms=at_ms + 1)
    school.tries("dans-tablet", day=1)
    school.settle()
    assert school.case("dans-tablet").case.id == first.id


def test_a_case_that_turns_out_to_be_a_lesson_lets_go_of_its_rows(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    whole = school.case("dans-tablet")
    assert whole.rows
    with Record.change(school.folder / FILE) as record, record.transaction():
        record.conn.execute("UPDATE cases SET grade = 'noise'")
    school.settle()
    assert school.case("dans-tablet").rows == ()


def test_what_detection_stumbles_over_does_not_cost_the_record(school: School) -> None:
    def stumbles(*_: object) -> None:
        raise KeyError("a name that somebody made up for this")

    school.tries("dans-tablet")
    assert school.detector.casework
    school.detector.casework.heard = stumbles
    school.settle()
    assert any("stumbled" in one for one in school.recorder.report.problems.values())
    with school.look() as record:
        assert record.number("SELECT count(*) FROM refused") > 0


def test_a_week_without_attempts_closes_a_case(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    school.wait_days(9)
    school.works("dans-tablet", int(school.now), minutes=3)
    school.settle()
    case = school.case("dans-tablet").case
    assert case.status is Status.QUIET
    assert case.closed_ms and case.closed_ms > case.last_ms


def test_a_clean_restart_forgets_nothing(school: School) -> None:
    school.works("dans-tablet", at("09:05"))
    school.asks("dans-tablet", at("10:05"), "www.tiktok.com")
    school.asks("dans-tablet", at("10:07"), "nordvpn.com")
    school.end()
    school.start()
    school.asks("dans-tablet", at("10:11"), "api.nordvpn.com", "downloads.nordcdn.com")
    school.asks("dans-tablet", at("10:13"), "www.tiktok.com")
    school.settle()
    whole = school.case("dans-tablet")
    assert whole.case.grade == "deliberate"
    assert sum(sign.count for sign in whole.signs) == whole.case.events == 3


@pytest.mark.parametrize("minute", ["10:06", "10:09", "10:12", "10:14"])
def test_a_crash_neither_loses_an_attempt_nor_counts_one_twice(school: School, minute: str) -> None:
    school.works("dans-tablet", at("09:05"))
    asked = (
        ("10:05", "www.tiktok.com"),
        ("10:07", "nordvpn.com"),
        ("10:11", "api.nordvpn.com"),
        ("10:13", "www.tiktok.com"),
    )
    for when, name in asked:
        if when > minute:
            school.store()
            school.crash()
            minute = "99:99"
        school.asks("dans-tablet", at(when), name)
    school.store()
    school.crash()
    school.settle()
    whole = school.case("dans-tablet")
    assert {sign.name: sign.count for sign in whole.signs} == {
        "nordvpn.com": 1,
        "api.nordvpn.com": 1,
    }


def test_after_a_crash_runs_of_repeats_are_looked_at_in_their_order(school: School) -> None:
    school.asks("dans-tablet", at("10:00"), "of-no-type.tiktok.com", qtype=0)
    for second in range(0, 600, 5):
        school.asks("dans-tablet", at("10:00") + second, "nordvpn.com", f"s{second}.tiktok.com")
    school.store()
    school.crash()
    school.settle()
    assert (school.detector.late, school.detector.problem) == (0, "")


def test_a_crash_lowers_no_grade(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    assert school.case("dans-tablet").case.grade == "deliberate"
    school.crash()  # what was allowed before is not known any more
    school.asks("dans-tablet", at("11:30"), "nordvpn.com")
    school.settle()
    assert school.case("dans-tablet").case.grade == "deliberate"


def test_a_memory_that_somebody_has_meddled_with_is_not_believed(school: School) -> None:
    import_of_os = b"\x80\x05cos\nsystem\n(S'touch /nowhere'\ntR."
    school.tries("dans-tablet")
    school.end()
    with Record.change(school.folder / FILE) as record:
        for content in (import_of_os, b"", b"x" * 1000):
            packed = zlib.compress(content)
            record.conn.execute("UPDATE memory SET content = ?", (packed,))
            assert remembered.load(record) is None
    school.start()
    school.settle()
    assert school.case("dans-tablet").case.grade == "deliberate"


def test_a_clock_that_goes_back_is_lived_with(school: School) -> None:
    school.asks("dans-tablet", at("13:00"), "www.bbc.co.uk")
    school.store()
    for n in range(400):
        school.asks("dans-tablet", at("09:00") + n, f"site{n}.example")
    school.store()
    school.tries("dans-tablet")
    school.settle()
    assert 0 < school.detector.late < 1000
    assert school.case("dans-tablet").case.grade == "deliberate"


def test_a_school_without_a_policy_is_not_watched_and_nothing_breaks(school: School) -> None:
    for path in (school.folder / "snapshots").iterdir():
        if path.is_symlink():
            path.unlink()
    school.crash()
    school.asks("dans-tablet", at("10:05"), "nordvpn.com")
    school.settle()
    assert school.cases() == []
    assert school.recorder.report.problems == {}


def test_a_new_record_hears_of_the_open_cases(school: School) -> None:
    school.tries("dans-tablet")
    school.settle()
    assert school.recorder.record
    school.recorder.record.close()
    for path in school.folder.glob(f"{FILE}*"):
        path.unlink()
    (school.folder / FILE).write_bytes(b"garbage" * 1000)
    school.recorder.record = None
    school.settle()
    assert school.case("dans-tablet").case.grade == "deliberate"
