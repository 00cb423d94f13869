"""Why a site is open or not: any name, device and moment."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from appliance.policy.decisions import grants
from appliance.policy.decisions.grants import Wish
from appliance.policy.model import Scope, Target
from appliance.store import audit
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def told(school: Premises, query: str, who: str = "owen", status: int = 200) -> str:
    """The page in words."""
    page = school.as_(who).get(f"/why?{query}")
    assert page.status_code == status, page.text
    words = re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])
    return re.sub(r"\s+", " ", html.unescape(words))


def test_a_sentence_says_what_why_and_until_when(school: Premises) -> None:
    page = told(school, "name=www.tiktok.com&group=staff&on=2026-11-24&time=10:15")
    assert "At 10:15 on Tue 24 Nov (Lesson 1) www.tiktok.com is refused for staff" in page
    assert "this holds until 10:30, then it is allowed" in page


def test_all_that_has_a_say_stands_in_order(school: Premises) -> None:
    page = told(school, "name=www.tiktok.com&group=staff&period=Break&on=2026-11-24")
    first, second = page.index("Rule staff-breaks"), page.index("Rule all-social-media")
    assert first < page.index("decides: allowed") < second < page.index("would come next: refused")
    assert "Holds at break and outside school hours." in page


def test_the_whole_day_stands_beside_each_other_for_all_groups(school: Premises) -> None:
    page = told(school, "name=www.tiktok.com&group=pupils&on=2026-11-25&time=09:10")
    day = page.partition("The whole of Wed 25 Nov")[2]
    assert "10:30–10:45 Break refused allowed refused" in day
    assert "09:00–10:30 Lesson 1, the moment asked about refused refused refused" in day


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("TikTok", "tiktok.com"),
        ("https%3A%2F%2Fwww.tiktok.com%2F%40dan%3Flang%3Den", "www.tiktok.com"),
        ("TikTok.COM.", "TikTok.COM."),
        ("b%C3%BCcher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_name_may_be_typed_as_people_have_it(school: Premises, typed: str, name: str) -> None:
    assert f" {name.lower().removesuffix('.')} " in told(school, f"name={typed}").lower()


def test_a_device_may_be_named_or_be_an_address_and_that_is_noted(school: Premises) -> None:
    assert "refused for dans-tablet" in told(school, "name=x.com&device=dans-tablet", "north")
    assert "refused for dans-tablet" in told(school, "name=x.com&device=10.20.3.7")
    assert "refused for guests" in told(school, "name=x.com&device=203.0.113.9")
    with school.box.look() as record:
        noted = [(one.who, one.what, one.subject) for one in audit.look(record)]
    assert noted[:2] == [
        ("owen", "explained", "device dans-tablet"),
        ("north", "explained", "device dans-tablet"),
    ]


def test_the_past_is_told_by_the_policy_of_that_time(school: Premises) -> None:
    school.box.store()
    school.box.clock.wait(60)
    before = school.now
    school.box.clock.wait(60)
    wish = Wish(
        (Target.parse("service:tiktok"),),
        (Scope.parse("group:pupils"),),
        school.now,
        school.now + 1800,
        "a project on short films",
        ("Mrs Owen",),
    )
    school.live.change(lambda policy: grants.grant(policy, wish, school.now), school.now)
    school.box.clock.wait(60)
    school.box.store()
    local = school.live.policy().clock.local(before)
    assert "allowed for pupils" in told(school, "name=tiktok.com&group=pupils")
    then = told(school, f"name=tiktok.com&group=pupils&on=2026-11-24&time={local:%H:%M:%S}")
    assert "refused for pupils" in then
    later = told(school, "name=tiktok.com&group=pupils&on=2026-11-24&time=12:30")
    assert "refused for pupils" in later
    assert "Override" in later


def test_what_decides_leads_to_where_it_can_be_ended(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with premises(tmp_path_factory.mktemp("school")) as school:
        clark, owen = school.as_("clark"), school.as_("owen")
        tap = {"target": "service:500px", "scope": "set:y6-ipads", "room": "Year 12"}
        clark.post("/passes", data=tap | {"csrf_token": token(clark)})
        ban = {"device": "dans-tablet", "until": "2026-11-24T14:00", "reason": "Agreed."}
        send(owen, "/bans/new", to="/bans/new", **ban)
        page = owen.get("/why?name=500px.com&device=dans-tablet").text.partition("<main")[2]
        assert 'href="/pass-list"' in page and 'href="/bans"' in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("name=x.com&device=nobodys-tablet", "No device is called “nobodys-tablet”"),
        ("name=x.com&group=nobody", "There was no group “nobody” then"),
        ("name=x.com&on=soon", "That is no date or time"),
        ("name=x.com&on=9999-12-31", "The year 9999 is not one of ours"),
        ("name=x.com&period=Lesson+9&on=2026-11-24", "There is no “lesson 9”"),
        ("name=two+words", "no name of a site"),
        ("name=a..b", "has an empty part"),
    ],
)
def test_what_can_t_be_answered_says_what_would_do(school: Premises, query: str, says: str) -> None:
    assert says in told(school, query, status=400)


def test_a_hostile_name_is_only_a_name(school: Premises) -> None:
    page = school.as_("owen").get("/why?name=%3Cscript%3Ealert(1)%3C%2Fscript%3E.com")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("who", ["clark", "green"])
def test_a_teacher_and_a_governor_have_no_need_of_it(school: Premises, who: str) -> None:
    told(school, "name=x.com", who, 403)
