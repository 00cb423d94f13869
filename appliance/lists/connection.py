"""A connection that goes only where it may, and that comes to an end in time.

httpcore asks a Dialler for every connection. The Dialler looks the name up itself, judges each of
its addresses, and connects to one that it judged: a name that answers differently the second time
(DNS rebinding) gains nothing. TLS goes on checking the certificate against the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from appliance.domains import shorten
from appliance.endpoint import Address
from appliance.errors import ListError

LookUp = Callable[[str, int], Iterable[str]]
Origin = tuple[str, int]  # host and port

BLINK_SECONDS = 0.05  # a wait for the end may wake a little before it
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291 §2.4: all that is in use so far
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4, as a network of IPv6 only sees it


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as this box's own resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def is_public(address: Address) -> bool:
    """True where anybody on the internet would come to the same machine."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inner = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if inner:
        return is_public(inner)  # an inner address in IPv6 clothes stays an inner address
    return address in GLOBAL_UNICAST and address.is_global


class Deadline:
    """The moment by which everything is over, whatever a server does to spin it out."""

    def __init__(self, total_seconds: float, idle_seconds: float) -> None:
        self.total_seconds = total_seconds
        self.idle_seconds = idle_seconds
        self._end = time.monotonic() + total_seconds

    def patience(self) -> float:
        """How many seconds the next step may take; ListError where none are left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.missed()
        return min(left, self.idle_seconds)

    def missed(self) -> ListError:
        """Why we gave up: it took too long in all, or nothing came for too long."""
        if time.monotonic() >= self._end - BLINK_SECONDS:
            return ListError(
                f"the list was not here after {self.total_seconds:g} seconds: the server is too "
                "slow, or means harm"
            )
        return ListError(f"the server sent nothing for {self.idle_seconds:g} seconds")


class Dialler(httpcore.NetworkBackend):
    """Connects to public addresses, and to the one origin that it was given leave for."""

    def __init__(self, deadline: Deadline, leave: Origin | None, look_up: LookUp) -> None:
        self.deadline = deadline
        self.leave = leave
        self.look_up = look_up
        self.tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self.addresses(host, port)
        for address in others:
            try:
                return self._connect(address, port)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # such as IPv6 on a network that has none
        return self._connect(last, port)

    def addresses(self, host: str, port: int) -> list[str]:
        """Every address of a host; ListError if it has none, or a single one we may not visit."""
        try:
            found = list(dict.fromkeys(self.look_up(host, port)))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise ListError(
                f"the name {shorten(host)} could not be found (no internet, or no answer from DNS)"
            )
        for address in found:
            self._judge(host, port, address)
        return found

    def _judge(self, host: str, port: int, text: str) -> None:
        if (host, port) == self.leave:
            return
        if not is_public(ipaddress.ip_address(text.partition("%")[0])):
            raise ListError(
                f"{shorten(host)} is not on the internet (its address is {text}): a public list "
                "never comes from inside a network"
            )

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        return _Stream(self.tcp.connect_tcp(address, port, self.deadline.patience()), self.deadline)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline: no drip of bytes can hold it open."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.patience())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.patience())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        patience = self.deadline.patience()
        return _Stream(self.stream.start_tls(ssl_context, server_hostname, patience), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
