"""By which name the desk was called, and the addresses that it hands out."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request

from webadmin.frame.hosts import NO_NAME, is_own, read_host, spelled
from webadmin.staff import room


def under_a_name(app: WSGIApplication) -> WSGIApplication:
    """The application, with a Host that it can be asked by: nonsense there breaks every link."""

    def named(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not spelled(environ.get("HTTP_HOST", "")):
            environ["HTTP_HOST"] = NO_NAME
        return app(environ, start)

    return named


def whole_address(path: str) -> str:
    """Of a page of ours, for a message to somebody. A link that lets somebody in never leads to a
    name that is none of ours, whoever has written it into Host."""
    host = request.host
    name, port = read_host(host)
    if not is_own(name, room.context()):
        own = room.policy().school.appliance
        if not own:
            return path
        host = f"{own}:{port}" if port else own
    return f"{request.scheme}://{host}{path}"
