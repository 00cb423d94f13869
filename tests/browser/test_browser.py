"""The browser of these tests itself: it finds what is wrong, and is content with what is right."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.axe import violations
from tests.browser.browser import Browser, screenshot, sideways, weight
from tests.browser.keyboard import Focused, keyboard_reaches
from tests.browser.serving import serving
from tests.console import CHECKOUT
from tests.programs import PACKAGES, program

HEAD = """<!doctype html><html lang="en"><head><title>Today</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"></head><body>"""
GOOD = """<header><a href="#main">Skip to main content</a></header><main id="main">
<h1>Today</h1><p id="said">No lessons now</p>
<form><label for="name">Name</label> <input id="name" name="name">
<label for="day">Day</label> <input type="date" id="day">
<fieldset><legend>For</legend>
<label><input type="radio" name="for" value="a" checked> Year 7</label>
<label><input type="radio" name="for" value="b"> Year 8</label></fieldset>
<button>Save</button></form>
<details><summary>More</summary><a href="/more">More of it</a></details>
</main><script src="/script.js"></script>"""
STYLE = "a, button, input, summary { display: inline-block; min-height: 28px; min-width: 28px }"
SCRIPT = "document.getElementById('said').textContent = 'Maths'"
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:"
FILES = {
    "/style.css": ("text/css", STYLE),
    "/script.js": ("text/javascript", SCRIPT),
}


def site(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
    """A school's page of today, whose body is what a test asked for in its path."""
    path = environ["PATH_INFO"].encode("latin-1").decode()
    kind, text = FILES.get(path, ("text/html; charset=utf-8", HEAD + (BODIES.get(path) or GOOD)))
    status = {"/missing": "404 Not Found", "/broken": "500 Internal Server Error"}.get(path)
    start(status or "200 OK", [("Content-Type", kind), ("Content-Security-Policy", POLICY)])
    return [text.encode()]


BODIES = {
    "/contrast": '<main><h1>Today</h1><p><a href="/" id="pale">Lessons</a></p></main>'
    '<link rel="stylesheet" href="/pale.css">',
    "/picture": '<main><h1>Today</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>',
    "/small": "<main><h1>Today</h1><p>"
    '<button class="tiny">a</button><button class="tiny">b</button></p></main>'
    '<link rel="stylesheet" href="/tiny.css">',
    "/outside": "<main><h1>Today</h1></main><script src='http://cdn.example:9/x.js'></script>",
    "/inline": "<main><h1>Today</h1></main><script>alert('hello')</script>",
    "/styled": "<main><h1 style='color: red'>Today</h1></main>",
    "/throws": "<main><h1>Today</h1></main><script src='/throws.js'></script>",
    "/lacks": "<main><h1>Today</h1></main><script src='/missing'></script>",
    "/wide": "<main><h1>Today</h1><p class='wide'>Lessons</p></main>"
    "<link rel='stylesheet' href='/wide.css'>",
    "/unseen": "<a href='/1' id='one'>One</a> <a href='/2' id='two'>Two</a>"
    "<link rel='stylesheet' href='/unseen.css'>",
    "/offstage": "<a href='/1' id='one'>One</a> <a href='/2' id='two'>Two</a>"
    "<link rel='stylesheet' href='/offstage.css'>",
    "/trap": "<a href='/1' id='one'>One</a> <input id='two' aria-label='Two'> "
    "<input id='three' aria-label='Three'><script src='/trap.js'></script>",
    "/cornered": "<a href='/1' id='one'>One</a> <input id='two' aria-label='Two' autofocus> "
    "<a href='/3' id='three'>Three</a><script src='/cornered.js'></script>",
    "/eager": "<a href='/1' id='one'>One</a> <input id='two' aria-label='Two' autofocus> "
    "<a href='/3' id='three'>Three</a>",
}
FILES |= {
    "/pale.css": ("text/css", "#pale { color: #bbb; background: #fff }"),
    "/tiny.css": ("text/css", "button.tiny { all: unset; width: 9px; min-width: 0; height: 9px }"),
    "/throws.js": ("text/javascript", "timetable.lessons()"),
    "/wide.css": ("text/css", ".wide { width: 600px }"),
    "/unseen.css": ("text/css", "#two:focus { outline: none }"),
    "/offstage.css": ("text/css", "#two { position: absolute; left: -999px }"),
    "/trap.js": (
        "text/javascript",
        "three.onkeydown = e => { if (e.key == 'Tab') { two.focus(); e.preventDefault() } }",
    ),
    "/cornered.js": (
        "text/javascript",
        "two.onkeydown = e => { if (e.key == 'Tab') e.preventDefault() }",
    ),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(site) as url:
        yield url


def seen(browser: Browser, url: str, **how: Any) -> str:
    """What a page fails with that somebody only looks at; nothing: it's all right."""
    try:
        with browser.page(**how) as page:
            page.goto(url)
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("width", "scheme", "javascript"),
    [("phone", "light", True), ("desktop", "dark", False), ("phone", "dark", False)],
)
def test_a_page_is_as_wide_and_as_dark_as_asked_and_runs_scripts_if_asked(
    browser: Browser, url: str, width: Any, scheme: Any, javascript: bool
) -> None:
    with browser.page(width, scheme, javascript=javascript) as page:
        page.goto(url)
        assert page.evaluate("innerWidth") == (360 if width == "phone" else 1280)
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (
            scheme == "dark"
        )
        assert page.inner_text("#said") == ("Maths" if javascript else "No lessons now")


def test_each_page_is_a_stranger_s(browser: Browser, url: str) -> None:
    with browser.page() as page:
        page.goto(url)
        page.evaluate("document.cookie = 'who=ms-clark'")
    with browser.page() as page:
        page.goto(url)
        assert page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/outside", "it asked another host: http://cdn.example:9/x.js"),
        ("/inline", "the console says: Executing inline script violates"),
        ("/styled", "the console says: Applying inline style violates"),
        ("/broken", "/broken answered 500"),
    ],
)
def test_what_goes_wrong_behind_a_page_fails_with_or_without_javascript(
    browser: Browser, url: str, path: str, fault: str, javascript: bool
) -> None:
    said = seen(browser, url + path, javascript=javascript)
    assert (fault in said) == (javascript or path not in ("/outside", "/inline")), said


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/throws", "a script failed: timetable is not defined"),
        ("/lacks", "/missing answered 404"),
    ],
)
def test_what_scripts_do_wrong_fails(browser: Browser, url: str, path: str, fault: str) -> None:
    assert fault in seen(browser, url + path)


def test_what_goes_well_does_not_fail(browser: Browser, url: str) -> None:
    assert seen(browser, url) == ""
    assert seen(browser, f"{url}/missing") == "", "a page may say that it isn't there"


def test_every_name_leads_to_this_machine_and_only_those_named_may_be_visited(
    browser: Browser, url: str
) -> None:
    blocked = url.replace("127.0.0.1", "www.tiktok.com")
    assert seen(browser, blocked, names=["www.tiktok.com"]) == ""
    assert "it went to another host: http://www.tiktok.com" in seen(browser, blocked)


def test_a_failed_test_also_tells_what_went_wrong_behind_the_page(
    browser: Browser, url: str
) -> None:
    with pytest.raises(AssertionError) as failed, browser.page() as page:
        page.goto(f"{url}/throws")
        page.evaluate("0")
        raise AssertionError("no lessons")
    assert any("timetable is not defined" in note for note in failed.value.__notes__)


def test_axe_has_nothing_to_say_of_a_good_page(browser: Browser, url: str) -> None:
    for scheme in ("light", "dark"):
        with browser.page("phone", scheme) as page:
            page.goto(url)
            assert violations(page) == []


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/contrast", "color-contrast (serious): #pale: "),
        ("/picture", "image-alt (critical): img: "),
        ("/small", "target-size (serious): "),
        ("/unseen", "page-has-heading-one (moderate): html: "),
    ],
)
def test_axe_finds_known_faults(browser: Browser, url: str, path: str, fault: str) -> None:
    with browser.page() as page:
        page.goto(url + path)
        assert any(line.startswith(fault) for line in violations(page)), violations(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_tab_leads_through_a_good_page(browser: Browser, url: str, javascript: bool) -> None:
    with browser.page(javascript=javascript) as page:
        page.goto(url)
        assert keyboard_reaches(page) == [
            Focused('a[href="#main"]', "Skip to main content"),
            Focused("#name", "Name"),
            Focused("#day", "Day"),
            Focused("input[name=for]", "Year 7"),
            Focused("button", "Save"),
            Focused("summary", "More"),
        ]


def test_tab_begins_at_the_beginning_wherever_a_page_puts_its_focus(
    browser: Browser, url: str
) -> None:
    with browser.page() as page:
        page.goto(f"{url}/eager")
        assert [each.name for each in keyboard_reaches(page)] == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/unseen", "#two does not show that it has the focus"),
        ("/offstage", "#two has the focus where nobody sees it"),
        ("/trap", "Tab does not get past #three"),
        ("/cornered", "Tab does not get past #two"),
        ("/cornered", "Tab never leads to #three"),
    ],
)
def test_what_a_keyboard_cannot_do_fails(browser: Browser, url: str, path: str, fault: str) -> None:
    with browser.page() as page:
        page.goto(url + path)
        with pytest.raises(AssertionError, match=fault):
            keyboard_reaches(page)


def test_a_page_weighs_what_came_over_the_wire(browser: Browser, url: str) -> None:
    with browser.page() as page:
        weighed = weight(page, url)
    bodies = len(HEAD + GOOD + STYLE + SCRIPT)
    assert bodies + 100 < weighed < bodies + 2000


def test_a_page_that_is_too_wide_for_a_phone_is_found(browser: Browser, url: str) -> None:
    def wider(page: Page, path: str) -> int:
        page.goto(url + path)
        return sideways(page)

    with browser.page("phone") as page:
        assert wider(page, "/") == 0
        assert wider(page, "/wide") > 200


def test_a_screenshot_is_a_picture(browser: Browser, url: str, tmp_path: Path) -> None:
    with browser.page("phone", "dark") as page:
        page.goto(url)
        picture = screenshot(page, tmp_path / "today.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_programs_that_are_missing_skip_a_test_at_a_desk_and_fail_it_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt install chromium"):
        program("chromium")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt install chromium"):
        program("chromium")


def test_ci_installs_every_program() -> None:
    run = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(PACKAGES.values()) <= set(run.replace('"', " ").split())
    assert os.access(CHECKOUT / ".ci" / "run", os.X_OK)
