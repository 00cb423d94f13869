"""The world outside, as a process that can be stopped: every name has an address of its own.

python -m tests.soak.upstream PORT
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from struct import pack
from typing import Final, Self
from zlib import crc32

from tests.console import CHECKOUT
from tests.ports import free_port

LOOPBACK: Final = "127.0.0.1"
SHORT_LIFE, LONG_LIFE = 3, 3_600  # seconds; half of the names have the one, half the other


def address_of(qname: bytes) -> bytes:
    """The one right answer, so that no other name's passes for it."""
    return b"\x5d" + crc32(qname).to_bytes(4, "big")[1:]


def life_of(qname: bytes) -> int:
    return SHORT_LIFE if crc32(qname) & 1 else LONG_LIFE


class Outside:
    """The process; it can go deaf and come back."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.upstream", str(self.port)],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        assert self.process.stdout
        self.process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def die(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def come_back(self) -> None:
        self.process.send_signal(signal.SIGCONT)


def main() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind((LOOPBACK, int(sys.argv[1])))
        print("ready", flush=True)
        while True:
            message, whence = sock.recvfrom(2048)
            sock.sendto(_answer(message), whence)


def _answer(message: bytes) -> bytes:
    end = message.index(b"\0", 12) + 5
    qname = message[12 : end - 4].lower()
    record = b"\xc0\x0c" + pack("!HHIH", 1, 1, life_of(qname), 4) + address_of(qname)
    opt = b"\0" + pack("!HHIH", 41, 1232, 0, 0) if message[11] else b""
    counts = pack("!5H", 0x8180, 1, 1, 0, 1 if opt else 0)
    return message[:2] + counts + message[12:end] + record + opt


if __name__ == "__main__":
    main()
