"""Lessons, and the passes that a teacher gives for one of them."""

from __future__ import annotations

import datetime

from appliance.policy.decisions import lessons, pass_list, passes
from appliance.policy.decisions.passes import PassWish
from appliance.policy.model import Scope, Target
from appliance.policy.verdict import DecidedBy
from tests.policy.decisions.desk import ALONE, BOTH, Desk

TUESDAY = datetime.date(2026, 11, 24)
CLASS = Scope.parse("set:class-7b")
CLOSED = '[calendar]\nclosed = [{name = "INSET", first = 2026-11-25, last = 2026-11-26}]'


def wish(target: str = "service:youtube", **more: object) -> PassWish:
    return PassWish((Target.parse(target),), CLASS, "Volcanoes", ALONE, **more)  # type: ignore[arg-type]


def test_a_day_has_its_periods_as_people_read_them() -> None:
    policy = Desk().policy
    titles = [lesson.title(policy.clock) for lesson in lessons.on(policy, TUESDAY)]
    assert titles[1] == "Lesson 1, 09:00–10:30" and len(titles) == 4
    assert lessons.on(policy, datetime.date(2026, 11, 28)) == ()


def test_what_runs_now_and_what_comes_next() -> None:
    desk = Desk()
    now = lessons.running(desk.policy, desk.at("10:29:59"))
    after = lessons.following(desk.policy, desk.at("10:29:59"))
    assert now and now.name == "Lesson 1" and after and after.name == "Lesson 2"
    assert lessons.running(desk.policy, desk.at("12:15")) is None
    tomorrow = lessons.following(desk.policy, desk.at("12:15"))
    assert tomorrow and tomorrow.start == desk.at("2026-11-25T08:45")


def test_the_next_school_days_leave_out_weekends_and_closed_days() -> None:
    desk = Desk(CLOSED)
    days = [day.date.day for day in lessons.school_days(desk.policy, desk.at("10:00"), 3)]
    assert days == [24, 27, 30]
    evening = lessons.school_days(desk.policy, desk.at("18:00"), 1)
    assert evening[0].date.day == 27
    assert lessons.school_days(desk.policy, desk.at("10:00"), 0) == ()


def test_a_lesson_is_found_by_its_date_and_name() -> None:
    desk = Desk(CLOSED)
    lesson = lessons.find(desk.policy, TUESDAY, " lesson  2")
    assert (lesson.start, lesson.end) == (desk.at("10:45"), desk.at("12:15"))

    def on(day: int, name: str) -> str:
        date = datetime.date(2026, 11, day)
        return desk.refuses(lambda p: (lessons.find(p, date, name), p.school)[1])

    assert on(25, "Lesson 2") == "The school is closed on Wednesday 25 November."
    assert on(24, "Lesson 9").startswith("There is no “lesson 9” on Tuesday 24 November: there are")


def test_a_pass_opens_at_once_and_ends_at_the_bell() -> None:
    desk = Desk()
    desk.decides(lambda policy: passes.give(policy, wish(), desk.at("09:20")))
    assert desk.verdict("youtube.com", "dans-tablet", "09:20").decided_by is DecidedBy.PASS
    assert desk.allows("youtube.com", "dans-tablet", "10:29:59")
    assert not desk.allows("youtube.com", "dans-tablet", "10:30")
    assert not desk.allows("youtube.com", "pupils", "09:20")


def test_a_pass_for_a_later_lesson_waits_for_it() -> None:
    desk = Desk()
    lesson = lessons.find(desk.policy, TUESDAY, "Lesson 2")
    desk.decides(lambda policy: passes.give(policy, wish(), desk.at("09:20"), lesson))
    assert not desk.allows("youtube.com", "dans-tablet", "09:20")
    assert desk.allows("youtube.com", "dans-tablet", "10:45")


def test_a_pass_is_refused_with_the_reason() -> None:
    desk = Desk()
    asked = [
        (wish("service:tiktok"), "09:20", None, "TikTok is not on the pass list: ask for it as"),
        (wish(), "10:35", None, "No lesson is running now: Lesson 2 begins at 10:45, and a pass"),
        (wish(), "18:00", None, "No lesson is running now: Registration begins at 08:45 on Wed 25"),
        (wish(), "10:50", "Lesson 1", "Lesson 1 is over: choose another lesson."),
        (wish(), "09:20", "Break", "A pass is for a lesson, and “Break” is none."),
        (wish(youngest_age=10), "09:20", None, "2 people have to approve this. YouTube's own age"),
    ]
    for wanted, now, name, sentence in asked:
        lesson = lessons.find(desk.policy, TUESDAY, name) if name else None
        said = desk.refuses(lambda p: passes.give(p, wanted, desk.at(now), lesson))  # noqa: B023
        assert said.startswith(sentence)
    assert passes.needed(desk.policy, wish(youngest_age=10)).count == 2
    second = PassWish((Target.parse("service:youtube"),), CLASS, "Volcanoes", BOTH, 10)
    desk.decides(lambda policy: passes.give(policy, second, desk.at("09:20")))


def test_the_pass_list_grows_and_shrinks() -> None:
    desk = Desk()
    tiktok = [Target.parse("service:tiktok"), Target.parse("domain:bbc.co.uk")]
    desk.decides(lambda policy: pass_list.add(policy, tiktok))
    desk.decides(lambda policy: passes.give(policy, wish("service:tiktok"), desk.at("09:20")))
    said = desk.refuses(lambda policy: pass_list.remove(policy, tiktok, desk.at("10:00")))
    assert said == "A pass for it is given until 10:30: end that first."
    school = desk.decides(lambda policy: pass_list.remove(policy, tiktok, desk.at("10:30")))
    assert [str(one) for one in school.pass_list] == ["service:youtube", "service:roblox"]
    assert school.grants == ()


def test_the_pass_list_takes_no_way_round_the_filter_and_nothing_too_wide() -> None:
    desk = Desk()
    for target, sentence in (
        ("service:nordvpn", "NordVPN is a way round the filter: no pass opens it."),
        ("everything", "A pass can't open everything: choose services or sites."),
        ("domain:bad.example", "bad.example stands among what nobody may open at this school."),
        ("service:tok", "There is no service “tok”"),
    ):
        wanted = [Target.parse(target)]
        said = desk.refuses(lambda policy: pass_list.add(policy, wanted))  # noqa: B023
        assert said.startswith(sentence)
