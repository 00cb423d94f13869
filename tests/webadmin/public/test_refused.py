"""The page in place of a refused site: under any name, for people and for programs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webadmin.premises import Premises
from tests.webadmin.public.visiting import BANNED, DAN, MS_CLARK, OWN, VISITOR, call

LINE = "TikTok is closed here. All social media is blocked. (clause 7.1)\n"


def test_dan_reads_what_is_closed_in_whose_words_and_who_helps(seen: Premises) -> None:
    page = call(seen, "/@somebody/video?id=1", "www.tiktok.com")
    assert page.status_code == 403
    for words in (
        "TikTok is closed here",
        "It is closed at all times.",
        "All social media is blocked.",
        "clause 7.1",
        "You are not in trouble",
        "TikTok's own rules: for people of 13 and over.",
        "Ask a teacher to open it",
        "0800 1111",
        "85258",
        "CEOP",
        "Mrs Owen, Room 4",
    ):
        assert words in page.text, words


def test_it_says_when_the_bell_opens_it(seen: Premises) -> None:
    page = call(seen, "/", "soundcloud.com")
    assert "SoundCloud is closed here until 10:30" in page.text
    assert "It opens at break." in page.text
    assert "Music waits until break." in page.text


def test_its_links_lead_to_our_own_name_and_keep_the_port(seen: Premises) -> None:
    page = call(seen, "/", "www.tiktok.com:8081")
    assert f'href="http://{OWN}:8081/report?site=www.tiktok.com"' in page.text
    assert f'href="http://{OWN}:8081/why"' in page.text
    assert 'href="/bellgate/assets/' in page.text, "what the page needs comes from where it is"
    asset = page.text.partition('href="/bellgate/assets/')[2].partition('"')[0]
    assert call(seen, f"/bellgate/assets/{asset}", "www.tiktok.com:8081").status_code == 200


def test_a_site_s_own_path_is_never_one_of_ours(seen: Premises) -> None:
    for path in ("/why", "/report", "/poster", "/ask", "/assets/x/bellgate.css", "/bellgate"):
        assert call(seen, path, "www.tiktok.com").status_code == 403, path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
def test_whatever_a_program_does_there_is_refused(seen: Premises, method: str) -> None:
    page = call(seen, "/api/v1/post", "www.tiktok.com", method=method, Accept="*/*")
    assert page.status_code == 403


@pytest.mark.parametrize(
    ("accept", "said"),
    [
        ("image/avif,image/webp,image/png,*/*;q=0.8", ""),
        ("*/*", "TikTok is closed here. All social media is blocked. (clause 7.1)\n"),
        (
            "text/css,*/*;q=0.1",
            "TikTok is closed here. All social media is blocked. (clause 7.1)\n",
        ),
    ],
)
def test_a_program_gets_a_line_and_a_picture_nothing(
    seen: Premises, accept: str, said: str
) -> None:
    page = call(seen, "/pixel.gif", "www.tiktok.com", Accept=accept)
    assert (page.status_code, page.text) == (403, said)


def test_an_interface_gets_the_same_as_json(seen: Premises) -> None:
    page = call(seen, "/", "soundcloud.com", Accept="application/json")
    assert page.status_code == 403
    assert page.json == {
        "name": "soundcloud.com",
        "open": False,
        "says": "Music waits until break.",
        "clause": "6.2",
        "until": "2026-11-24T10:30:00+00:00",
    }


def test_what_is_open_by_now_says_so_and_leads_back_to_where_it_was(seen: Premises) -> None:
    page = call(seen, "/news?x=//evil.example", "www.bbc.co.uk")
    assert page.status_code == 421
    assert "www.bbc.co.uk is open for you now" in page.text
    assert '<a class="btn btn-primary" href="">Try again</a>' in page.text
    assert "evil.example" not in page.text


def test_it_speaks_of_the_device_that_asks(seen: Premises) -> None:
    assert call(seen, "/", "soundcloud.com", by=MS_CLARK).status_code == 403, "social for staff too"
    assert "It opens at break." in call(seen, "/", "www.tiktok.com", by=MS_CLARK).text
    assert "It opens at break." not in call(seen, "/", "www.tiktok.com", by=DAN).text
    assert "TikTok is closed here" in call(seen, "/", "www.tiktok.com", by=VISITOR).text


def test_a_ban_is_told_kindly_and_without_what_staff_wrote(seen: Premises) -> None:
    page = call(seen, "/", "www.bbc.co.uk", by=BANNED)
    assert page.status_code == 403
    assert "closed here until Tue 1 Dec, 08:00" in page.text
    assert "For now this device can only reach help lines" in page.text
    assert "VPN" not in page.text
    assert "Ask a teacher to open it" not in page.text


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8081", "[::1]:8081", "10.20.0.2", "localhost", "filter", OWN, "", "bellgate.local",
     "why.bellgate.sch.uk", "a..b", "x" * 300, "[", "fe80::1%eth0"],
)  # fmt: skip
def test_our_own_names_show_the_way(seen: Premises, host: str) -> None:
    page = call(seen, "/", host)
    assert page.status_code == 200
    assert "The school's internet filter" in page.text
    assert call(seen, "/no-such-page", host).status_code == 404


SIGNS = st.characters(min_codepoint=1, max_codepoint=255)


@settings(max_examples=150)
@given(
    host=st.one_of(
        st.text(SIGNS, max_size=300),
        st.text(SIGNS, max_size=70).map(lambda one: f"{one}.tiktok.com"),
        st.sampled_from(["<script>alert(1)</script>.com", "\x00.com", "=cmd().com", "a" * 255]),
    ),
    path=st.text(SIGNS, max_size=200),
    accept=st.sampled_from(["text/html", "*/*", "application/json", "image/png", "\xff;;,"]),
    method=st.sampled_from(["GET", "POST", "HEAD"]),
)
def test_no_name_and_no_path_breaks_anything(
    seen: Premises, host: str, path: str, accept: str, method: str
) -> None:
    page = call(seen, "/", host, method=method, PATH_INFO=f"/{path}", Accept=accept)
    assert page.status_code < 500
    assert "Set-Cookie" not in page.headers
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    if page.mimetype == "text/html":
        assert "<script" not in page.text
        assert "alert(1)</" not in page.text
