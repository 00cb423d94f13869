"""The desk, the log, Why? and the numbers in a real browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.browser import Browser, sideways, weight
from tests.browser.keyboard import keyboard_reaches
from tests.browser.serving import serving
from tests.webadmin.morning import a_morning
from tests.webadmin.premises import Premises, premises
from webadmin.staff.session import COOKIE

HEAVIEST = 300_000  # bytes
PAGES = {
    "the team's desk": ("owen", "/"),
    "a teacher's desk": ("clark", "/"),
    "the manager's desk": ("north", "/"),
    "a governor's desk": ("green", "/"),
    "the log": ("owen", "/refused"),
    "some of the log": ("owen", "/refused?group=pupils&service=instagram&on=today"),
    "why": ("owen", "/why?name=www.tiktok.com&group=staff&on=2026-11-24&time=10:15"),
    "the numbers": ("owen", "/numbers"),
    "a governor's numbers": ("green", "/numbers"),
    "the reason": ("owen", "/refused?device=tablet-03"),
    "a row for a case": ("owen", "/refused/5/case"),
}
BY_DAY_TOO = ("the team's desk", "some of the log", "why", "the numbers")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        a_morning(made.box)
        yield made


@pytest.fixture(scope="module")
def site(school: Premises) -> Iterator[str]:
    with serving(school.staff) as address:
        yield address


class Visits:
    """Goes to pages as one of the school's people."""

    def __init__(self, browser: Browser, school: Premises, site: str) -> None:
        self.browser = browser
        self.school = school
        self.site = site

    @contextlib.contextmanager
    def as_(
        self,
        who: str,
        width: Literal["desktop", "phone"] = "desktop",
        scheme: Literal["light", "dark"] = "light",
        *,
        javascript: bool = True,
    ) -> Iterator[Page]:
        """A browser in which they have signed in."""
        cookie = self.school.as_(who).get_cookie(COOKIE)
        assert cookie is not None
        with self.browser.page(width, scheme, javascript=javascript) as page:
            page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": self.site}])
            yield page

    @contextlib.contextmanager
    def to(
        self,
        where: str,
        width: Literal["desktop", "phone"] = "desktop",
        scheme: Literal["light", "dark"] = "light",
        *,
        javascript: bool = True,
    ) -> Iterator[Page]:
        who, path = PAGES[where]
        with self.as_(who, width, scheme, javascript=javascript) as page:
            page.goto(self.site + path)
            yield page


@pytest.fixture
def visits(browser: Browser, school: Premises, site: str) -> Visits:
    return Visits(browser, school, site)


@pytest.mark.parametrize("where", PAGES)
def test_everybody_can_read_it_on_a_phone_at_night(visits: Visits, where: str) -> None:
    with visits.to(where, "phone", "dark") as page:
        assert violations(page) == []
        assert sideways(page) == 0


@pytest.mark.parametrize("where", BY_DAY_TOO)
def test_everybody_can_read_it_by_day_and_it_is_light(visits: Visits, where: str) -> None:
    who, path = PAGES[where]
    with visits.as_(who) as page:
        assert weight(page, visits.site + path) < HEAVIEST
        assert violations(page) == []
        assert sideways(page) == 0


@pytest.mark.parametrize("where", ["some of the log", "why"])
def test_the_keyboard_is_enough(visits: Visits, where: str) -> None:
    with visits.to(where) as page:
        names = [one.name for one in keyboard_reaches(page)]
    assert len(names) > 10


def test_without_scripts_the_log_is_whole(visits: Visits) -> None:
    with visits.to("the log", "phone", javascript=False) as page:
        page.get_by_label("Site or part of a name").fill("nordvpn.com")
        page.get_by_role("button", name="Show").click()
        assert page.url.endswith("/refused?name=nordvpn.com")
        expect(page.locator("#log > li")).to_have_count(2)
        expect(page.get_by_role("button", name="Follow live")).to_have_count(0)
        page.locator("#log summary").first.click()
        page.get_by_role("link", name="Explain").first.click()
        expect(page.get_by_role("heading", name="nordvpn.com")).to_be_visible()
        page.go_back()
        page.locator("#log summary").first.click()
        page.get_by_role("link", name="All of this device").first.click()
        page.get_by_label("Why do you look at it?").fill("A question of her tutor")
        page.get_by_role("button", name="Show its record").click()
        heading = page.get_by_role("heading", name="All that was refused to tablet-03")
        expect(heading).to_be_visible()


def test_the_log_can_be_followed_and_paused(visits: Visits) -> None:
    box = visits.school.box
    with visits.to("the log") as page:
        status = page.locator("#live [role=status]")
        page.get_by_role("button", name="Follow live").click()
        expect(status).to_have_text("Following.")
        box.ask("<img src=x onerror=alert(1)>.example", "www.reddit.com")
        box.store()
        expect(status).to_have_text("2 new rows", timeout=10_000)
        first = page.locator("#log > li .name").first
        expect(first).to_have_text("www.reddit.com")
        page.get_by_role("button", name="Pause").click()
        expect(status).to_have_text("Paused.")
        assert violations(page) == []
