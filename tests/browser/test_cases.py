"""The e-safety team's cases and reports in a real browser: on a phone, at a desk, by keyboard, and
without a script.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.browser import Browser, Scheme, Width, sideways, weight
from tests.browser.keyboard import keyboard_reaches
from tests.browser.serving import serving
from tests.recording.noting import TIKTOK
from tests.store.evidence import png
from tests.webadmin.premises import Premises, premises
from tests.webadmin.staff.suspicious import (
    DAN,
    MIA,
    ZOE,
    does_it_by_itself,
    look_for_attempts,
    settle,
    tries,
    works,
)
from tests.webadmin.staff.test_triage import told
from webadmin.staff.session import COOKIE

PAGES = ("/cases?status=all", "/cases?grade=noise", "/cases/1", "/reports", "/reports/1")
LONG = ".".join(["x" * 60] * 3)
LARGEST = 300_000
BUSY_MS = 30_000  # to put a policy in force, where others want the processor too


@dataclass
class Site:
    school: Premises
    address: str

    @contextlib.contextmanager
    def owen(
        self,
        browser: Browser,
        width: Width = "desktop",
        scheme: Scheme = "light",
        *,
        javascript: bool = True,
    ) -> Iterator[Page]:
        """Mrs Owen, who has signed in."""
        cookie = self.school.as_("owen").get_cookie(COOKIE)
        assert cookie
        with browser.page(width, scheme, javascript=javascript) as page:
            page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": self.address}])
            yield page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with premises(tmp_path_factory.mktemp("school")) as school:
        look_for_attempts(school.box)
        works(school.box, DAN, ZOE, MIA)
        tries(school.box, DAN, ZOE)
        for number in range(150):  # more than one part of a long table
            school.box.ask(f"v{number}.{LONG}.tiktok.com", verdict=TIKTOK, asker=DAN)
        does_it_by_itself(school.box, MIA)
        settle(school.box)
        told(school, seen="word " * 200, who="Zoe", screenshot=png())
        told(school, "<b>the green chat app</b>", read_as="")
        with serving(school.staff) as address:
            yield Site(school, address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_every_page_can_be_read_by_everybody(
    browser: Browser, site: Site, width: Width, scheme: Scheme
) -> None:
    with site.owen(browser, width, scheme) as page:
        for path in PAGES:
            page.goto(site.address + path)
            assert violations(page) == [], path
            assert sideways(page) == 0, path


def test_every_page_is_light_enough(browser: Browser, site: Site) -> None:
    for path in PAGES:
        with site.owen(browser) as page:
            assert weight(page, site.address + path) < LARGEST, path


def test_the_keyboard_reaches_the_decisions(browser: Browser, site: Site) -> None:
    with site.owen(browser) as page:
        page.goto(f"{site.address}/cases/1")
        names = [one.name for one in keyboard_reaches(page)]
        assert {"Write it down", "Close the case", "Take it out"} <= set(names)
        page.goto(f"{site.address}/reports/1")
        names = [one.name for one in keyboard_reaches(page)]
        assert {"Block it now", "Dismiss it with thanks", "Pass it on"} <= set(names)


def test_a_report_is_blocked_and_a_case_closed_without_a_script(
    browser: Browser, site: Site
) -> None:
    with site.owen(browser, "phone", javascript=False) as page:
        page.goto(f"{site.address}/reports/2")
        page.get_by_label("Sites").fill("greenchat.example")
        page.get_by_label("For good").check()
        page.get_by_role("button", name="Block it now").click()
        expect(
            page.get_by_text("greenchat.example is refused from this moment on.")
        ).to_be_visible()
        page.goto(f"{site.address}/cases/2")
        page.get_by_label("Nobody meant anything by it").check()
        page.get_by_label("What the school learns from it").fill("It was a lesson on VPNs.")
        page.get_by_role("button", name="Close the case").click()
        expect(page.get_by_text("Case 2 is reviewed.")).to_be_visible()


def test_a_file_is_attached_and_the_evidence_leaves_as_a_download(
    browser: Browser, site: Site
) -> None:
    with site.owen(browser) as page:
        page.goto(f"{site.address}/cases/1")
        page.get_by_label("File").set_input_files(
            {"name": "Screen print.png", "mimeType": "text/html", "buffer": png(b"a screen")}
        )
        page.get_by_role("button", name="Attach it").click()
        expect(page.get_by_role("link", name="Screen print.png")).to_be_visible()
        page.get_by_label("Why it is taken out").fill("For the governors.")
        with page.expect_download() as taken:
            page.get_by_role("button", name="Take it out").click()
        assert taken.value.suggested_filename == "case-1.zip"
