"""Files that leave the box: always as a download, never as something that a browser may show."""

from __future__ import annotations

from flask import Response, make_response


def download(data: bytes, name: str, kind: str) -> Response:
    """Under this name, whatever is in it. Should a browser open it all the same, it can do
    nothing."""
    response = make_response(data)
    response.headers["Content-Type"] = kind
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
