"""A class gets a site for a lesson: on request, asked on a phone and approved at a desk, or with one
tap on a pass. The resolver answers, and the bell closes it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import Browser
from tests.browser.desk import CLASSMATE, HERE, TABLET, Desk, clock_time, desk
from tests.journeys.running import eventually

ZOES = "127.20.3.12"
CLASSES = f"""
[devices.zoes-laptop]
group = "pupils"
addresses = ["{ZOES}"]

[device_sets.class-8c]
devices = ["zoes-laptop"]
"""
SITE = "500px.com"
BELL = "2026-11-24T10:30:00"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("school")
    with desk(folder, HERE + CLASSES, "2026-11-24T10:29:20") as made:
        yield made


def test_what_opens_for_a_lesson_is_closed_by_its_bell(school: Desk, browser: Browser) -> None:
    with (
        school.person(browser, "clark", "phone") as teacher,
        school.person(browser, "owen") as team,
        school.back(browser, "bell", "phone", "dark") as other,
    ):
        assert not school.is_open(SITE)
        ask(teacher, school.staff)
        approve(team, school)
        tap(other, school)
        assert not school.is_open(SITE, CLASSMATE)
        expect(teacher.get_by_text("Open now, until the bell at 10:30")).to_be_visible()
        print(f"{clock_time(BELL) - school.box.now():.0f} seconds before the bell")
        school.wait_for(BELL)
        for device in (TABLET, ZOES):
            eventually(lambda: not school.is_open(SITE, device) or None, 3)
        assert school.box.now() < clock_time("2026-11-24T10:30:05")
        other.goto(f"{school.staff}/passes")
        expect(other.get_by_text("No lesson is running now")).to_be_visible()
        expect(other.get_by_text("What you have open")).to_have_count(0)
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


def approve(team: Page, school: Desk) -> None:
    team.goto(f"{school.staff}/requests")
    began = time.monotonic()
    team.get_by_role("button", name="Approve").click(no_wait_after=True)
    eventually(lambda: school.is_open(SITE, TABLET) or None)
    print(f"from the click on Approve to the changed answer: {time.monotonic() - began:.2f} s")


def tap(teacher: Page, school: Desk) -> None:
    teacher.goto(f"{school.staff}/passes")
    teacher.get_by_label("Class or room").select_option("class-8c")
    assert not school.is_open(SITE, ZOES)
    began = time.monotonic()
    teacher.get_by_role("button", name="Open 500px").tap(no_wait_after=True)
    eventually(lambda: school.is_open(SITE, ZOES) or None)
    print(f"from the tap on a pass to the changed answer: {time.monotonic() - began:.2f} s")
    expect(teacher.get_by_text("500px is open until 10:30.")).to_be_visible()


def seen_afterwards(school: Desk, browser: Browser, team: Page) -> None:
    """What was refused is in the log, and who did what in the audit."""
    root = school.staff
    eventually(lambda: team.goto(f"{root}/refused") and SITE in team.content() or None, 15)
    with school.back(browser, "shah") as lead:
        lead.goto(f"{root}/audit")
        said = lead.locator("main").inner_text()
        for who, what in (("clark", "asked"), ("owen", "approved"), ("owen", "opened")):
            assert who in said and what in said


def test_a_request_and_a_pass_without_javascript(school: Desk, browser: Browser) -> None:
    """For the next lesson, and with what the bell has closed."""
    with (
        school.back(browser, "bell", javascript=False) as teacher,
        school.back(browser, "price", "phone", javascript=False) as team,
    ):
        teacher.goto(f"{school.staff}/ask")
        teacher.get_by_label("Site or app").fill("flickr")
        teacher.get_by_label("Class or room").select_option("class-8c")
        teacher.get_by_role("button", name="See what would open").click()
        teacher.get_by_label("What is it for?").fill("A wall of questions.")
        teacher.get_by_role("button", name="Ask the e-safety team").click()
        expect(teacher.get_by_text("Waiting for one person")).to_be_visible()
        team.goto(f"{school.staff}/requests")
        team.get_by_role("button", name="Approve").click()
        expect(team.locator(".alert")).to_be_visible()
        teacher.goto(f"{school.staff}/requests/mine")
        expect(teacher.get_by_text("flickr").first).to_be_visible()
        expect(teacher.get_by_text("Waiting for one person")).to_have_count(0)
