"""DNS over HTTPS, RFC 8484, at /dns-query and /dns-query/CLIENT: which HTTP it is, ALPN says.

serve_https(sock, desk, loop, limits, encrypted) -> SecureDoor

Imported only where it is configured: h2 and h11 cost 40 ms and 2 MB.
"""

from __future__ import annotations

import asyncio
import socket

from appliance.config import Encrypted
from appliance.dns.streams.certificate import Certificate
from appliance.dns.streams.desk import Desk, Seat
from appliance.dns.streams.door import Talk
from appliance.dns.streams.http1 import Http1
from appliance.dns.streams.http2 import Http2
from appliance.dns.streams.limits import Limits
from appliance.dns.streams.tls import SecureDoor, SecureGuest

PROTOCOLS = ("h2", "http/1.1")


def serve_https(
    sock: socket.socket,
    desk: Desk[Seat],
    loop: asyncio.AbstractEventLoop,
    limits: Limits,
    encrypted: Encrypted,
) -> SecureDoor:
    """Answer on a listening socket until the door is closed; CertificateError before it opens."""

    def begin(guest: SecureGuest) -> Talk:
        if guest.protocol == "h2":
            return Http2(guest, desk, limits)
        return Http1(guest, desk, limits)

    return SecureDoor(sock, loop, limits, Certificate(encrypted, PROTOCOLS), begin)
