"""In a network of its own: a box, and people who ask it from public addresses.

Run by test_strangers.py through unshare(1), since nobody else should see such addresses here.
Prints one JSON object: what each of them heard by datagram and by stream.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

from tests.journeys.asking import query
from tests.journeys.running import Device, running
from tests.upstream import Upstream

SIOCSIFADDR, SIOCSIFFLAGS = 0x8916, 0x8914  # linux/sockios.h: what ip(8) does, where there is none
UP = 0x1
STRANGER, INVITED, LISTED = "198.51.100.7", "203.0.113.7", "198.51.100.9"
SETTINGS = '[dns]\nnetworks = ["203.0.113.0/24"]\n'


def main() -> None:
    give_addresses()
    folder = Path(sys.argv[1])
    placed = f'\n[devices.at-home]\ngroup = "staff"\naddresses = ["{LISTED}"]\n'
    policy = Path(sys.argv[2]).read_text(encoding="utf-8") + placed
    with Upstream() as up:
        with running(folder, upstreams=[up.plain], appliance=SETTINGS, policy=policy) as box:
            heard = {by: _hears(box.device(by)) for by in (STRANGER, INVITED, LISTED)}
            print(json.dumps(heard | {"asked": len(up.asked)}))


def give_addresses() -> None:
    """127.0.0.1 and the others, all on the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        _set(sock, "lo", SIOCSIFFLAGS, struct.pack("h", UP))
        for number, address in enumerate((STRANGER, INVITED, LISTED)):
            where = struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(address))
            _set(sock, f"lo:{number}", SIOCSIFADDR, where)


def _set(sock: socket.socket, name: str, request: int, value: bytes) -> None:
    fcntl.ioctl(sock, request, struct.pack("16s24s", name.encode(), value))


def _hears(device: Device) -> list[str]:
    datagram = device.try_to_ask("www.bbc.example", seconds=1)
    size = len(datagram.message) if datagram else 0
    try:
        stream = device.ask_by_tcp("www.bbc.example").rcode
    except (AssertionError, ConnectionError):
        stream = "nothing"
    longest = len(query("www.bbc.example"))
    amplifies = "amplified" if size > longest and datagram and not datagram.answers else ""
    return [datagram.rcode if datagram else "nothing", stream, amplifies]


if __name__ == "__main__":
    main()
