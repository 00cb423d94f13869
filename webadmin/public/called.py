"""By which name we are called: our own, or that of a site that was refused and led here.

A browser that asks for http://www.tiktok.com/@x comes here with that name in its Host header, and
with any path. So under a stranger's name every path shows why it was refused, and what the page
itself needs lies under one prefix. What anybody may write into Host never reaches an address that
we make: the applications below see a name of no meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import request, url_for

from appliance.policy.model import School
from webadmin.frame.context import Context
from webadmin.frame.hosts import NO_NAME, is_own, read_host, spelled

CALLED: Final = "bellgate.called"  # in the WSGI environment
PREFIX: Final = "/bellgate"


@dataclass(frozen=True, slots=True)
class Called:
    """What stood in Host."""

    host: str  # as it stood there, for comparing
    name: str  # in its one form; empty: an address, or no name at all
    port: str
    is_own: bool
    is_refusal: bool  # whatever was asked for, the answer is why not


def called() -> Called:
    found: Called = request.environ[CALLED]
    return found


def by_any_name(app: WSGIApplication, context: Context) -> WSGIApplication:
    """The application under our own names; under all others, the page of a refused site."""

    def under_a_name(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").encode("latin-1", "replace").decode("utf-8", "replace")
        name, port = read_host(host)
        own, is_refusal = is_own(name, context), False
        if not own:
            path = environ.get("PATH_INFO", "")
            is_refusal = not path.startswith(f"{PREFIX}/")
            environ["SCRIPT_NAME"] = PREFIX
            environ["PATH_INFO"] = "/" if is_refusal else path.removeprefix(PREFIX)
        environ[CALLED] = Called(host, name, port, own, is_refusal)
        environ["HTTP_HOST"] = NO_NAME
        return app(environ, start)

    return under_a_name


def own_address(school: School, context: Context) -> str:
    """Where these pages are for everybody: "http://filter.example.sch.uk"; empty: we don't know.

    By the name that devices know this box by, else by the address that refused names lead to.
    """
    here = called()
    name = school.appliance
    if name and "." not in name and school.domains:
        name = f"{name}.{school.domains[0]}"
    if not name and here.is_own:
        name = spelled(here.host)
    if not name and context.config.dns.block_page:
        address = context.config.dns.block_page[0]
        name = f"[{address}]" if address.version == 6 else str(address)
    port = f":{here.port}" if here.port else ""
    return f"{request.scheme}://{name}{port}" if name else ""


def own_link(school: School, context: Context, endpoint: str, site: str | None = None) -> str:
    """To a page of ours. From under a stranger's name it leads to our own: when the bell rings
    while somebody writes a report, the stranger's name leads to the stranger again, and so would
    the words."""
    path = url_for(endpoint, site=site)
    address = "" if called().is_own else own_address(school, context)
    return address + path.removeprefix(PREFIX) if address else path
