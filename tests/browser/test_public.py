"""The counter in a real browser: on a phone, at a desk, in an advertisement's frame, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

import pytest
from playwright.sync_api import ViewportSize

from tests.browser.axe import violations
from tests.browser.browser import Browser, Scheme, Width, sideways, weight
from tests.browser.keyboard import keyboard_reaches
from tests.browser.serving import serving
from tests.recording.noting import TABLET
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public.visiting import OWN, POLICY

CLOSED = "www.tiktok.com"
NAMES = (CLOSED, OWN)
LOCAL = POLICY.replace('networks = ["10.20.0.0/16"', 'networks = ["127.0.0.0/8", "10.20.0.0/16"')
PAGES = ("/", "/why?site=tiktok", "/report", "/poster", "/ask?site=tiktok.com", "/report/K7QX-4MPD")
FRAME: ViewportSize = {"width": 300, "height": 250}


@dataclass
class Counter:
    school: Premises
    site: str

    @property
    def closed(self) -> str:
        """The same server, under the name of a site that is closed."""
        return self.site.replace("127.0.0.1", CLOSED)


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with premises(tmp_path_factory.mktemp("counter"), LOCAL) as school:
        for name in (CLOSED, "v19.tiktokv.com", "soundcloud.com", "nordvpn.com"):
            school.box.noter.ask(name, asker=replace(TABLET, address=ip_address("127.0.0.1")))
        school.box.store()
        with serving(school.public) as site:
            yield Counter(school, site)


@pytest.mark.parametrize(("width", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_axe_has_nothing_to_say(
    browser: Browser, counter: Counter, width: Width, scheme: Scheme
) -> None:
    with browser.page(width, scheme, names=NAMES) as page:
        for address in (f"{counter.closed}/@x?y", *(counter.site + path for path in PAGES)):
            page.goto(address)
            assert violations(page) == [], address
            assert sideways(page) == 0, address


def test_a_frame_shows_what_counts_without_scrolling(browser: Browser, counter: Counter) -> None:
    with browser.page("phone", names=NAMES) as page:
        page.set_viewport_size(FRAME)
        page.goto(f"{counter.closed}/advertisement")
        assert sideways(page) == 0
        button = page.get_by_role("button", name="Ask a teacher to open it").bounding_box()
        assert button
        assert button["y"] + button["height"] <= FRAME["height"]
        assert violations(page) == []


def test_dan_asks_and_reports_without_javascript(browser: Browser, counter: Counter) -> None:
    with browser.page("phone", javascript=False, names=NAMES) as page:
        page.goto(counter.closed)
        page.get_by_role("button", name="Ask a teacher to open it").click()
        assert page.get_by_role("heading", name="your teachers will see it").is_visible()
        page.goto(counter.closed)
        page.get_by_role("link", name="Tell us of a bad site").click()
        assert page.url.startswith(f"http://{OWN}:"), "his words go to the school and nowhere else"
        assert page.get_by_label("Which site or app was it?").input_value() == CLOSED
        page.get_by_label("What did you see?").fill("A film that scared me")
        page.get_by_role("button", name="Send").click()
        assert page.get_by_role("heading", name="Thank you for telling us").is_visible()
        assert page.context.cookies() == []


@pytest.mark.parametrize("path", ["/why?site=tiktok", "/report"])
def test_a_keyboard_is_enough(browser: Browser, counter: Counter, path: str) -> None:
    with browser.page() as page:
        page.goto(counter.site + path)
        assert keyboard_reaches(page)


def test_no_page_is_heavy(browser: Browser, counter: Counter) -> None:
    for path in PAGES:
        with browser.page() as page:
            assert weight(page, counter.site + path) < 120_000, path


def test_the_poster_is_one_page_of_paper(browser: Browser, counter: Counter) -> None:
    with browser.page() as page:
        page.goto(f"{counter.site}/poster")
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
