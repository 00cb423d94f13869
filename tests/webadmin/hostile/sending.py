"""Requests as no browser would write them, byte by byte where it matters."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Literal

from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

from tests.webadmin.forms import token
from tests.webadmin.premises import Premises
from tests.webadmin.public.visiting import DAN, OWN, slip_of
from webadmin.staff.session import COOKIE, HOST_COOKIE

Where = Literal["staff", "public"]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Attempt:
    """One hostile request. `raw` stands in the WSGI environment as it is."""

    name: str
    to: Where
    path: str = "/"
    method: str = "GET"
    body: bytes = b""
    kind: str = FORM
    raw: dict[str, Any] = field(default_factory=dict)
    answers: tuple[int, ...] = ()  # empty: any that is no success of a change

    def __str__(self) -> str:
        return f"{self.to}: {self.name}"


@dataclass
class Browser:
    """Somebody's cookie, and the proof for forms that goes with it."""

    cookie: str = ""
    proof: str = ""


def browser(school: Premises, login: str) -> Browser:
    """Of one who has signed in."""
    client = school.as_(login)
    proof = token(client)
    cookie = client.get_cookie(COOKIE)
    assert cookie
    return Browser(cookie.value, proof)


def slip(school: Premises, page: str = "/report") -> str:
    """A good one, for Dan's tablet."""
    return slip_of(send(school, Attempt("page", "public", f"{page}?site=www.tiktok.com")))


def send(
    school: Premises, attempt: Attempt, who: Browser | None = None, *, secure: bool = False
) -> TestResponse:
    """To the application itself, below any server that might have put it right."""
    app = school.staff if attempt.to == "staff" else school.public
    raw = {"HTTP_HOST": OWN, "REMOTE_ADDR": DAN, "HTTP_ACCEPT": "text/html", **attempt.raw}
    if who and who.cookie:
        name = HOST_COOKIE if secure else COOKIE
        raw["HTTP_COOKIE"] = "; ".join(filter(None, [f"{name}={who.cookie}",
                                                     raw.get("HTTP_COOKIE", "")]))  # fmt: skip
    builder = EnvironBuilder(
        "/", method=attempt.method, input_stream=io.BytesIO(attempt.body),
        content_type=attempt.kind if attempt.body or attempt.method != "GET" else None,
        content_length=len(attempt.body), environ_overrides=raw,
    )  # fmt: skip
    environ = builder.get_environ()
    path, _, query = attempt.path.partition("?")
    environ.update(
        {"PATH_INFO": raw.get("PATH_INFO", path), "QUERY_STRING": raw.get("QUERY_STRING", query)}
    )
    environ.update(
        {
            "REQUEST_METHOD": attempt.method,
            "wsgi.url_scheme": "https" if secure else "http",
            "for staff": attempt.to == "staff",
        }
    )
    try:
        body, status, head = run_wsgi_app(app, environ, buffered=True)
        return TestResponse(body, status, head, Request(environ))
    finally:
        environ["wsgi.input"].close()
        builder.close()
