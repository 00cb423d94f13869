"""Telling of a bad site: words, a picture, a number to come back with; and who would misuse it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from werkzeug.test import TestResponse

from appliance.store.counter import reports, triage
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.reports import Report
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public.visiting import EVE, OWN, POLICY, call, send, slip_of

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND" + bytes(4)
)  # a whole one, as far as its chunks go
WORDS = {"typed": "www.badsite.example/x", "seen": "A game that asks for my address"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("reporting"), POLICY) as school:
        yield school


_SEATS = count(1)


@pytest.fixture
def dan() -> str:
    """A tablet that has sent nothing yet."""
    return f"10.20.40.{next(_SEATS)}"


def kept(school: Premises, by: str) -> list[Report]:
    with open_counter(school.folder) as counter:
        return [one for one in reports.waiting(counter) if one.from_address == by]


def picture(data: bytes, name: str = "screen.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def number_of(page: TestResponse) -> str:
    assert page.status_code == 303, page.text
    return page.headers["Location"].rpartition("/")[2].partition("?")[0]


def test_dan_tells_of_a_site_and_sees_later_what_became_of_it(school: Premises, dan: str) -> None:
    form = {**WORDS, "who": "Dan", "screenshot": picture(PNG)}
    sent = send(school, "/report", form, page="/report?site=www.badsite.example", by=dan)
    number = number_of(sent)
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", number)
    thanks = call(school, sent.headers["Location"], by=dan).text
    assert "Thank you for telling us" in thanks
    assert number in thanks

    (report,) = kept(school, dan)
    assert (report.read_as, report.who, report.group) == ("badsite.example", "Dan", "pupils")
    assert report.screenshot
    assert pictures(school.folder).read(report.screenshot.sha256) == PNG

    with open_counter(school.folder) as counter:
        triage.block(counter, report.id, who="Mrs Owen", at_ms=school.now * 1000)
    page = call(school, f"/report/{number.lower()}", by=EVE).text
    assert "The site is closed now." in page
    assert "The school has blocked it." in page
    for private in ("badsite", "Dan", "handled", "game"):
        assert private not in page


def test_the_site_is_filled_in_from_the_page_that_was_refused(seen: Premises) -> None:
    page = call(seen, '/report?site=x"><script>alert(1)</script>.com').text
    assert 'value="x&#34;&gt;&lt;script&gt;' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("number", "code"), [("K7QX-4MPD", 404), ("nonsense", 404), ("%00%ff", 404), ("x" * 900, 404)]
)
def test_an_unknown_number_is_the_same_page_for_all(seen: Premises, number: str, code: int) -> None:
    page = call(seen, f"/report/{number}")
    assert page.status_code == code
    assert "We find no report with this number" in page.text
    assert number not in page.text.replace("K7QX-4MPD", "", 1) or number == "K7QX-4MPD"


def test_a_number_is_typed_into_the_form(seen: Premises) -> None:
    page = call(seen, "/report/find?reference=k7qx+4mpd//evil.example")
    assert page.status_code == 303
    assert page.headers["Location"] == "/report/k7qx%204mpdevilexample"
    assert call(seen, "/report/find?reference=//").headers["Location"] == "/report"


def test_nobody_guesses_numbers(school: Premises, dan: str) -> None:
    codes = [call(school, "/report/K7QX-4MPD", by=dan).status_code for _ in range(31)]
    assert codes == [404] * 30 + [429]
    assert call(school, "/report/K7QX-4MPD", by=EVE).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seen": ""}, "Please say in a few words what you saw."),
        ({"seen": "\x00\u202e \n"}, "What you have seen is empty"),
        ({"typed": ""}, "Please say which site or app it was."),
        ({"typed": "x" * 501}, "That is too long"),
        ({"who": "x" * 101}, "Please keep it under 100"),
        ({"screenshot": picture(b"MZ\x90 not a picture")}, "no picture that we can take"),
        ({"screenshot": picture(PNG + b"<script>")}, "no picture that we can take"),
        ({"screenshot": picture(b"<svg onload=alert(1)>", "x.png")}, "no picture that we can take"),
        ({"screenshot": picture(PNG + bytes(5_000_000))}, "larger than 5 MB"),
    ],
)
def test_what_will_not_do_keeps_all_that_was_typed(
    school: Premises, dan: str, change: dict[str, Any], said: str
) -> None:
    form: dict[str, Any] = {**WORDS, "who": "Dan's friend", **change}
    page = send(school, "/report", form, by=dan)
    assert page.status_code == 400
    assert said in page.text
    for name in ("typed", "seen", "who"):
        if name not in change:
            assert str(form[name]).replace("'", "&#39;") in page.text
    assert not kept(school, dan)


def test_a_form_beyond_all_bounds_is_turned_away(school: Premises, dan: str) -> None:
    page = send(school, "/report", {**WORDS, "screenshot": picture(bytes(12 << 20))}, by=dan)
    assert page.status_code == 413
    page = send(school, "/report", {**WORDS, "seen": "x" * (2 << 20)}, by=dan)
    assert page.status_code == 413
    assert not kept(school, dan)


def test_a_name_of_a_file_is_no_path(school: Premises, dan: str) -> None:
    send(
        school,
        "/report",
        {**WORDS, "screenshot": picture(PNG, "../../../etc/passwd\x00.png")},
        by=dan,
    )
    (report,) = kept(school, dan)
    assert report.screenshot
    assert "/" not in report.screenshot.name
    assert report.screenshot.name == "passwd.png"


def test_words_are_kept_as_words(school: Premises, dan: str) -> None:
    form = {"typed": "<script>alert(1)</script>", "seen": "=HYPERLINK(1) {{ 7*7 }}", "who": "'--"}
    number = number_of(send(school, "/report", form, by=dan))
    assert kept(school, dan)[0].typed == form["typed"]
    page = call(school, f"/report/{number}", by=dan).text
    assert "49" not in page.partition("<h1>")[2].partition("When")[0].replace(number, "")
    assert "<script" not in page


@pytest.mark.parametrize(
    "forged",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_not_taken(
    school: Premises, dan: str, forged: dict[str, str]
) -> None:
    page = send(school, "/report", WORDS, **forged, by=dan)
    assert page.status_code == 400
    assert "did not come from this page" in page.text
    assert WORDS["seen"] in page.text
    assert not kept(school, dan)


def test_a_slip_is_good_for_its_page_its_device_and_two_hours(school: Premises, dan: str) -> None:
    slip = slip_of(call(school, "/report", by=dan))
    other = slip_of(call(school, "/ask?site=tiktok.com", by=dan))

    def hand_in(slip: str, by: str = dan) -> int:
        form = {**WORDS, "slip": slip}
        return call(school, "/report", method="POST", form=form, by=by).status_code

    assert hand_in(other) == 400
    assert hand_in("") == 400
    assert hand_in(slip + "x") == 400
    assert hand_in(slip, by=EVE) == 400
    assert hand_in(slip) == 303
    school.box.clock.wait(7201)
    assert hand_in(slip) == 400
    assert len(kept(school, dan)) == 1


def test_what_came_back_after_too_long_needs_one_more_press(school: Premises, dan: str) -> None:
    slip = slip_of(call(school, "/report", by=dan))
    school.box.clock.wait(7201)
    page = call(school, "/report", method="POST", form={**WORDS, "slip": slip}, by=dan)
    assert "open for too long" in page.text
    again = {**WORDS, "slip": slip_of(page)}
    assert call(school, "/report", method="POST", form=again, by=dan).status_code == 303


def test_a_flood_ends_and_others_still_get_through(school: Premises, dan: str) -> None:
    codes = [send(school, "/report", WORDS, by=dan).status_code for _ in range(6)]
    assert codes == [303] * 5 + [429]
    assert send(school, "/report", WORDS, by=EVE).status_code == 303
    page = send(school, "/report", WORDS, by=dan)
    assert "a lot at once" in page.text
    assert WORDS["seen"] in page.text


def test_dan_asks_a_teacher_from_the_page_of_a_refused_site(school: Premises, dan: str) -> None:
    site = {"site": "www.tiktok.com"}
    sent = send(school, "/bellgate/ask", site, page="/", host="www.tiktok.com", by=dan)
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/bellgate/asked?site=www.tiktok.com"
    thanks = call(school, sent.headers["Location"], "www.tiktok.com", by=dan).text
    assert "your teachers will see it" in thanks
    assert "You asked for TikTok" in thanks


def test_only_what_a_teacher_could_open_is_asked_for(school: Premises, dan: str) -> None:
    slip = slip_of(call(school, "/ask?site=www.tiktok.com", by=dan))
    for site, said in (
        ("bbc.co.uk", "open already"),
        ("nordvpn.com", "stays closed"),
        ("", "Which site?"),
        ("a..b", "Which site?"),
    ):
        form = {"slip": slip, "site": site}
        page = call(school, "/ask", method="POST", form=form, by=dan)
        assert page.status_code == 200, site
        assert said in page.text, site


def test_asking_without_end_ends(school: Premises, dan: str) -> None:
    slip = slip_of(call(school, "/ask?site=www.tiktok.com", by=dan))
    form = {"slip": slip, "site": "www.tiktok.com"}
    codes = [call(school, "/ask", method="POST", form=form, by=dan).status_code for _ in range(11)]
    assert codes == [303] * 10 + [429]


def test_the_poster_leads_to_our_own_name_whatever_it_was_called_by(seen: Premises) -> None:
    page = call(seen, "/poster", "127.0.0.1:8081").text
    assert f"{OWN}:8081/why" in page
    assert f"{OWN}:8081/report" in page
    assert page.count("data:image/svg+xml") == 2
    assert "evil" not in call(seen, "/bellgate/poster", "evil.example").text


def test_words_in_place_of_a_picture_are_no_picture(school: Premises, dan: str) -> None:
    page = send(school, "/report", {**WORDS, "screenshot": "not a file"}, by=dan)
    assert page.status_code == 303
    assert not kept(school, dan)[0].screenshot
