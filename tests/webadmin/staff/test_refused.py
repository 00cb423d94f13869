"""The refused log, as the e-safety team uses it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from appliance.store import audit
from appliance.store.audit import Audited
from appliance.store.office import notices
from appliance.store.office.office import open_office
from tests.webadmin.forms import send, token
from tests.webadmin.morning import FORMULA, HOSTILE, LOOKALIKE, a_morning
from tests.webadmin.premises import Premises, premises


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        a_morning(made.box)
        with open_office(made.folder) as office:
            now = made.now
            notices.give(
                office,
                made.people["clark"],
                "film posters",
                ["set:class-7b"],
                now - 3000,
                now + 900,
                at_ms=now * 1000,
                lesson="Lesson 2",
            )
        yield made


@pytest.fixture
def owen(school: Premises) -> FlaskClient:
    return school.as_("owen")


def names(text: str) -> list[str]:
    """The names that the rows of a page show, the newest first."""
    rows = text.partition('<ol class="log"')[2].partition("</ol>")[0].split("<li data-row=")[1:]
    return [row.partition('class="name">')[2].partition("<")[0] for row in rows]


def audited(school: Premises, what: str) -> list[Audited]:
    with school.box.look() as record:
        return [one for one in audit.look(record) if one.what == what]


def test_the_newest_stands_first_with_who_why_and_how_sure(owen: FlaskClient) -> None:
    page = owen.get("/refused").text
    first = page.partition("<li data-row=")[2].partition("</li>\n<li")[0]
    assert "www.tiktok.com" in first
    assert "TikTok is social media, rule 7.1 ‘All social media is blocked’" in first
    assert "asked 4 times" in first
    assert "dans-tablet" in first
    assert "by address: may be another’s" in first
    assert "Lesson 2" in first


def test_a_name_is_shown_as_it_was_asked_and_does_nothing(owen: FlaskClient) -> None:
    page = owen.get("/refused").text
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.example" in page
    assert LOOKALIKE in page
    assert "foreign letters, as asked" in page


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ("group=staff", {"www.instagram.com"}),
        ("device=nobody-knows-it", set()),
        ("service=Instagram", {"www.instagram.com", "i.instagram.com"}),
        ("service=youtube&period=Lesson+2", {"www.youtube.com"}),
        ("decided_by=circumvention", {"nordvpn.com", "api.nordvpn.com"}),
        ("category=vpn", {"nordvpn.com", "api.nordvpn.com"}),
        ("name=tiktokv.com", {"v16.tiktokv.com"}),
        ("name=https://www.tiktok.com/@dan?x=1", {"www.tiktok.com"}),
        ("name=stagr&match=holds", {"www.instagram.com", "i.instagram.com"}),
        ("name=nordvpn.com&match=exact", {"nordvpn.com"}),
        ("period=Break", {"www.instagram.com"}),
        ("rule=no-such-rule", set()),
        ("on=yesterday", set()),
        ("on=lesson&group=staff", set()),
        ("since=2026-11-24T10:25&until=2026-11-24T10:40", {"www.instagram.com"}),
        ("set=class-7b&service=nordvpn", {"nordvpn.com", "api.nordvpn.com"}),
    ],
)
def test_each_filter_shows_what_it_says(owen: FlaskClient, filters: str, shown: set[str]) -> None:
    if "device" in filters:
        send(owen, f"/refused?{filters}", why="a question of a parent")
    page = owen.get(f"/refused?{filters}")
    assert page.status_code == 200
    assert set(names(page.text)) == shown


def test_filters_stand_as_chips_that_can_be_taken_away(owen: FlaskClient) -> None:
    page = owen.get("/refused?group=pupils&service=instagram&on=today").text
    chips = page.partition('<ul class="chips"')[2].partition("</ul>")[0]
    assert "Group: <strong>pupils</strong>" in chips
    assert "Service: <strong>Instagram</strong>" in chips
    assert 'href="/refused?on=today&amp;service=instagram"' in chips
    assert "6 questions refused in this time" in page


def test_what_was_left_empty_leaves_the_address(owen: FlaskClient) -> None:
    answer = owen.get("/refused?name=&on=today&group=&device=&match=under&junk=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/refused?on=today"


@pytest.mark.parametrize(
    "filters",
    ["since=soon", "since=9999-01-01T00:00", "since=2026-11-24T10:00&until=2026-11-24T09:00"],
)
def test_a_time_that_is_none_is_said_and_what_was_typed_stays(
    owen: FlaskClient, filters: str
) -> None:
    page = owen.get(f"/refused?group=pupils&{filters}")
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert '<option value="pupils" selected>' in page.text


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 40])
def test_a_page_that_is_none_is_the_first(owen: FlaskClient, number: str) -> None:
    everything = owen.get("/refused").text
    assert names(owen.get(f"/refused?before={number}").text) == names(everything)
    assert owen.get(f"/refused/new?after={number}").status_code == 200


def test_older_rows_stand_on_the_next_page(school: Premises, owen: FlaskClient) -> None:
    for number in range(60):
        school.box.ask(f"www{number}.reddit.com")
    school.box.store()
    first = owen.get("/refused?name=reddit.com").text
    older = first.partition(">Older</a>")[0].rpartition('href="')[2].rstrip('"')
    second = owen.get(older.replace("&amp;", "&")).text
    assert names(first) == [f"www{number}.reddit.com" for number in range(59, 9, -1)]
    assert names(second) == [f"www{number}.reddit.com" for number in range(9, -1, -1)]
    assert "Newest</a>" in second


def test_what_is_new_is_shown_alone(school: Premises, owen: FlaskClient) -> None:
    page = owen.get("/refused").text
    again = page.partition("Look again")[0].rpartition('href="')[2].rstrip('">')
    assert "Nothing new since your last look." in owen.get(again).text
    school.box.ask("www.reddit.com")
    school.box.store()
    assert names(owen.get(again).text) == ["www.reddit.com"]
    newest = page.partition('data-newest="')[2].partition('"')[0]
    fragment = owen.get(f"/refused/new?after={newest}").text
    assert "www.reddit.com" in fragment
    assert "<html" not in fragment


def test_a_topic_notice_stands_beside_what_its_class_looked_up(owen: FlaskClient) -> None:
    page = owen.get("/refused?service=youtube").text
    assert "Topic notice: film posters, class-7b, Lesson 2: Ms Clark" in page
    assert "film posters" not in owen.get("/refused?group=staff").text


def test_a_view_is_saved_for_the_team_and_deleted_by_its_owner(school: Premises) -> None:
    owen, price = school.as_("owen"), school.as_("price")
    page = "/refused?decided_by=circumvention&group=pupils"
    send(owen, page, to="/refused/views", title="Ways round <b>", is_shared="on")
    assert "Ways round &lt;b&gt;" in price.get("/refused").text
    assert 'href="/refused?decided_by=circumvention&amp;group=pupils"' in price.get("/refused").text
    number = owen.get("/refused").text.partition("/refused/views/")[2].partition("/")[0]
    form = {"csrf_token": token(price)}
    assert price.post(f"/refused/views/{number}/delete", data=form).status_code == 404
    send(owen, "/refused", to=f"/refused/views/{number}/delete")
    assert "Ways round" not in price.get("/refused").text


def test_a_view_of_ones_own_is_nobody_elses(school: Premises) -> None:
    owen = school.as_("owen")
    send(owen, "/refused?on=week", to="/refused/views", title="Mine alone")
    assert "Mine alone" in owen.get("/refused").text
    assert "Mine alone" not in school.as_("price").get("/refused").text


def test_a_device_is_shown_to_whoever_says_why_for_half_an_hour(school: Premises) -> None:
    price = school.as_("price")
    asked = price.get("/refused?device=tablet-03")
    assert "Why do you look at it?" in asked.text
    assert "www.youtube.com" not in asked.text
    before = len(audited(school, "looked"))
    assert send(price, "/refused?device=tablet-03", why="  ").status_code == 400
    shown = send(price, "/refused?device=tablet-03", why="Her tutor asked about Tuesday")
    assert shown.headers["Location"] == "/refused?device=tablet-03"
    assert "www.youtube.com" in price.get("/refused?device=tablet-03").text
    assert "Why do you look at it?" in price.get("/refused?device=tablet-05").text
    newest, *_ = looks = audited(school, "looked")
    assert len(looks) == before + 1
    assert (newest.who, newest.subject) == ("price", "device tablet-03")
    assert newest.after == {"reason": "Her tutor asked about Tuesday"}
    school.box.clock.wait(31 * 60)
    assert "Why do you look at it?" in price.get("/refused?device=tablet-03").text


def test_a_set_of_one_device_is_a_look_at_that_device(school: Premises, owen: FlaskClient) -> None:
    before = len(audited(school, "looked"))
    owen.get("/refused?set=class-7b")
    looks = audited(school, "looked")
    assert len(looks) == before + 1 and looks[0].subject == "device dans-tablet"
    assert looks[0].after["reason"] == "the log of the set class-7b"


def test_a_device_can_be_had_in_no_other_way_without_a_reason(school: Premises) -> None:
    price = school.as_("price")
    for path in ("/refused/rows.csv", "/refused/rows.jsonl"):
        answer = price.get(f"{path}?device=tablet-04")
        assert answer.headers["Location"] == "/refused?device=tablet-04"
    assert price.get("/refused/new?device=tablet-04").status_code == 403


def test_a_sheet_has_what_the_page_shows_and_no_formula(school: Premises) -> None:
    owen = school.as_("owen")
    answer = owen.get("/refused/rows.csv?group=guests")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["name"] for row in rows} == {
        HOSTILE,
        f"'{FORMULA.replace(' ', chr(92) + '032')}",
        LOOKALIKE,
    }
    assert rows[0]["known"] == "only the network is known"
    newest = audited(school, "exported")[0]
    assert newest.after == {"filters": "group=guests", "as": "csv"}


def test_lines_for_programs_are_whole(owen: FlaskClient) -> None:
    answer = owen.get("/refused/rows.jsonl?service=youtube")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["service"] for row in found] == ["youtube"] * 6
    assert owen.get("/refused/rows.exe").status_code == 404


def test_a_row_leads_to_an_override_and_to_its_explanation(owen: FlaskClient) -> None:
    page = owen.get("/refused?name=www.instagram.com").text
    for link, says in (("Open for…", "ms-clarks-laptop"), ("Explain", "for ms-clarks-laptop")):
        address = page.partition(f'">{link}</a>')[0].rpartition('href="')[2]
        there = owen.get(address.replace("&amp;", "&"))
        assert there.status_code == 200
        assert "nstagram" in there.text
        assert says in there.text


def test_a_row_is_put_to_a_new_case_and_the_next_to_the_same(school: Premises) -> None:
    owen = school.as_("owen")
    rows = owen.get("/refused?decided_by=circumvention").text.split('data-row="')[1:3]
    second, first = (row.partition('"')[0] for row in rows)
    assert send(owen, f"/refused/{first}/case", why=" ").status_code == 409
    kept = send(owen, f"/refused/{first}/case", why="Looked for a VPN twice.")
    case = owen.get(kept.headers["Location"]).text
    assert "Rows added from the log" in case
    assert "Looked for a VPN twice." in case
    page = owen.get(f"/refused/{second}/case").text
    assert "Case 1 of tablet-03, open" in page
    send(owen, f"/refused/{second}/case", why="And its other name.")
    added = audited(school, "added rows")
    assert [one.subject for one in added] == ["case 1", "case 1"]
    assert [one.after["rows"] for one in added] == [[int(second)], [int(first)]]
    assert owen.get("/refused/999999/case").status_code == 404


@pytest.mark.parametrize("who", ["clark", "north", "green"])
def test_nobody_else_sees_the_log(school: Premises, who: str) -> None:
    client = school.as_(who)
    for path in ("/refused", "/refused/new", "/refused/rows.csv", "/refused/1/case"):
        assert client.get(path).status_code == 403
