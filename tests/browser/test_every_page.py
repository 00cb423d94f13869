"""Every page of both applications, as each role comes to it, in a real browser: nobody is kept
out of it by their eyes, their phone, their keyboard, or a browser without JavaScript.

No page is named here: whatever links lead to is walked, from the first page on.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from appliance.store.office import invitations
from appliance.store.office.invitations import Kind
from appliance.store.office.office import open_office
from tests.browser.axe import violations
from tests.browser.browser import Browser, Scheme, Width, sideways
from tests.browser.keyboard import keyboard_reaches
from tests.browser.serving import serving
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises
from tests.webadmin.staff.doors import doors
from tests.webadmin.week import HERE, OWN, TODAY, a_week
from webadmin.staff.permissions import permissions
from webadmin.staff.session import COOKIE

WEIGHT = 300_000
PACKED = {"Accept-Encoding": "gzip"}
ROLES = ("clark", "owen", "shah", "north", "green")
LOOKS: tuple[tuple[Width, Scheme], ...] = (
    ("phone", "light"), ("desktop", "dark"), ("phone", "dark"), ("desktop", "light"),
)  # fmt: skip
NO_PAGE = re.compile(r"\.(csv|json|jsonl|<kind>)$|/suggestions$|/refused/new$|^/assets/")
"""What a program asks for, or a spreadsheet."""
BY_KEYBOARD = {
    "clark": ("asking.ask", "passes.passes_page"),
    "owen": ("desk.desk", "deciding.one", "cases.case", "refused.log", "triage.report"),
    "north": ("devices.devices", "health.health", "wizard.policy", "wizard.timetable"),
}


@dataclass
class Site:
    """Both applications, served, and one page of each kind that each role comes to."""

    school: Premises
    staff: str
    public: str
    found: dict[str, dict[str, str]]  # login → endpoint → path

    @contextlib.contextmanager
    def as_(
        self, browser: Browser, login: str, look: tuple[Width, Scheme], *, javascript: bool = True
    ) -> Iterator[Page]:
        cookie = self.school.as_(login).get_cookie(COOKIE)
        assert cookie
        with browser.page(*look, javascript=javascript) as page:
            page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": self.staff}])
            yield page


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.pages: list[str] = []
        self.parts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "a" and "download" not in facts and "href" in facts:
            self.pages.append(facts["href"])
        for part in (facts.get("src", ""), facts.get("href", "") if tag == "link" else ""):
            if part.startswith("/"):
                self.parts.append(part)


def walked(app: Flask, client: FlaskClient, first: list[str]) -> dict[str, str]:
    """By endpoint: the first path of it that links lead to."""
    urls, found, waiting = app.url_map.bind("localhost"), {}, list(first)
    while waiting:
        path = waiting.pop(0)
        place = urlsplit(path).path
        if urlsplit(path).netloc or not urls.test(place, "GET"):
            continue
        rule, _ = urls.match(place, "GET", return_rule=True)
        if rule.endpoint in found or NO_PAGE.search(rule.rule):
            continue
        answer = client.get(path)
        if answer.status_code == 302:
            waiting.insert(0, urljoin(path, answer.headers["Location"]))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found[rule.endpoint] = path
            waiting += [urljoin(path, link) for link in _Links(answer.text).pages]
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_week(tmp_path_factory.mktemp("school"), (TODAY,)) as school:
        north = school.as_("north")
        north.post("/set-up", data={"csrf_token": token(north)})  # another starting policy …
        send(north, "/set-up/school", name="Hope Street Primary School")
        send(north, "/set-up/policy", profile="mersey-vale")
        found = {}
        for login in ROLES:
            first = [
                "/",
                *(["/set-up/test"] if login == "north" else []),
            ]  # … is gone on with there
            found[login] = walked(school.staff, school.as_(login), first)
        with serving(school.staff) as staff, serving(school.public) as public:
            yield Site(school, staff, public, found)


def looks_of(site: Site) -> list[tuple[str, tuple[Width, Scheme], str]]:
    """Who looks at what and how: each page on a phone and at a desk, in light and in dark, by two
    of those who come to it; the desk, which is another for each, by all."""
    visits: list[tuple[str, tuple[Width, Scheme], str]] = []
    for endpoint in sorted({one for pages in site.found.values() for one in pages}):
        who = [login for login in ROLES if endpoint in site.found[login]]
        begin = len(visits) % 2 * 2
        for number in range(5 if endpoint == "desk.desk" else 2):
            login = who[number % len(who)]
            visits.append((login, LOOKS[(begin + number) % 4], site.found[login][endpoint]))
    return visits


def test_links_lead_to_every_page_that_a_role_may_see(site: Site) -> None:
    for login in ROLES:
        mine = permissions(site.school.people[login])
        pages = {
            door.rule.endpoint
            for door in doors(site.school.staff)
            if door.method == "GET" and door.needed in mine and not NO_PAGE.search(door.rule.rule)
        }
        missed = pages - site.found[login].keys()
        assert missed <= BY_NO_LINK, (login, missed)
    assert "asking.own" in site.found["clark"]


BY_NO_LINK = {
    "cases.attachment", "triage.screenshot", "asking.change", "asking.repeat", "asking.own",
    "secondstep.set_up",
}  # fmt: skip
"""Downloads, what leads on to another page, and what not everybody has one of."""


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_of_any_page(
    site: Site, browser: Browser, look: tuple[Width, Scheme]
) -> None:
    faults = []
    for login in ROLES:
        paths = [path for who, how, path in looks_of(site) if (who, how) == (login, look)]
        with site.as_(browser, login, look) as page:
            for path in paths:
                page.goto(site.staff + path)
                faults += [f"{login} {path}: {fault}" for fault in violations(page)]
                if look[0] == "phone" and sideways(page):
                    faults.append(f"{login} {path}: {sideways(page)} pixels too wide")
    assert not faults, "\n".join(faults)


def test_before_signing_in_it_is_no_different(site: Site, browser: Browser) -> None:
    with open_office(site.school.folder) as office:
        bell = site.school.people["bell"].id
        at_ms = site.school.now * 1000
        link = invitations.invite(office, bell, Kind.PASSWORD, made_by="north", at_ms=at_ms)
    paths = ("/sign-in", f"/welcome/{link}", "/first-run/gone", "/no-such-page")
    for look in (LOOKS[0], LOOKS[1]):
        with browser.page(*look) as page:
            for path in paths:
                page.goto(site.staff + path)
                assert violations(page) == [], path
                assert sideways(page) == 0, path


def test_at_the_counter_it_is_no_different(site: Site, browser: Browser) -> None:
    client = site.school.public.test_client()
    client.environ_base.update(REMOTE_ADDR=HERE, HTTP_HOST=OWN, HTTP_ACCEPT="text/html")
    found = walked(site.school.public, client, ["/", "/why?site=tiktok", "/report", "/poster"])
    assert {"home.home", "why.why", "reporting.report", "poster.poster"} <= found.keys()
    for look in (LOOKS[2], LOOKS[3]):
        with browser.page(*look) as page:
            for path in (*found.values(), "/report/find?reference=AAAA-AAAA"):
                page.goto(site.public + path)
                assert violations(page) == [], path
                assert sideways(page) == 0, path


def test_pages_with_a_script_say_the_same_without_it(site: Site, browser: Browser) -> None:
    for login in ("clark", "owen", "north"):
        client, pages = site.school.as_(login), site.found[login].values()
        scripted = [path for path in pages if "<script" in client.get(path).text]
        with (
            site.as_(browser, login, LOOKS[3]) as with_it,
            site.as_(browser, login, LOOKS[3], javascript=False) as without,
        ):
            for path in scripted:
                said = [words_of(page, site.staff + path) for page in (with_it, without)]
                assert said[1] <= said[0], (path, said[1] - said[0])


def words_of(page: Page, address: str) -> set[str]:
    page.goto(address)
    return set(page.locator("main").inner_text().split())


def test_no_page_is_heavy(site: Site) -> None:
    for login in ROLES:
        client = site.school.as_(login)
        for path in site.found[login].values():
            answer = client.get(path)
            parts = set(_Links(answer.text).parts)
            weight = len(answer.data) + sum(
                len(client.get(part, headers=PACKED).data) for part in parts
            )
            assert weight < WEIGHT, (login, path, weight)


@pytest.mark.parametrize("login", BY_KEYBOARD)
def test_a_keyboard_is_enough(site: Site, browser: Browser, login: str) -> None:
    with site.as_(browser, login, LOOKS[3]) as page:
        for endpoint in BY_KEYBOARD[login]:
            page.goto(site.staff + site.found[login][endpoint])
            assert keyboard_reaches(page)
