"""A real browser on a phone or at a desk, in which nothing may go wrong unseen.

with browser.page("phone", "dark") as page:
    page.goto(f"{site}/today")
    assert violations(page) == []
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser as Chromium,
)
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    WebError,
    sync_playwright,
)

from tests.programs import program

Width = Literal["phone", "desktop"]
Scheme = Literal["light", "dark"]
PATIENCE = 20_000  # milliseconds: a busy machine is no fault of a page
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Browser:
    """Chromium, for which every name in the world leads to this machine."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium

    @contextlib.contextmanager
    def page(
        self,
        width: Width = "desktop",
        scheme: Scheme = "light",
        *,
        javascript: bool = True,
        names: Iterable[str] = (),
    ) -> Iterator[Page]:
        """A page of somebody who was never here before: no cookies, nothing cached.

        It fails in the end if the console told of an error, a policy was violated, something did
        not load or was asked of another host. `names` may be visited besides this machine."""
        context = self._context(width, scheme, javascript)
        faults = Faults(context, names)
        page = context.new_page()
        try:
            yield page
            if not page.is_closed():
                page.evaluate("0")  # what the browser has told until now has come in after this
        except (AssertionError, Error) as error:
            for fault in faults.found:
                error.add_note(fault)
            raise
        finally:
            context.close()
        assert not faults.found, "\n".join(faults.found)

    def _context(self, width: Width, scheme: Scheme, javascript: bool) -> BrowserContext:
        phone = width == "phone"
        context = self._chromium.new_context(
            viewport={"width": 360, "height": 740} if phone else {"width": 1280, "height": 800},
            is_mobile=phone,
            has_touch=phone,
            color_scheme=scheme,
            java_script_enabled=javascript,
            reduced_motion="reduce",  # nothing is half-way while somebody looks at it
            locale="en-GB",
            timezone_id="Europe/London",
            ignore_https_errors=True,  # authorities of tests are nobody's
        )
        context.set_default_timeout(PATIENCE)
        return context


class Faults:
    """What went wrong behind pages, each in a sentence."""

    def __init__(self, context: BrowserContext, names: Iterable[str]) -> None:
        self.found: list[str] = []
        self._hosts = LOOPBACK | frozenset(names)
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # What did not load is told once, with its request
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.found.append(f"the console says: {message.text}")

    def _script(self, error: WebError) -> None:
        self.found.append(f"a script failed: {error.error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob", "about"):
            return
        if request.is_navigation_request():
            if address.hostname not in self._hosts:
                self.found.append(f"it went to another host: {request.url}")
        elif address.netloc != urlsplit(request.frame.url).netloc:
            self.found.append(f"it asked another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that becomes a download is given up, and so is what a page had begun that is left
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"{request.url} did not load: {request.failure}")

    def _response(self, response: Response) -> None:
        # A page may say no (404, 403); what belongs to a page may not, and no page may break
        limit = 500 if response.request.is_navigation_request() else 400
        if response.status >= limit:
            self.found.append(f"{response.url} answered {response.status}")


@contextlib.contextmanager
def started() -> Iterator[Browser]:
    """A browser, until it's done with; in this thread no asyncio loop can run until then."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program("chromium"),
            chromium_sandbox=os.getuid() != 0,  # it refuses to have one as root
            args=[
                "--host-resolver-rules=MAP * 127.0.0.1",
                "--disable-dev-shm-usage",  # containers have 64 MB there, and a page needs more
            ],
        )
        with contextlib.closing(chromium):
            yield Browser(chromium)


def weight(page: Page, url: str) -> int:
    """Bytes that came over the wire for a first view of this page, with all that belongs to it."""
    loaded: list[Request] = []
    page.on("requestfinished", lambda request: loaded.append(request))
    page.goto(url)
    sizes = [request.sizes() for request in loaded]
    return sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)


def sideways(page: Page) -> int:
    """How many pixels wider than its window a page is; 0: nobody has to scroll sideways."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


def screenshot(page: Page, path: Path) -> Path:
    """The whole page as a PNG, to look at."""
    page.screenshot(path=path, full_page=True, animations="disabled")
    return path
