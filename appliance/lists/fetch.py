"""One address on the web → one file, or one sentence that says why not.

A server may be broken, taken over or spiteful. So what is not expressly expected is refused: other
addresses than public ones, redirects without end or away from https, bodies too large, too slow,
cut short or of the wrong kind. No cookies, no credentials, no proxy unless one is configured.
"""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpcore
import httpx

from appliance.disk import to_disk
from appliance.domains import shorten
from appliance.errors import ListError
from appliance.lists.connection import Deadline, Dialler, LookUp, Origin, look_up
from appliance.lists.packing import megabytes, unpacked

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0: the server doesn't say)

USER_AGENT = "Bellgate"  # no version, no school, no serial number
PORTS = {"http": 80, "https": 443}
MOVED = (301, 302, 303, 307, 308)
NOT_A_LIST = {  # by the beginning of a content type
    "text/html": "a web page",
    "application/xhtml": "a web page",
    "image/": "a picture",
    "video/": "a film",
    "audio/": "a sound",
    "application/pdf": "a PDF document",
}
REFUSALS = {
    401: "the server asks for a password",
    403: "the server refuses to hand the list out",
    404: "the server has no list at this address",
    410: "the list has been withdrawn",
    429: "the server asks us to come less often",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one download may cost."""

    largest_bytes: int = 200_000_000  # the largest public list in use is 90 MB of text
    total_seconds: float = 900
    idle_seconds: float = 30
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Marks:
    """By which a server tells whether a list has changed (RFC 9110 §8.8)."""

    etag: str = ""
    last_modified: str = ""

    def conditions(self) -> dict[str, str]:
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {header: mark for header, mark in asked.items() if mark}


@dataclass(frozen=True, slots=True)
class Road:
    """How we get to the servers, and how much that may cost."""

    limits: Limits = Limits()
    proxy: str = ""  # then it looks the names up, and it is the only address we connect to
    look_up: LookUp = look_up


NO_MARKS = Marks()
OPEN_ROAD = Road()


def fetch(
    address: str,
    target: Path,
    *,
    marks: Marks = NO_MARKS,
    is_private: bool = False,
    road: Road = OPEN_ROAD,
    progress: Progress = lambda done, total: None,
) -> Marks | None:
    """Put the list at `address` into `target`; None where it is still the one of `marks`.

    A private source is one that the school runs itself: its own host and port may be anywhere.
    """
    deadline = Deadline(road.limits.total_seconds, road.limits.idle_seconds)
    url = _web_address(address)
    dialler = Dialler(deadline, _leave(url, is_private, road.proxy), road.look_up)
    with _sentences(deadline), _pool(dialler, road.proxy) as pool:
        for _ in range(road.limits.redirects + 1):
            if road.proxy:
                _refuse_literal(dialler, url)
            with pool.stream("GET", _spelled(url), headers=_headers(url, marks)) as response:
                headers = httpx.Headers(response.headers)
                if response.status in MOVED:
                    url = _next_address(url, headers)
                    continue
                if response.status == 304 and marks.conditions():
                    return None
                _refuse_status(response.status)
                _refuse_kind(headers)
                body = _body(response, headers, road.limits.largest_bytes, progress)
                _write(_not_a_page(body), target)
                return Marks(headers.get("etag", ""), headers.get("last-modified", ""))
    raise ListError(f"the server sends us on and on: more than {road.limits.redirects} redirects")


def _web_address(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as fault:
        raise ListError(f"{shorten(text)} is not a web address") from fault
    if not _is_web(url):
        raise ListError(f"{shorten(text)} is not a web address: https://… is what would do")
    return url


def _is_web(url: httpx.URL) -> bool:
    return url.scheme in PORTS and bool(url.host) and "%" not in url.host


def _next_address(url: httpx.URL, headers: httpx.Headers) -> httpx.URL:
    """Where a redirect leads, if we may go there; the Dialler judges its addresses later."""
    location = headers.get("location", "")
    try:
        following = url.join(location)
    except (httpx.InvalidURL, ValueError) as fault:
        raise ListError("the server sends us to something that is no web address") from fault
    if not location or not _is_web(following):
        raise ListError(
            f"the server sends us to {shorten(location) or 'nowhere'}, which is no web address"
        )
    if url.scheme == "https" and following.scheme == "http":
        raise ListError(
            f"the server sends us to {shorten(following.host)} without encryption: anybody on the "
            "way could change the list"
        )
    return following


def _leave(url: httpx.URL, is_private: bool, proxy: str) -> Origin | None:
    """The one origin that may lie inside a network: the proxy, or a private source's own."""
    if proxy:
        return _origin(_web_address(proxy))
    return _origin(url) if is_private else None


def _origin(url: httpx.URL) -> Origin:
    return url.raw_host.decode("ascii"), url.port or PORTS[url.scheme]


def _refuse_literal(dialler: Dialler, url: httpx.URL) -> None:
    """Through a proxy we look no name up, but a bare address can be judged all the same."""
    host, port = _origin(url)
    if ":" in host or host.rpartition(".")[2].isdigit():
        dialler.addresses(host, port)


@functools.cache  # 0.1 s of a Pi, and one job fetches a dozen lists
def _certificates() -> ssl.SSLContext:
    """The authorities that httpx ships, and the box's own: a school may have one itself."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _pool(dialler: Dialler, proxy: str) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=_certificates(),
        network_backend=dialler,
        proxy=httpcore.Proxy(proxy) if proxy else None,
    )


def _spelled(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _headers(url: httpx.URL, marks: Marks) -> list[tuple[str, str]]:
    """All that a server learns of us; httpcore adds nothing."""
    return [
        ("Host", url.netloc.decode("ascii")),
        ("User-Agent", USER_AGENT),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip"),
        *marks.conditions().items(),
    ]


def _refuse_status(status: int) -> None:
    if status == 200:
        return
    said = REFUSALS.get(status)
    if said is None and status >= 500:
        said = "the server has a fault of its own"
    raise ListError(f"{said or 'the server did not send the list'} (answer {status})")


def _refuse_kind(headers: httpx.Headers) -> None:
    kind = headers.get("content-type", "").strip().lower()
    for beginning, what in NOT_A_LIST.items():
        if kind.startswith(beginning):
            raise ListError(f"the server sent {what} instead of a list")


def _body(
    response: httpcore.Response, headers: httpx.Headers, largest_bytes: int, progress: Progress
) -> Iterator[bytes]:
    """The decoded body. Both what arrives and what comes out of it are counted: a megabyte of gzip
    can hold a gigabyte, and a gigabyte of it can hold nothing."""
    length = headers.get("content-length", "")
    total = int(length) if length.isdecimal() else 0
    arriving = _counted(response.iter_stream(), total, largest_bytes, progress)
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        yield from _counted(unpacked(arriving), 0, largest_bytes, lambda done, total: None)
    elif encoding in ("", "identity"):
        yield from arriving
    else:
        raise ListError(f"the server packed the list as {shorten(encoding)}, unasked")


def _counted(
    chunks: Iterable[bytes], total: int, largest_bytes: int, progress: Progress
) -> Iterator[bytes]:
    too_large = ListError(
        f"the list is larger than {megabytes(largest_bytes)}: no list is so large"
    )
    if total > largest_bytes:
        raise too_large
    done = 0
    for chunk in chunks:
        done += len(chunk)
        if done > largest_bytes:
            raise too_large
        progress(done, total)
        yield chunk


def _not_a_page(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The body, unless it begins as web pages do: log-in pages of networks come as text/plain."""
    has_begun = False
    for piece in pieces:
        start = piece.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start and not has_begun:
            has_begun = True
            if start.startswith(b"<"):
                raise ListError("the server sent a web page instead of a list")
        yield piece


def _write(pieces: Iterable[bytes], target: Path) -> None:
    """Beside the target first: whoever reads the target finds a whole list or none."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
        to_disk(target.parent)
    except OSError as fault:
        raise ListError(
            f"the list can't be written to {target.parent}: {fault.strerror}"
        ) from fault
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _sentences(deadline: Deadline) -> Iterator[None]:
    """What httpcore says of a connection, as a network manager would want to hear it."""
    try:
        yield
    except httpcore.TimeoutException as fault:
        raise deadline.missed() from fault
    except httpcore.ProxyError as fault:
        raise ListError(f"the proxy would not pass us on: {shorten(str(fault))}") from fault
    except httpcore.ConnectError as fault:
        raise ListError(f"no connection to the server: {_reason(fault)}") from fault
    except httpcore.NetworkError as fault:
        raise ListError("the connection broke off before the end of the list") from fault
    except httpcore.ProtocolError as fault:
        raise ListError(_broken(str(fault))) from fault


def _broken(said: str) -> str:
    """h11 says in these words what went wrong between two machines that speak HTTP."""
    if "without sending complete message" in said:
        return "the list broke off before its end"
    if "disconnected" in said:
        return "the server hung up without an answer"
    return "the server does not keep to HTTP, so its list can't be trusted"


def _reason(fault: httpcore.ConnectError) -> str:
    """The system's own words for it, or what is wrong with a certificate."""
    cause = fault.args[0] if fault.args else fault
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"it could not prove who it is ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return f"no encryption could be agreed on ({cause.reason})"
    return str(getattr(cause, "strerror", None) or cause).lower()
