"""DNS over TLS, RFC 7858: the talk of tcp.py behind a certificate.

serve_tls(sock, desk, loop, limits, encrypted) -> SecureDoor
"""

from __future__ import annotations

import asyncio
import socket

from appliance.config import Encrypted
from appliance.dns.streams.certificate import Certificate
from appliance.dns.streams.desk import Desk, Seat, Visitor
from appliance.dns.streams.door import Talk
from appliance.dns.streams.limits import Limits
from appliance.dns.streams.tcp import Frames
from appliance.dns.streams.tls import SecureDoor, SecureGuest

PROTOCOLS = ("dot",)


def serve_tls(
    sock: socket.socket,
    desk: Desk[Seat],
    loop: asyncio.AbstractEventLoop,
    limits: Limits,
    encrypted: Encrypted,
) -> SecureDoor:
    """Answer on a listening socket until the door is closed; CertificateError before it opens."""

    def begin(guest: SecureGuest) -> Talk | None:
        visitor = Visitor(desk, guest.address, guest.client_id)
        return Frames(guest, visitor, limits) if visitor.seat() is not None else None

    return SecureDoor(sock, loop, limits, Certificate(encrypted, PROTOCOLS), begin)
