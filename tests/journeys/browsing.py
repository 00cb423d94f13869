"""A browser, as far as these journeys need one: one request at a time, from any address of ours."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from dataclasses import dataclass

SECONDS = 20.0  # a busy machine is no fault of the code


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]


def get(
    port: int, path: str = "/", *, by: str = "127.0.0.1", trust: ssl.SSLContext | None = None
) -> Page:
    """A page of 127.0.0.1; with `trust` over TLS. OSError where nobody answers."""
    connection: http.client.HTTPConnection
    if trust:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=SECONDS, source_address=(by, 0), context=trust
        )
    else:
        connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=SECONDS, source_address=(by, 0)
        )
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        return Page(answer.status, text, {k.lower(): v for k, v in answer.getheaders()})


def answers(port: int, trust: ssl.SSLContext | None = None) -> bool:
    """Is somebody there who makes pages?"""
    try:
        return get(port, trust=trust).status < 500
    except (OSError, http.client.HTTPException):
        return False


def words(port: int, text: bytes, by: str = "127.0.0.1") -> bytes:
    """These bytes as they are, and whatever is said to them until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), SECONDS, source_address=(by, 0)) as sock:
        sock.sendall(text)
        sock.shutdown(socket.SHUT_WR)
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while more := sock.recv(65_536):
                said += more
        return said
