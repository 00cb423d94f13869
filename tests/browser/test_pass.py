"""A pass: one tap, and a class has its site; the bell closes it by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

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
    with desk(folder, HERE + CLASSES, "2026-11-24T10:29:30") as made:
        yield made


def test_one_tap_opens_it_for_a_class_and_the_bell_closes_it(
    school: Desk, browser: Browser
) -> None:
    with (
        school.back(browser, "clark", "phone") as phone,
        school.back(browser, "bell", javascript=False) as plain,
    ):
        phone.goto(f"{school.staff}/passes")
        phone.get_by_label("Class or room").select_option("class-7b")
        assert not school.is_open(SITE, TABLET)
        began = time.monotonic()
        phone.get_by_role("button", name="Open 500px").tap(no_wait_after=True)
        eventually(lambda: school.is_open(SITE, TABLET) or None)
        print(f"from the tap on a pass to the changed answer: {time.monotonic() - began:.2f} s")
        assert not school.is_open(SITE, ZOES) and not school.is_open(SITE, CLASSMATE)
        expect(phone.get_by_text("500px is open until 10:30.")).to_be_visible()

        plain.goto(f"{school.staff}/passes")
        plain.get_by_label("Class or room").select_option("class-8c")
        plain.get_by_role("button", name="Open 500px").click()
        expect(plain.get_by_text("500px is open until 10:30.")).to_be_visible()
        eventually(lambda: school.is_open(SITE, ZOES) or None)

        print(f"{clock_time(BELL) - school.box.now():.0f} seconds before the bell")
        school.wait_for(BELL)
        for device in (TABLET, ZOES):
            eventually(lambda: not school.is_open(SITE, device) or None, 3)
        assert school.box.now() < clock_time("2026-11-24T10:30:05")
        phone.goto(f"{school.staff}/passes")
        expect(phone.get_by_text("No lesson is running now")).to_be_visible()
        expect(phone.get_by_text("What you have open")).to_have_count(0)
