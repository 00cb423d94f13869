"""What comes to the e-safety team by itself: reports of bad sites, and what the box makes of a
device that looks for a way round.

One box for both: what was asked is sealed when nothing can be added to it, and in that minute the
reports are dealt with.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from appliance.processes import running as programs
from appliance.store import cases
from appliance.store.database import FILE, Record
from appliance.store.sealed import Sealed, last_final
from tests.browser.browser import Browser
from tests.browser.desk import HERE, STAFF_LAPTOP, TABLET, Desk, desk
from tests.console import bellgate
from tests.journeys.running import eventually
from tests.store.evidence import png

SITE = "scary-films.example"
REFERENCE = re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}")
LESSON = "7B had heard of VPNs in computing. Mr Bell talks with them about what they are for."
AN_ATTEMPT = ("www.tiktok.com", "www.google.com", "nordvpn.com", "protonvpn.com", "www.tiktok.com")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("school"), HERE, "2026-11-24T09:20:00") as made:
        for name in AN_ATTEMPT:
            made.box.device(TABLET).ask(name)
            time.sleep(1.1)  # in this order, to the second
        yield made


def tell(page: Page, school: Desk, site: str, seen: str, *, picture: bytes = b"") -> str:
    """The reference that is given for it."""
    page.goto(f"{school.public}/report")
    page.get_by_label("Which site or app was it?").fill(site)
    page.get_by_label("What did you see?").fill(seen)
    if picture:
        shot = FilePayload(name="Screenshot 1.png", mimeType="image/png", buffer=picture)
        page.get_by_label("A screenshot").set_input_files(files=shot)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you for telling us")).to_be_visible()
    return page.locator(".reference").inner_text()


def look_up(page: Page, school: Desk, reference: str) -> str:
    """What the counter says of it."""
    page.goto(f"{school.public}/report")
    page.get_by_label("The number you were given").fill(reference)
    page.get_by_role("button", name="See what became of it").click()
    page.get_by_role("heading", name="Your report").wait_for()
    return page.locator("main").inner_text()


def test_a_report_becomes_a_block_and_its_teller_sees_it(school: Desk, browser: Browser) -> None:
    with browser.page("phone") as zoe, school.back(browser, "owen") as team:
        reference = tell(
            zoe, school, f"https://{SITE}/clip?v=7", "A film that scared me", picture=png(b"seen")
        )
        assert REFERENCE.fullmatch(reference)
        assert "It waits to be read." in look_up(zoe, school, reference)

        team.goto(f"{school.staff}/reports")
        team.get_by_role("link", name=reference).click()
        expect(team.get_by_text("A film that scared me")).to_be_visible()
        with team.expect_download() as download:
            team.get_by_role("link", name="Screenshot 1.png").click()
        assert download.value.path().read_bytes() == png(b"seen")
        team.get_by_role("button", name="I look into it").click()
        expect(team.get_by_role("button", name="I look into it")).to_have_count(0)
        assert "Somebody is looking into it." in look_up(zoe, school, reference)

        assert school.is_open(SITE)
        team.get_by_label("pupils").check()
        team.get_by_label("For good").check()
        began = time.monotonic()
        team.get_by_role("button", name="Block it now").click(no_wait_after=True)
        eventually(lambda: not school.is_open(SITE) or None)
        print(f"from the click on Block to the changed answer: {time.monotonic() - began:.2f} s")
        assert school.is_open(SITE, STAFF_LAPTOP)
        expect(team.get_by_text(f"{SITE} is refused from this moment on.")).to_be_visible()
        assert "The site is closed now." in look_up(zoe, school, reference)
        assert zoe.context.cookies() == []


def test_all_of_it_works_without_javascript(school: Desk, browser: Browser) -> None:
    with (
        browser.page("desktop", javascript=False) as dan,
        school.back(browser, "price", "phone", javascript=False) as team,
    ):
        reference = tell(dan, school, "that game everybody plays", "It asks for my address")
        team.goto(f"{school.staff}/reports")
        team.get_by_role("link", name=reference).click()
        expect(team.get_by_text("It could not be read as a site.")).to_be_visible()
        team.get_by_label("Words back").last.fill("Thank you, Dan. It is fine now.")
        team.get_by_role("button", name="Dismiss it with thanks").click()
        expect(team.get_by_text("Dismissed. Whoever reported it")).to_be_visible()
        said = look_up(dan, school, reference)
        assert "It was read and looked into." in said and "Thank you, Dan." in said


def test_from_an_attempt_to_evidence_that_verifies(
    school: Desk, browser: Browser, tmp_path: Path
) -> None:
    wait_for_the_case(school)
    with school.back(browser, "owen") as team:
        team.goto(f"{school.staff}/cases")
        team.get_by_role("link", name="dans-tablet").first.click()
        read(team)
        judge(team)
        file = take_out(team, tmp_path / "evidence.zip")
        said = bellgate("verify", file)
        assert (said.code, said.err) == (0, ""), said
    with school.back(browser, "shah", "phone", javascript=False) as lead:
        lead.goto(f"{school.staff}/cases?status=reviewed")
        lead.get_by_role("link", name="dans-tablet").first.click()
        expect(lead.get_by_text(LESSON).first).to_be_visible()
        assert bellgate("verify", take_out(lead, tmp_path / "again.zip")).code == 0


def wait_for_the_case(school: Desk) -> None:
    """A run of questions is over when nothing was added for a minute; a recorder that ends looks at
    all it knows and seals it, and the box starts another."""
    eventually(lambda: is_final(school) or None, 90)
    (recorder,) = [one.pid for one in programs(school.box.data) if one.name == "recording"]
    os.kill(recorder, signal.SIGTERM)
    eventually(lambda: is_told(school) or None, 30)


def is_final(school: Desk) -> bool:
    with Record.look(school.box.data / FILE) as record:
        return last_final(record, Sealed.REFUSED) >= 3


def is_told(school: Desk) -> bool:
    with Record.look(school.box.data / FILE) as record:
        return any(one.grade != "noise" for one in cases.find(record, device="dans-tablet"))


def read(team: Page) -> None:
    """Both sides stand beside each other, and nobody is accused."""
    said = team.locator("main").inner_text()
    assert "NordVPN" in said and "after TikTok was refused" in said
    assert "The record shows which device asked, not who held it." in said


def judge(team: Page) -> None:
    team.get_by_label("Nobody meant anything by it").check()
    team.get_by_label("What the school learns from it").fill(LESSON)
    team.get_by_role("button", name="Close the case").click()
    team.get_by_role("button", name="Open it again").wait_for()


def take_out(person: Page, path: Path) -> Path:
    person.get_by_label("Why it is taken out").fill("The head asked for it.")
    with person.expect_download() as download:
        person.get_by_role("button", name="Take it out").click()
    download.value.save_as(path)
    return path
