"""Everything outside: an upstream in our own loop, whose answers are of all honest kinds."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from struct import pack
from typing import Final, Self
from zlib import crc32

from appliance.endpoint import Endpoint

PUBLIC: Final = bytes((93, 184, 215, 14))
PUBLIC6: Final = bytes.fromhex("26062800021fcb07682080daaf6b8b2c")
PRIVATE: Final = bytes((10, 0, 0, 9))
TO_QUESTION: Final = b"\xc0\x0c"
OPT: Final = b"\0" + pack("!HHIH", 41, 1232, 0, 0)
SOA: Final = TO_QUESTION + pack("!HHIH", 6, 1, 900, 24) + b"\xc0\x0c\xc0\x0c" + bytes(20)
LONG_TXT: Final = b"".join(
    TO_QUESTION + pack("!HHIH", 16, 1, 300, 201) + b"\xc8" + b"x" * 200 for _ in range(12)
)
TO_TIKTOK: Final = TO_QUESTION + pack("!HHIH", 5, 1, 300, 16) + b"\3cdn\6tiktok\3com\0"


class World:
    """Answers at once: an address, no data, no such name, an alias that leads to a refused name,
    an address of inside, something long, a failure. Which one, the name decides."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.socket = socket.socket(type=socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        self.loop.add_reader(self.socket, self._answer)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.remove_reader(self.socket)
        self.socket.close()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(ipaddress.IPv4Address("127.0.0.1"), self.socket.getsockname()[1])

    def _answer(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(32):
                message, whence = self.socket.recvfrom(2048)
                self.socket.sendto(answer_to(message), whence)


def answer_to(message: bytes) -> bytes:
    end = 12
    while message[end]:
        end += message[end] + 1
    end += 5
    qtype = message[end - 4] << 8 | message[end - 3]
    rcode, answers, authorities, records = _records(qtype, crc32(message[12:end]) % 32)
    opt = OPT if message[11] else b""
    counts = pack("!5H", 0x8180 | rcode, 1, answers, authorities, 1 if opt else 0)
    return message[:2] + counts + message[12:end] + records + opt


def _records(qtype: int, dice: int) -> tuple[int, int, int, bytes]:
    if dice == 0:
        return 2, 0, 0, b""
    if dice in (1, 2):
        return 3, 0, 1, SOA
    if dice == 3:
        return 0, 1, 0, TO_TIKTOK
    if qtype == 1:
        address = PRIVATE if dice == 4 else PUBLIC
        return 0, 1, 0, TO_QUESTION + pack("!HHIH", 1, 1, 300, 4) + address
    if qtype == 28:
        return 0, 1, 0, TO_QUESTION + pack("!HHIH", 28, 1, 300, 16) + PUBLIC6
    if qtype == 16:
        return 0, 12, 0, LONG_TXT
    return 0, 0, 1, SOA
