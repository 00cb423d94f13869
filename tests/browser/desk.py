"""A whole box with its pages, its people and their devices: what journeys are made in."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from pyotp import TOTP

from appliance.policy.clock import SchoolClock
from appliance.store.office import people, sessions
from appliance.store.office.office import open_office
from tests.browser.browser import Browser, Scheme, Width
from tests.journeys.running import Box, running
from tests.ports import free_port
from tests.upstream import Upstream
from tests.webadmin.premises import PASSWORD, PEOPLE, POLICY, let_in
from webadmin.staff.session import COOKIE

ALL = "dns,recording,staff,public"
TABLET = "127.20.3.4"  # whoever has a device here has an address of the loopback
CLASSMATE = "127.20.3.8"
STAFF_LAPTOP = "127.10.0.4"
HERE = (
    POLICY.replace("10.20.0.0/16", "127.20.0.0/16")
    .replace("10.20.3.7", TABLET)
    .replace("10.10.0.0/16", "127.10.0.0/16")
    .replace("10.10.1.2", STAFF_LAPTOP)
)


@dataclass
class Desk:
    """The real processes, and how somebody comes to them."""

    box: Box
    staff: str  # http://127.0.0.1:8080
    public: str
    secrets: dict[str, str]

    def sign_in(self, page: Page, login: str) -> None:
        """With password and phone, by the page."""
        page.goto(f"{self.staff}/sign-in")
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        if self.secrets[login]:
            page.get_by_label("Code").fill(TOTP(self.secrets[login]).at(time.time()))
            page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Sign out").wait_for()

    @contextlib.contextmanager
    def person(
        self, browser: Browser, login: str, width: Width = "desktop", scheme: Scheme = "light"
    ) -> Iterator[Page]:
        """Somebody who has signed in."""
        with browser.page(width, scheme) as page:
            self.sign_in(page, login)
            yield page

    @contextlib.contextmanager
    def back(
        self,
        browser: Browser,
        login: str,
        width: Width = "desktop",
        scheme: Scheme = "light",
        *,
        javascript: bool = True,
    ) -> Iterator[Page]:
        """Somebody who has signed in this morning, and still is."""
        at_ms = int(self.box.now() * 1000)
        with open_office(self.box.data) as office:
            one = people.find(office, login)
            assert one
            token, _ = sessions.begin(office, at_ms=at_ms, person_id=one.id, roles=one.roles)
        with browser.page(width, scheme, javascript=javascript) as page:
            page.context.add_cookies([{"name": COOKIE, "value": token, "url": self.staff}])
            yield page

    def is_open(self, site: str, address: str = TABLET) -> bool:
        """For the device with this address, at this moment."""
        return "0.0.0.0" not in self.box.device(address).ask(site).addresses

    def wait_for(self, moment: str) -> None:
        """Until it is so late, by the box's clock."""
        while self.box.now() < clock_time(moment):
            time.sleep(0.05)


def clock_time(moment: str) -> float:
    """Of this school, such as 2026-11-24T10:30:00."""
    return SchoolClock("Europe/London").instant(datetime.datetime.fromisoformat(moment))


@contextlib.contextmanager
def desk(folder: Path, policy: str, clock: str, *, workers: int = 1) -> Iterator[Desk]:
    """From nothing to a box at work, with everybody let in."""
    data = folder / "var"
    data.mkdir(parents=True)
    with open_office(data) as office:
        secrets = {
            login: let_in(office, login, name, roles, time.time())
            for login, (name, roles) in PEOPLE.items()
        }
    staff, public = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    more = ("--staff", staff, "--public", public)
    soon = "[recording]\ncommit_seconds = 1\n"
    with (
        Upstream() as up,
        running(
            folder,
            upstreams=[up.plain],
            policy=policy,
            appliance=soon,
            clock=clock,
            only=ALL,
            more=more,
            workers=workers,
        ) as box,
    ):
        yield Desk(box, f"http://{staff}", f"http://{public}", secrets)
