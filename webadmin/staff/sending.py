"""Files that leave the box: always as a download, never as something that a browser may show."""

from __future__ import annotations

from typing import IO

from flask import Response, make_response, request
from werkzeug.wsgi import wrap_file


def download(data: bytes | IO[bytes], name: str, kind: str) -> Response:
    """Under this name, whatever is in it; a file is sent piece by piece, and closed. Should a
    browser open it all the same, it can do nothing."""
    if isinstance(data, bytes):
        response = make_response(data)
    else:
        response = Response(wrap_file(request.environ, data), direct_passthrough=True)
        response.call_on_close(data.close)
    response.headers["Content-Type"] = kind
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
