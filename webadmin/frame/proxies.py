"""Who asks, and by which name: a proxy's word is taken where the school has listed that proxy.

X-Forwarded-* are words of whoever sends them. Believed from everybody, they would let a pupil pass
for another device, or for the network manager's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from appliance.endpoint import Address, Network

_FOR: Final = "HTTP_X_FORWARDED_FOR"
_PROTO: Final = "HTTP_X_FORWARDED_PROTO"
_HOST: Final = "HTTP_X_FORWARDED_HOST"
_NAMES: Final = (_FOR, _PROTO, _HOST, "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX")
_OTHERS: Final = ("HTTP_FORWARDED", "HTTP_X_REAL_IP")  # nobody below may believe these either
_PLAINLY: Final = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),  # the same computer may be elsewhere tomorrow
    ("X-Content-Type-Options", "nosniff"),
)
_NOT_HERE: Final = b"These pages are for the school's own network.\n"


def is_within(address: Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(
        address.version == one.version and address in one for one in networks
    )


def believing(app: WSGIApplication, proxies: Sequence[Network]) -> WSGIApplication:
    """The application as it is seen through these proxies, and through no other."""

    def through(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        told = {name: environ.pop(name, "") for name in (*_NAMES, *_OTHERS)}
        if is_within(read_address(environ.get("REMOTE_ADDR", "")), proxies):
            environ.update(_as_told(told, proxies))
        return app(environ, start)

    return through


def within(app: WSGIApplication, networks: Sequence[Network]) -> WSGIApplication:
    """The application for askers of these networks; others hear that it is not for them."""

    def guarded(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if is_within(read_address(environ.get("REMOTE_ADDR", "")), networks):
            return app(environ, start)
        start("403 Forbidden", [*_PLAINLY, ("Content-Length", str(len(_NOT_HERE)))])
        return [_NOT_HERE]

    return guarded


def _as_told(told: dict[str, str], proxies: Sequence[Network]) -> WSGIEnvironment:
    """What one trusted proxy says. It adds its words on the right; those on the left came with the
    request, and anybody may have written them."""
    environ: WSGIEnvironment = {}
    client = _client(told[_FOR], proxies)
    if client:
        environ["REMOTE_ADDR"] = str(client)
    scheme = _last(told[_PROTO]).lower()
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
        environ["SERVER_PORT"] = "443" if scheme == "https" else "80"
    if host := _last(told[_HOST]):
        environ["HTTP_HOST"] = host
    return environ


def _client(chain: str, proxies: Sequence[Network]) -> Address | None:
    """The right-most address that is no proxy of ours; where all are, the first of them."""
    nearest = None
    for text in reversed(chain.split(",")):
        address = read_address(text.strip())
        if address is None:
            return nearest  # what stands further left, nobody we trust has seen
        nearest = address
        if not is_within(address, proxies):
            return address
    return nearest


def _last(values: str) -> str:
    return values.rpartition(",")[2].strip()


def read_address(text: str) -> Address | None:
    """An address as servers and proxies write it: some put brackets around, or a port behind."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
