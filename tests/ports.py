"""Ports that nobody else in a test run is given."""

from __future__ import annotations

import random
import socket

BELOW_EPHEMERAL = range(20_000, 32_000)  # where no kernel puts a socket by itself


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free for datagrams and for streams at this moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in random.SystemRandom().sample(BELOW_EPHEMERAL, 100):
        with socket.socket(family, socket.SOCK_DGRAM) as udp, socket.socket(family) as tcp:
            try:
                udp.bind((host, port))
                tcp.bind((host, port))
            except OSError:
                continue
            return port
    raise AssertionError("a hundred ports, and none of them free")
