"""Keeps a client that floods us out of our sockets, for a second at a time.

To read and drop a datagram costs nearly as much as to answer it, and while thousands of one client
wait in a socket everybody else waits behind them. So the kernel drops them before they are queued:
a socket filter of a few instructions (SO_ATTACH_FILTER, socket(7)), which needs no rights.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from appliance.dns.seats import Seat

FLOOD: Final = 1000  # datagrams too many, within the time below: no device in earnest, nor a NAT
SHUT_SECONDS: Final = 1.0
MOST: Final = 32  # clients at once; a flood from more of them has made-up addresses
MOST_COUNTED: Final = 4096

# from <linux/filter.h>, <linux/bpf_common.h> and <asm-generic/socket.h>
_ATTACH, _DETACH = 26, 27
_LOAD, _IS, _RETURN = 0x20, 0x15, 0x06
_NETWORK: Final = 0xFFF00000  # offsets from the IP header on
_SENDER: Final = {socket.AF_INET: (12, 4), socket.AF_INET6: (8, 16)}  # where it stands, its size
_ALL: Final = 0xFFFFFFFF

Step = tuple[int, int, int, int]  # operation, steps to skip if true, if false, value


class Sieve:
    """The filters of one resolver's sockets."""

    def __init__(self, loop: asyncio.AbstractEventLoop, now: Callable[[], float]) -> None:
        self._loop = loop
        self._now = now
        self._sockets: list[socket.socket] = []
        self._counts: Counter[bytes] = Counter()
        self.shut_out: dict[bytes, Seat] = {}
        self._end: asyncio.TimerHandle | None = None

    def add(self, sock: socket.socket) -> None:
        """Watch over this socket; whoever had it before may have died with its filter on."""
        self._sockets.append(sock)
        _detach(sock)

    def note(self, seat: Seat) -> None:
        """One datagram too many from here."""
        if self._end is None:
            self._end = self._loop.call_later(SHUT_SECONDS, self.open)
        elif len(self._counts) >= MOST_COUNTED:
            self._counts.clear()
        address = seat.address
        self._counts[address] += 1
        if self._counts[address] == FLOOD and len(self.shut_out) < MOST:
            self.shut_out[address] = seat
            for sock in self._sockets:
                _attach(sock, self.shut_out)

    def open(self) -> None:
        """Listen to everybody again."""
        if self._end:
            self._end.cancel()
        self._end = None
        self._counts.clear()
        if self.shut_out:
            now = self._now()
            for seat in self.shut_out.values():
                seat.counted = now  # it was not silent of its own will: no burst is saved up
            self.shut_out.clear()
            for sock in self._sockets:
                _detach(sock)


def _attach(sock: socket.socket, addresses: Iterable[bytes]) -> None:
    at, size = _SENDER[sock.family]
    steps = [step for one in addresses if len(one) == size for step in _drop(at, one)]
    data = b"".join(struct.pack("=HBBI", *step) for step in [*steps, (_RETURN, 0, 0, _ALL)])
    memory = ctypes.create_string_buffer(data)
    program = struct.pack("@HP", len(data) // 8, ctypes.addressof(memory))
    with contextlib.suppress(OSError):  # no filter: the flood is dropped here, for more work
        sock.setsockopt(socket.SOL_SOCKET, _ATTACH, program)


def _detach(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # there is none, as nearly always
        sock.setsockopt(socket.SOL_SOCKET, _DETACH, 0)


def _drop(at: int, address: bytes) -> Iterator[Step]:
    """Compare word by word; at the first difference skip to behind the return."""
    count = len(address) // 4
    for place, (word,) in enumerate(struct.iter_unpack("!I", address)):
        yield _LOAD, 0, 0, _NETWORK + at + 4 * place
        yield _IS, 0, 2 * (count - place - 1) + 1, word
    yield _RETURN, 0, 0, 0
