"""A box out of its wrapping: Sam North follows the link that it prints, and minutes later TikTok is
refused to pupils, and open to staff when this school's bell says so. Without JavaScript."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from tests.browser.browser import Browser
from tests.journeys.running import Device, eventually
from tests.ports import free_port
from tests.trial import Trial
from tests.upstream import Upstream
from tests.webadmin.premises import PASSWORD

TABLET, LAPTOP = "127.20.3.4", "127.10.0.4"
TIKTOK = "www.tiktok.com"


@dataclass
class NewBox:
    """`bellgate run` in an empty folder."""

    staff: str
    link: str
    port: int

    def is_open(self, address: str) -> bool:
        return "0.0.0.0" not in Device(address, self.port).ask(TIKTOK).addresses


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewBox]:
    port, staff = free_port(), f"127.0.0.1:{free_port()}"
    more = ("--staff", staff, "--clock", "2026-11-24T10:20:00", "--workers", "1")
    with Upstream() as up:
        trial = Trial(
            tmp_path_factory.mktemp("new") / "var",
            *("--only", "dns,recording,staff", *more),
            upstream=str(up.plain),
            dns="",
        )
        with trial as box:
            (line,) = box.hears("http://.*/welcome/")
            link = re.search(r"http://\S+", line)
            assert link
            port = int(box.place.rpartition(":")[2])
            yield NewBox(f"http://{staff}", link[0], port)


def test_from_an_empty_folder_to_a_refused_tiktok(new: NewBox, browser: Browser) -> None:
    began = time.monotonic()
    assert not new.is_open(LAPTOP), "it is a lesson by the usual bells"
    with browser.page(javascript=False) as sam:
        sam.goto(new.link)
        account(sam)
        second_step(sam)
        school(sam)
        sam.get_by_label("As Mersey Vale").check()
        go_on(sam)
        networks(sam)
        timetable(sam)
        go_on(sam)  # whomever the box asks
        expect(sam.get_by_role("heading", name="Hope Street Primary")).to_be_visible()
        sam.get_by_role("button", name="Put it in force").click()
        expect(sam.get_by_text("It is in force on every resolver of this box.")).to_be_visible()
        eventually(lambda: new.is_open(LAPTOP) or None)
        assert not new.is_open(TABLET)
        print(f"from the link to a refused TikTok: {time.monotonic() - began:.0f} s")
        sam.goto(new.link)
        expect(sam.get_by_text("This link opens nothing")).to_be_visible()


def go_on(sam: Page) -> None:
    sam.get_by_role("button", name="Save and go on").click()


def account(sam: Page) -> None:
    sam.get_by_label("Your name").fill("Sam North")
    sam.get_by_label("Login").fill("north")
    sam.get_by_label("Password").fill(PASSWORD)
    sam.get_by_label("The same again").fill(PASSWORD)
    sam.get_by_role("button", name="Make my account").click()


def second_step(sam: Page) -> None:
    said = sam.get_by_text("Type this into the app").locator(".name").inner_text()
    sam.get_by_label("Code").fill(TOTP(said.replace(" ", "")).at(time.time()))
    sam.get_by_role("button", name="Switch it on").click()
    sam.get_by_role("link", name="I have them: go on").click()


def school(sam: Page) -> None:
    sam.get_by_label("Name of the school").fill("Hope Street Primary")
    go_on(sam)


def networks(sam: Page) -> None:
    sam.get_by_label("Networks of pupils").fill("127.20.0.0/16")
    sam.get_by_label("Networks of staff").fill("127.10.0.0/16")
    go_on(sam)


def timetable(sam: Page) -> None:
    """This school has its break early."""
    sam.get_by_label("Lesson 1 to").fill("10:15")
    sam.get_by_label("Break from").fill("10:15")
    go_on(sam)
