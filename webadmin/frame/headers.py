"""What every answer says to the browser: our own files alone, in a frame only where we mean it.

A strict policy is the second line of defence: names of sites and words of strangers are shown on
these pages, and whatever slipped through the templates could still neither run nor send anything.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # Bootstrap's own marks, and charts
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A link that lets somebody in is told to nobody, not even to our own log. "no-referrer" would also
# hide where its form comes from, and over TLS a form is only taken from a page of ours.
_FROM_A_LINK: Final = "strict-origin"
_FROM_HERE: Final = "same-origin"


def add_headers(app: Flask, *, may_be_framed: bool, is_all_tls: bool) -> None:
    """`may_be_framed`: a refused advertisement or video is a frame, and its page shows in it.
    `is_all_tls`: there are no public pages on a plain port. Where there are, they have the same
    name, and a browser that was told to insist on TLS would never reach them again."""
    ancestors = "*" if may_be_framed else "'none'"
    rules = _POLICY | {"frame-ancestors": ancestors}
    policy = "; ".join(f"{what} {where}" for what, where in rules.items())

    def finish(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        is_link = "token" in (request.view_args or {})
        response.headers.setdefault("Referrer-Policy", _FROM_A_LINK if is_link else _FROM_HERE)
        response.headers.setdefault("Content-Security-Policy", policy)
        # what a shared computer keeps of these pages, the next one at it could read
        response.headers.setdefault("Cache-Control", "no-store")
        if not may_be_framed:
            response.headers.setdefault("X-Frame-Options", "DENY")
        if not may_be_framed or request.is_secure:
            # under a stranger's name over plain HTTP browsers ignore it, and complain
            response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if request.is_secure and is_all_tls:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    app.after_request(finish)
