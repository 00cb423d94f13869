"""What an HTTP request asks, RFC 8484, whichever HTTP carried it; and how long its answer is fresh.

Replies to requests that ask nothing have a status and no body: a body would only say what serves
here.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from appliance.dns.streams.desk import is_query
from appliance.dns.wire import HEADER_SIZE, Type

PATH: Final = b"/dns-query"
MEDIA_TYPE: Final = b"application/dns-message"
LONGEST_LIFETIME: Final = 86_400

Headers = list[tuple[bytes, bytes]]

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*\Z")


class Status(IntEnum):
    OK = 200
    BAD_REQUEST = 400
    FORBIDDEN = 403
    NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    CONTENT_TOO_LARGE = 413
    UNSUPPORTED_MEDIA_TYPE = 415
    HEADERS_TOO_LARGE = 431


class Refused(Exception):
    """This request has no answer; `status` is what its sender is told."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request."""

    method: bytes
    target: bytes
    media_type: bytes

    @classmethod
    def of(cls, method: bytes, target: bytes, headers: Headers) -> Request:
        """The names of `headers` are in lower case, as both of our libraries give them."""
        kinds = [value for name, value in headers if name == b"content-type"]
        media_type = kinds[0].partition(b";")[0].strip().lower() if len(kinds) == 1 else b""
        return cls(method, target, media_type)

    def client_id(self) -> str:
        """The id behind the path; Refused where nothing of ours is."""
        path = self.target.partition(b"?")[0]
        if path == PATH or path == PATH + b"/":
            return ""
        if not path.startswith(PATH + b"/"):
            raise Refused(Status.NOT_FOUND)
        client_id = path[len(PATH) + 1 :]
        if b"/" in client_id or not client_id.isascii():
            raise Refused(Status.NOT_FOUND)
        return client_id.decode("ascii").lower()

    def message(self, body: bytes, largest: int) -> bytes:
        """The DNS message that is asked; Refused where there is none."""
        if self.method == b"POST":
            if self.media_type != MEDIA_TYPE:
                raise Refused(Status.UNSUPPORTED_MEDIA_TYPE)
            message = body
        elif self.method == b"GET":
            message = _of_query(self.target.partition(b"?")[2])
        else:
            raise Refused(Status.METHOD_NOT_ALLOWED)
        if len(message) > largest:
            raise Refused(Status.CONTENT_TOO_LARGE)
        if not is_query(message):
            raise Refused(Status.BAD_REQUEST)
        return message


def _of_query(query: bytes) -> bytes:
    """dns=…, base64url without padding (§6), once; other parameters are none of our business."""
    values = [field[4:] for field in query.split(b"&") if field.startswith(b"dns=")]
    if len(values) != 1 or not _BASE64URL.match(values[0]) or len(values[0]) % 4 == 1:
        raise Refused(Status.BAD_REQUEST)
    return base64.urlsafe_b64decode(values[0] + b"=" * (-len(values[0]) % 4))


def answered(message: bytes) -> Headers:
    """The headers of an answer. Private: a proxy's other clients may be of other groups."""
    return [
        (b"content-type", MEDIA_TYPE),
        (b"content-length", b"%d" % len(message)),
        (b"cache-control", b"private, max-age=%d" % lifetime(message)),
    ]


def refused(status: Status) -> Headers:
    headers = [(b"content-length", b"0")]
    if status is Status.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"GET, POST"))
    return headers


def lifetime(message: bytes) -> int:
    """Seconds for which an answer is fresh, §5.1: its smallest TTL; without answers, what its SOA
    allows; 0 where neither is there or it can't be read."""
    try:
        return min(_lifetimes(message), default=0)
    except IndexError:
        return 0


def _lifetimes(message: bytes) -> list[int]:
    questions, answers, authorities = (
        int.from_bytes(message[at : at + 2], "big") for at in (4, 6, 8)
    )
    at = HEADER_SIZE
    for _ in range(questions):
        at = _behind_name(message, at) + 4
    found = []
    for _ in range(answers or authorities):
        at = _behind_name(message, at)
        kind = int.from_bytes(message[at : at + 2], "big")
        ttl = int.from_bytes(message[at + 4 : at + 8], "big")
        at += 10 + (message[at + 8] << 8 | message[at + 9])
        if answers:
            found.append(min(ttl, LONGEST_LIFETIME))
        elif kind == Type.SOA:
            minimum = int.from_bytes(message[at - 4 : at], "big")
            found.append(min(ttl, minimum, LONGEST_LIFETIME))
    return found


def _behind_name(message: bytes, at: int) -> int:
    while size := message[at]:
        if size >= 0xC0:
            return at + 2
        at += size + 1
    return at + 1
