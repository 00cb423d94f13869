"""Questions again and again until the answers are right: how long a server was away."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from itertools import count

from tests.speed.process import LOOPBACK, Process, tail

NXDOMAIN = 3
EVERY = 0.002
PATIENCE = 90.0


def is_refused(port: int, name: str, number: int = 1, *, wait: float = 1.0) -> bool | None:
    """Whether the server refuses the name's address: NXDOMAIN, 0.0.0.0 or no address at all. None
    where it gives no answer to go by."""
    header = (number & 0xFFFF).to_bytes(2, "big") + bytes.fromhex("0100 0001 0000 0000 0000")
    labels = b"".join(len(part).to_bytes(1, "big") + part.encode() for part in name.split("."))
    message = header + labels + b"\0" + bytes.fromhex("0001 0001")
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(wait)
        udp.connect((LOOPBACK, port))
        try:
            udp.send(message)
            answer = udp.recv(4096)
        except (TimeoutError, ConnectionRefusedError):
            return None
    if answer[:2] != message[:2] or not answer[2] & 0x80:
        return None
    if answer[3] & 15 not in (0, NXDOMAIN):
        return None
    rcode, answers = answer[3] & 15, int.from_bytes(answer[6:8], "big")
    return rcode == NXDOMAIN or (rcode == 0 and (answers == 0 or answer[-4:] == bytes(4)))


def until_refused(process: Process, port: int, names: Sequence[str], began: float) -> float:
    """Seconds from `began` to the moment when all of these were rightly refused; some servers
    answer before they have read all of the list."""
    for name in names:
        for number in count(1):
            if is_refused(port, name, number, wait=EVERY * 10):
                break
            process.must_run()
            if time.perf_counter() - began > PATIENCE:
                said = f"{process}: {name} was not refused within {PATIENCE:.0f} s"
                raise SystemExit(f"{said}\n{tail(process.log)}")
            time.sleep(EVERY)
    return time.perf_counter() - began
