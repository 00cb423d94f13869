"""A teacher gets a site for a lesson: asked on a phone, approved at a desk, answered by the
resolver, and closed by the bell.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from appliance.policy.clock import SchoolClock
from tests.browser.browser import Browser
from tests.browser.desk import Desk, desk
from tests.journeys.running import eventually
from tests.webadmin.premises import POLICY

TABLET = "127.20.3.4"
OTHER = "127.20.3.8"
HERE = (
    POLICY.replace("10.20.0.0/16", "127.20.0.0/16")
    .replace("10.20.3.7", TABLET)
    .replace("10.10.0.0/16", "127.10.0.0/16")
    .replace("10.10.1.2", "127.10.0.4")
)
SITE = "500px.com"
BELL = "2026-11-24T10:30:00"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("school"), HERE, "2026-11-24T10:29:00") as made:
        yield made


def is_open(school: Desk, address: str = TABLET) -> bool:
    return "0.0.0.0" not in school.box.device(address).ask(SITE).addresses


def test_from_the_wish_to_the_bell(school: Desk, browser: Browser) -> None:
    with (
        school.person(browser, "clark", "phone") as teacher,
        school.person(browser, "owen") as team,
    ):
        assert not is_open(school)
        ask(teacher, school.staff)
        began = approve(team, school.staff)
        eventually(lambda: is_open(school) or None)
        print(f"from the click on Approve to the changed answer: {time.monotonic() - began:.2f} s")
        assert not is_open(school, OTHER)
        expect(teacher.get_by_text("Open now, until the bell at 10:30")).to_be_visible()
        wait_for(school, BELL)
        eventually(lambda: not is_open(school) or None, 3)
        assert school.box.now() < clock_time("2026-11-24T10:30:05")
        seen_afterwards(school, browser, team)


def ask(teacher: Page, root: str) -> None:
    teacher.goto(f"{root}/ask")
    teacher.get_by_label("Site or app").fill("https://500px.com/photo/12?from=search")
    teacher.get_by_label("Class or room").select_option("class-7b")
    teacher.get_by_role("button", name="See what would open").click()
    expect(teacher.get_by_role("heading", name="500px")).to_be_visible()
    teacher.get_by_label("What is it for?").fill("How two photographers use light.")
    teacher.get_by_role("button", name="Ask the e-safety team").click()
    expect(teacher.get_by_text("Waiting for one person")).to_be_visible()


def approve(team: Page, root: str) -> float:
    """When the button was pressed."""
    team.goto(f"{root}/requests")
    button = team.get_by_role("button", name="Approve")
    button.wait_for()
    began = time.monotonic()
    button.click(no_wait_after=True)
    return began


def seen_afterwards(school: Desk, browser: Browser, team: Page) -> None:
    """What was refused is in the log, and who did what in the audit."""
    root = school.staff
    eventually(lambda: team.goto(f"{root}/refused") and SITE in team.content() or None, 15)
    with school.person(browser, "shah") as lead:
        lead.goto(f"{root}/audit")
        said = lead.locator("main").inner_text()
        for who, what in (("clark", "asked"), ("owen", "approved"), ("owen", "opened")):
            assert who in said and what in said


def wait_for(school: Desk, moment: str) -> None:
    while school.box.now() < clock_time(moment):
        time.sleep(0.05)


def clock_time(moment: str) -> float:
    return SchoolClock("Europe/London").instant(datetime.datetime.fromisoformat(moment))
