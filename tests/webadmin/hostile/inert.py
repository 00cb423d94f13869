"""What no answer of ours may do, whatever was sent: run a stranger's words, tell of the machine
inside, or come without the headers that keep a browser in bounds."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.webadmin.premises import Premises

EVIL: Final = "evil.example"  # where hostile words would lead
_LINKS: Final = {"href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href"}
_SCHEMES: Final = {"", "http", "https", "tel", "mailto", "sms"}
_NEVER: Final = {"base", "style", "iframe", "frame", "object", "embed", "applet", "math", "marquee"}
_INSIDE: Final = (
    "Traceback", "site-packages", "werkzeug", "sqlite", "OperationalError", "/home/", "/usr/",
    ".py:", "jinja", "SECRET_KEY",
)  # fmt: skip
_TELLS_WHERE: Final = "/health"  # which disk is full: the network manager's page alone
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STRICT: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        self.faults += list(_faults_of(tag, facts))
        self._in_script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.faults.append(f"a script with words in it: {data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def _faults_of(tag: str, facts: dict[str, str]) -> Iterator[str]:
    if tag in _NEVER:
        yield f"<{tag}>"
    if tag == "script" and not facts.get("src", "").startswith(("/assets/", "/bellgate/assets/")):
        yield f"<script> that is none of ours: {facts}"
    if tag == "meta" and "http-equiv" in facts:
        yield f"<meta>: {facts}"
    for name, value in facts.items():
        if name.startswith("on") or name in ("style", "srcdoc"):
            yield f"<{tag} {name}={value[:80]}>"
        if name in _LINKS:
            yield from _faults_of_link(tag, value)


def _faults_of_link(tag: str, link: str) -> Iterator[str]:
    if tag == "img" and link.startswith("data:image/"):
        return
    parts = urlsplit(link)
    if parts.scheme.lower() not in _SCHEMES:
        yield f"<{tag}> to {link[:80]}"
    if link.startswith(("//", "/\\", "\\")) or EVIL in parts.netloc:
        yield f"<{tag}> to {link[:80]}"


def live_markup(page: str) -> list[str]:
    """All in a page that runs, loads or leads elsewhere, and is none of ours."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.faults


def assert_safe(answer: TestResponse, school: Premises, *, secure: bool = False) -> None:
    """Of any answer of either application."""
    is_staff = answer.request.environ.get("for staff", False)
    assert answer.status_code < 500, (answer.status, answer.text[:300])
    head = answer.headers
    for name, value in _ALWAYS.items():
        assert head.get(name) == value, (name, head.get(name))
    policy = head["Content-Security-Policy"]
    assert all(rule in policy for rule in _STRICT) and "unsafe" not in policy, policy
    assert head["Referrer-Policy"] in ("same-origin", "strict-origin", "no-referrer")
    if not answer.request.path.startswith("/assets/") or answer.status_code != 200:
        assert head["Cache-Control"] == "no-store", head["Cache-Control"]
    if is_staff:
        assert head["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in policy
    if secure:
        assert head["Strict-Transport-Security"].startswith("max-age=")
    for cookie in head.getlist("Set-Cookie"):
        assert is_staff, "the counter knows no cookie"
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie, cookie
        assert ("Secure" in cookie) == secure == cookie.startswith("__Host-bellgate="), cookie
    assert_leads_nowhere(head.get("Location", "/"))
    text = answer.get_data(as_text=True) if _is_text(answer) else ""
    assert not [word for word in _INSIDE if word in text], text[:500]
    if not answer.request.path.startswith(_TELLS_WHERE):
        assert str(school.folder) not in text and str(school.folder) not in str(head)
    if answer.mimetype == "text/html":
        assert live_markup(text) == []
    else:
        assert answer.mimetype not in ("image/svg+xml", "application/xml") or is_asset(answer)


def is_asset(answer: TestResponse) -> bool:
    return "/assets/" in answer.request.path


def assert_leads_nowhere(location: str) -> None:
    parts = urlsplit(location)
    assert not location.startswith(("//", "/\\")) and "\r" not in location and "\n" not in location
    assert EVIL not in parts.netloc and parts.scheme in ("", "http", "https"), location


def _is_text(answer: TestResponse) -> bool:
    kind = answer.mimetype or ""
    return kind.startswith("text/") or "json" in kind
