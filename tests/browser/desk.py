"""A whole box with its pages, its people and their devices: what journeys are made in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from pyotp import TOTP

from appliance.store.office.office import open_office
from tests.browser.browser import Browser, Scheme, Width
from tests.journeys.running import Box, running
from tests.ports import free_port
from tests.upstream import Upstream
from tests.webadmin.premises import PASSWORD, PEOPLE, let_in

ALL = "dns,recording,staff,public"


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
