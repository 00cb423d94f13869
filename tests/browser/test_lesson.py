"""A teacher gets a site for a lesson: asked on a phone, approved at a desk, answered by the
resolver, and closed by the bell.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import Browser
from tests.browser.desk import CLASSMATE, HERE, Desk, clock_time, desk
from tests.journeys.running import eventually

SITE = "500px.com"
BELL = "2026-11-24T10:30:00"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("school"), HERE, "2026-11-24T10:29:20") as made:
        yield made


def test_from_the_wish_to_the_bell(school: Desk, browser: Browser) -> None:
    with (
        school.person(browser, "clark", "phone") as teacher,
        school.person(browser, "owen") as team,
    ):
        assert not school.is_open(SITE)
        ask(teacher, school.staff)
        began = approve(team, school.staff)
        eventually(lambda: school.is_open(SITE) or None)
        print(f"from the click on Approve to the changed answer: {time.monotonic() - began:.2f} s")
        assert not school.is_open(SITE, CLASSMATE)
        expect(teacher.get_by_text("Open now, until the bell at 10:30")).to_be_visible()
        school.wait_for(BELL)
        eventually(lambda: not school.is_open(SITE) or None, 3)
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
