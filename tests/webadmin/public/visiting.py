"""Visitors of the counter: whoever holds a device, under whatever name the page was called by."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from tests.school import DOCUMENT, RULES
from tests.webadmin.premises import Premises

OWN = "filter.bellgate.sch.uk"
DAN = "10.20.3.7"  # a pupil's tablet
EVE = "10.20.3.8"  # a neighbour of his
MS_CLARK = "10.10.1.2"
VISITOR = "192.0.2.7"
POLICY = (
    DOCUMENT.replace(
        'domains = ["bellgate.sch.uk"]',
        f'domains = ["bellgate.sch.uk"]\nappliance = "{OWN}"\ncontact = "Mrs Owen, Room 4"',
    )
    + """
[[rule]]
id = "music-at-break"
groups = ["pupils"]
target = ["service:soundcloud"]
when = ["break"]
action = "allow"
clause = "6.3"

[[rule]]
id = "no-music"
groups = ["pupils"]
target = ["service:soundcloud"]
when = "always"
action = "block"
clause = "6.2"
says = "Music waits until break."

[[ban]]
id = "ban-1"
device = "eves-laptop"
from = 2026-11-24T08:00:00
until = 2026-12-01T08:00:00
reason = "Eve tried a VPN four times"
approved_by = ["Mrs Owen"]

[devices.eves-laptop]
group = "pupils"
addresses = ["10.20.3.9"]

[devices.macs-tablet]
group = "staff"
macs = ["02:00:5e:10:00:01"]
"""
    + RULES
)
BANNED = "10.20.3.9"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
SLIP = re.compile(r'name="slip" value="([^"]+)"')


def call(
    school: Premises,
    path: str = "/",
    host: str = OWN,
    *,
    by: str = DAN,
    method: str = "GET",
    form: dict[str, Any] | None = None,
    **headers: str,
) -> TestResponse:
    """One request. `headers`: Accept="image/png", Sec_Fetch_Site="cross-site"; and PATH_INFO, for
    a path that no client of ours would write."""
    raw = {name: value for name, value in headers.items() if name == "PATH_INFO"}
    given = {f"HTTP_{name.upper()}": headers[name] for name in headers.keys() - raw.keys()}
    given.setdefault("HTTP_ACCEPT", HTML)
    builder = EnvironBuilder(
        path,
        method=method,
        data=form,
        environ_overrides={"HTTP_HOST": host, "REMOTE_ADDR": by, **given, **raw},
    )
    environ = builder.get_environ()
    try:
        body, status, head = run_wsgi_app(school.public, environ, buffered=True)
        return TestResponse(body, status, head, Request(environ))
    finally:
        environ["wsgi.input"].close()  # a large form lies in a file
        builder.close()


def slip_of(page: TestResponse) -> str:
    found = SLIP.search(page.text)
    assert found, page.text
    return found[1]


def send(
    school: Premises, path: str, form: dict[str, Any], *, page: str = "", **how: Any
) -> TestResponse:
    """Fill a form in, as a browser would: fetch its page first, send it from there."""
    host = how.get("host", OWN)
    opened = call(school, page or path, **how)
    how.setdefault("Origin", f"http://{host}")
    return call(school, path, method="POST", form={"slip": slip_of(opened), **form}, **how)
