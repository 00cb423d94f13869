"""What a school day brings: questions from every device, and people who look at every page."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from appliance.store.office import people, sessions
from appliance.store.office.office import open_office
from appliance.store.office.roles import Role
from tests.journeys.asking import query
from tests.speed.process import LOOPBACK
from tests.webadmin.premises import let_in
from webadmin.staff.session import COOKIE

AT_ONCE: Final = 25  # questions of one device, before another one's turn
MOST_PAGES: Final = 150  # of one visit: tables lead on without end
PATIENCE: Final = 60.0
SITES: Final = ("www.tiktok.com", "www.instagram.com", "www.snapchat.com", "store.steampowered.com")
COUNTER: Final = ("/", "/why", "/why?site=www.tiktok.com", "/ask?site=www.tiktok.com", "/report")


def address(number: int) -> str:
    """Of a device of the school."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def devices(count: int, group: str) -> Iterator[str]:
    """They, as a policy has them."""
    for number in range(count):
        yield f'\n[devices.device-{number:04}]\ngroup = "{group}"\naddresses = '
        yield f'["{address(number)}"]\n'


def questions(queries: Path) -> Iterator[bytes]:
    """The school day's, over and over."""
    with gzip.open(queries, "rt") if queries.suffix == ".gz" else queries.open() as lines:
        asked = [line.split() for line in itertools.islice(lines, 100_000)]
    while True:
        for name, kind in asked:
            yield query(name, kind if kind in ("A", "AAAA", "HTTPS") else "A")


def ask(port: int, count: int, asked: Iterator[bytes], rate: int, seconds: float) -> int:
    """All devices in turns, so many questions a second; how many there were."""
    began, sent = time.monotonic(), 0
    for number in itertools.cycle(range(count)):
        if time.monotonic() - began > seconds:
            return sent
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind((address(number), 0))
            sock.connect((LOOPBACK, port))
            sock.settimeout(0.5)
            for message in itertools.islice(asked, AT_ONCE):
                sock.send(message)
            sent += AT_ONCE
            try:
                for _ in range(AT_ONCE):
                    sock.recv(65_535)
            except TimeoutError:
                pass  # turned away, or lost: what counts here is what it leaves in memory
        time.sleep(max(0.0, began + sent / rate - time.monotonic()))
    raise AssertionError("a circle has no end")


def sign_in(folder: Path, now: float) -> dict[str, str]:
    """The cookie of one who may see every page."""
    with open_office(folder) as office:
        at_ms = int(now * 1000)
        let_in(office, "shah", "Mrs Shah", set(Role), now)
        (one,) = people.everybody(office)
        token, _ = sessions.begin(office, at_ms=at_ms, person_id=one.id, roles=one.roles)
    return {COOKIE: token}


def at_the_desk(port: int, cookies: dict[str, str]) -> dict[str, int]:
    """Every page to which others lead, and what came of it."""
    found: dict[str, int] = {}
    waiting = ["/"]
    with httpx.Client(
        base_url=f"http://{LOOPBACK}:{port}", cookies=cookies, timeout=PATIENCE
    ) as browser:
        while waiting and len(found) < MOST_PAGES:
            path = waiting.pop(0)
            if path in found:
                continue
            page = browser.get(path)
            found[path] = page.status_code
            waiting += [link.replace("&amp;", "&") for link in _links(page)]
    return found


def at_the_counter(port: int) -> dict[str, int]:
    """What children and visitors meet."""
    found = {}
    with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=PATIENCE) as browser:
        for path in COUNTER:
            found[path] = browser.get(path).status_code
        for site in SITES:
            found[site] = browser.get("/", headers={"Host": site}).status_code
    return found


def _links(page: httpx.Response) -> list[str]:
    if "html" not in page.headers.get("content-type", ""):
        return [page.headers["location"]] if page.has_redirect_location else []
    return re.findall(r'(?:href|src)="(/[^"#]*)"', page.text)
