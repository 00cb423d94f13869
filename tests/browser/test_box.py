"""The network manager in a real browser: a new box on a phone, and the pages that keep it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from appliance.event import Asker, Means
from appliance.policy.decide import decide
from appliance.policy.model import Who
from tests.browser.axe import violations
from tests.browser.browser import Browser, Scheme, Width, sideways, weight
from tests.browser.keyboard import keyboard_reaches
from tests.browser.serving import serving
from tests.webadmin.newbox import NewBox
from tests.webadmin.premises import PASSWORD, Premises, premises
from webadmin.staff.session import COOKIE

HEAVIEST = 300_000  # bytes
PAGES = (
    "/devices",
    "/devices/device/dans-tablet",
    "/device-sets",
    "/device-sheet",
    "/health",
    "/audit",
    "/school",
    "/school/networks",
    "/school/timetable/normal",
    "/school/upstream",
    "/school/test",
)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        for number in range(3):
            address = ipaddress.ip_address(f"10.20.9.{number}")
            made.box.ask("www.tiktok.com", asker=Asker(address, Who("pupils"), Means.NETWORK))
        made.box.store()
        yield made


@pytest.fixture(scope="module")
def site(school: Premises) -> Iterator[str]:
    with serving(school.staff) as address:
        yield address


def sam(page: Page, school: Premises, site: str) -> None:
    """This browser is Sam North's."""
    cookie = school.as_("north").get_cookie(COOKIE)
    assert cookie is not None
    page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": site}])


@pytest.mark.parametrize(("width", "scheme"), [("phone", "dark"), ("desktop", "light")])
@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_read_it(
    browser: Browser, school: Premises, site: str, path: str, width: Width, scheme: Scheme
) -> None:
    with browser.page(width, scheme) as page:
        sam(page, school, site)
        assert weight(page, site + path) < HEAVIEST
        assert violations(page) == []
        assert sideways(page) == 0


@pytest.mark.parametrize("path", ["/devices", "/school/timetable/normal", "/device-sheet"])
def test_a_keyboard_is_enough(browser: Browser, school: Premises, site: str, path: str) -> None:
    with browser.page() as page:
        sam(page, school, site)
        page.goto(site + path)
        assert len(keyboard_reaches(page)) > 10


def test_a_stranger_is_placed_and_a_sheet_read_in_without_a_script(
    browser: Browser, school: Premises, site: str, tmp_path: Path
) -> None:
    with browser.page("phone", javascript=False) as page:
        sam(page, school, site)
        page.goto(f"{site}/devices")
        page.get_by_role("button", name="Place 10.20.9.0").click()
        expect(page.get_by_role("status")).to_contain_text("is in pupils now")
        file = tmp_path / "devices.csv"
        file.write_text("name;group;sets\nipad-01;pupils;trolley-2\ndans-tablet;guests;\n")
        page.goto(f"{site}/device-sheet")
        page.get_by_label("A file").set_input_files(file)
        page.get_by_role("button", name="Show what it would change").click()
        expect(page.get_by_text("dans-tablet moves from pupils to guests")).to_be_visible()
        page.get_by_role("button", name="Put it in force").click()
        expect(page.get_by_role("status")).to_contain_text("2 devices")
    names = {one.name for one in school.live.policy().school.devices}
    assert {"ipad-01", "device-10-20-9-0"} <= names


def test_a_new_box_is_set_up_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    new = NewBox.unpack(tmp_path / "data")
    with serving(new.app) as site, browser.page("phone", "dark") as page:

        def go_on(button: str = "Save and go on") -> None:
            assert violations(page) == []
            assert sideways(page) == 0
            with page.expect_navigation():
                page.get_by_role("button", name=button).click()

        page.goto(site + new.link())
        page.get_by_label("Your name").fill("Sam North")
        page.get_by_label("Login").fill("north")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        go_on("Make my account")
        secret = page.locator(".name").first.inner_text().replace(" ", "")
        page.get_by_label("Code").fill(TOTP(secret).at(int(new.box.clock.now)))
        go_on("Switch it on")
        page.get_by_role("link", name="I have them: go on").click()
        page.get_by_label("Name of the school").fill("Hope Street Primary")
        go_on()
        page.get_by_label("As Mersey Vale Primary School").check()
        go_on()
        page.get_by_label("This browser is at").select_option("pupils")
        go_on()
        page.get_by_role("button", name="Add a period").click()
        page.get_by_label("Name of period 9").fill("Homework club")
        page.get_by_label("Kind of new period").select_option("after")
        page.get_by_label("new period to").fill("19:00")
        go_on()
        expect(page.get_by_role("heading", name="Upstream")).to_be_visible()
        page.reload()  # loses nothing
        page.get_by_role("link", name="Timetable").click()
        expect(page.get_by_label("Name of period 9")).to_have_value("Homework club")
        go_on()
        expect(page.get_by_role("heading", name="Upstream")).to_be_visible()
        go_on()
        expect(page.get_by_text("Homework club")).to_be_visible()
        go_on("Put it in force")
        expect(page.get_by_role("heading", name="Test from this browser")).to_be_visible()
        expect(page.get_by_text("www.tiktok.com is refused for pupils")).to_be_visible()
        assert violations(page) == []
    policy = new.live.policy()
    tiktok = policy.facts("www.tiktok.com")
    assert not decide(policy, Who("pupils"), tiktok, int(new.box.clock.now)).allowed
    new.box.recorder.shutdown()
