"""python -m tests.screenshots [FOLDER]: the ten main pages as small pictures, from a made-up
school's week and the real processes; into tests/screens, where README shows them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image  # comes with fpdf2
from playwright.sync_api import Page

from appliance.backup import back_up
from tests.browser.browser import Browser, Scheme, Width, started
from tests.browser.desk import Desk
from tests.console import CHECKOUT
from tests.journeys.running import Box
from tests.ports import free_port
from tests.trial import Trial
from tests.upstream import Upstream
from tests.webadmin.week import a_week

SCREENS = CHECKOUT / "tests" / "screens"
LARGEST = 60_000  # bytes
COLOURS = (64, 48, 32, 24)  # as many as there is room for
SIZES = {"phone": (360, 740), "desktop": (1280, 760)}
MOMENT = "2026-12-03T11:25:00"
REFUSED = "www.tiktok.com"


@dataclass(frozen=True)
class Shot:
    """One picture: of what, whose, how wide."""

    name: str
    login: str  # "" at the counter
    path: str
    width: Width = "desktop"
    scheme: Scheme = "light"
    first: Callable[[Page], None] = lambda page: None  # what is done on it before


def take(browser: Browser, desk: Desk, shot: Shot, folder: Path) -> Path:
    """The first screenful, as it is seen."""
    if shot.login:
        with desk.back(browser, shot.login, shot.width, shot.scheme) as page:
            page.goto(desk.staff + shot.path)
            return _picture(page, shot, folder)
    with browser.page(shot.width, shot.scheme, names=[REFUSED]) as page:
        page.goto(desk.public.replace("127.0.0.1", REFUSED) + shot.path)
        return _picture(page, shot, folder)


def _picture(page: Page, shot: Shot, folder: Path) -> Path:
    width, height = SIZES[shot.width]
    page.set_viewport_size({"width": width, "height": height})
    shot.first(page)
    page.wait_for_load_state()
    path = folder / f"{shot.name}.png"
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        full = picture.convert("RGB")
    for count in COLOURS:
        full.quantize(count, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            return path
    raise ValueError(f"{path} has {path.stat().st_size:,} bytes")


def _begin_anew(page: Page) -> None:
    """Sam North looks at the wizard once more."""
    page.get_by_role("button", name="Choose another starting policy").click()
    page.get_by_role("heading", name="Starting policy").wait_for()


def _follow(link: str, page: Page) -> None:
    page.locator("main").get_by_role("link", name=link).first.click()


def _show(heading: str, page: Page) -> None:
    """What stands further down."""
    found = page.get_by_role("heading", name=heading)
    found.evaluate("e => window.scrollTo(0, e.getBoundingClientRect().top - 40)")


SHOTS = (
    Shot("desk", "owen", "/"),
    Shot("refused", "owen", "/refused?on=today&group=pupils&decided_by=rule"),
    Shot("case", "owen", "/cases?grade=deliberate", first=partial(_follow, "chromebook-04")),
    Shot(
        "ask",
        "clark",
        "/ask?site=youtube&scope=set:class-6b",
        "phone",
        first=partial(_show, "YouTube"),
    ),
    Shot("decide", "price", "/requests", first=partial(_follow, "YouTube")),
    Shot("closed", "", "/@volcanoes", "phone"),
    Shot(
        "why",
        "owen",
        "/why?name=www.youtube.com&device=y6-ipad-04",
        first=partial(_show, "www.youtube.com"),
    ),
    Shot("devices", "north", "/devices"),
    Shot("health", "north", "/health"),
    Shot("wizard", "north", "/school", first=_begin_anew),
)


def main(words: list[str]) -> None:
    folder = Path(words[0]) if words else SCREENS
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, Upstream() as up:
        place = Path(temporary)
        with a_week(place / "var") as school:
            back_up(place / "var", place / "backup.zip", school.box.clock.now)
        staff, public = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        more = ("--staff", staff, "--public", public, "--clock", MOMENT, "--workers", "1")
        only = ("--only", "dns,recording,staff,public")
        with (
            Trial(place / "var", *more, *only, upstream=str(up.plain)) as trial,
            started() as browser,
        ):
            box = Box(place, int(trial.place.rpartition(":")[2]), trial.process)
            desk = Desk(box, f"http://{staff}", f"http://{public}", {})
            for name in ("www.bbc.co.uk", "docs.google.com"):
                box.device("127.0.0.1").ask(name)
            for shot in SHOTS:
                path = take(browser, desk, shot, folder)
                print(f"{path} {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
