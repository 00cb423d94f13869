"""A UDP socket read and written in batches: many datagrams for one system call.

Python's own recvmsg and sendmsg take one datagram a call. Under load an echo made of them costs 1.6
times the C program's, and one made of recvmmsg and sendmmsg by way of ctypes 1.15 times; when
questions come singly there is nothing between the two. So there is one way here. Replies leave from
the address that was asked: the kernel's note of it (PKTINFO) comes with a question and goes out
with its reply.

Everything is laid out once, as the C structures of 64-bit Linux; a batch moves bytes and lengths.
"""

from __future__ import annotations

import ctypes
import socket
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

SIZE: Final = 64  # datagrams a batch
SLOT: Final = 1232  # bytes of a reply
# … and of a question: the longest there is takes 282, and some clients pad to 512. A longer one is
# cut, and so no question we can read. What is copied for each costs as much as a dictionary lookup.
QUESTION_SLOT: Final = 512
_HEAD: Final = 64  # bytes of a struct mmsghdr
_IOVEC: Final = 16
_WORDS: Final = _HEAD // 8
_LENGTH: Final = 14  # where a mmsghdr says how long its message was, in 4-byte words

_libc = ctypes.PyDLL(None)  # PyDLL keeps the GIL: these calls never wait
for _call, _timeout in ((_libc.recvmmsg, [ctypes.c_void_p]), (_libc.sendmmsg, [])):
    _call.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, *_timeout]
_recvmmsg, _sendmmsg = _libc.recvmmsg, _libc.sendmmsg


class Batch:
    """What a socket has for us, and what we have for it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._file = sock.fileno()
        is_v6 = sock.family == socket.AF_INET6
        self._name_size = 28 if is_v6 else 16
        control_size = 40 if is_v6 else 32  # a cmsghdr, and in6_pktinfo or in_pktinfo
        self._names, self._controls = _Area(SIZE * self._name_size), _Area(SIZE * control_size)
        self._taken, self._given = _Area(SIZE * QUESTION_SLOT), _Area(SIZE * SLOT)
        self._taking, taken_iovecs = _Area(SIZE * _HEAD), _Area(SIZE * _IOVEC)
        self._giving, self._given_iovecs = _Area(SIZE * _HEAD), _Area(SIZE * _IOVEC)
        self._areas = taken_iovecs  # the kernel writes to it: it has to live as long as we do
        for heads, iovecs, data, slot in (
            (self._taking, taken_iovecs, self._taken, QUESTION_SLOT),
            (self._giving, self._given_iovecs, self._given, SLOT),
        ):
            for i in range(SIZE):
                iovecs.words[2 * i : 2 * i + 2] = _words(data.address + i * slot, slot)
                heads.words[_WORDS * i : _WORDS * i + 6] = _words(
                    self._names.address + i * self._name_size,
                    self._name_size,
                    iovecs.address + i * _IOVEC,
                    1,
                    self._controls.address + i * control_size,
                    control_size,
                )
        self._control_words = control_size // 4
        self._lengths = memoryview(self._taking.bytes).cast("I")
        self._interfaces = None if is_v6 else memoryview(self._controls.bytes).cast("I")
        self._full_controls = _words(*[control_size] * SIZE)
        self._full_names = _words(*[self._name_size] * SIZE)
        self._no_interfaces = memoryview(array("I", [0] * SIZE))
        at, length = (8, 16) if is_v6 else (4, 4)  # of the address in a sockaddr
        starts = [i * self._name_size + at for i in range(SIZE)]
        self._spans = [
            (i * QUESTION_SLOT, slice(start, start + length)) for i, start in enumerate(starts)
        ]

    def take(self) -> Sequence[tuple[bytes, bytes]]:
        """The datagrams that wait, at most SIZE of them: message and sender's address of each."""
        count = _recvmmsg(self._file, self._taking.address, SIZE, socket.MSG_DONTWAIT, None)
        if count <= 0:
            return ()
        # Two large copies and slices of them: slicing the area itself would make a memoryview
        # and a copy of each, 0.15 µs a datagram more.
        if count == 1:
            return [self._single()]
        data = self._taken.bytes[: count * QUESTION_SLOT].tobytes()
        names = self._names.bytes[: count * self._name_size].tobytes()
        lengths = self._lengths[_LENGTH : 16 * count : 16].tolist()
        # the kernel has put the true sizes there: room for the next ones
        self._taking.words[1 : _WORDS * count : _WORDS] = self._full_names[:count]
        self._taking.words[5 : _WORDS * count : _WORDS] = self._full_controls[:count]
        if self._interfaces:
            # Replies go where routes lead, not out of the interface the question came in by: with
            # its number left in, a box of two interfaces can't answer across them.
            end = self._control_words * count
            self._interfaces[4 : end : self._control_words] = self._no_interfaces[:count]
        return [
            (data[start : start + length], names[span])
            for (start, span), length in zip(self._spans, lengths, strict=False)
        ]

    def _single(self) -> tuple[bytes, bytes]:
        """The one datagram there is, as nearly always; the way of many takes 3 µs longer."""
        self._taking.words[1] = self._name_size
        self._taking.words[5] = 4 * self._control_words
        if self._interfaces:
            self._interfaces[4] = 0
        message = self._taken.bytes[: self._lengths[_LENGTH]].tobytes()
        return message, self._names.bytes[self._spans[0][1]].tobytes()

    def give(self, replies: Sequence[bytes]) -> None:
        """Send the reply to each datagram of the last take; an empty one is not sent. What the
        kernel has no room for is lost, as datagrams are: nobody may make us wait."""
        if len(replies) == 1:
            self._give_single(replies[0])
            return
        lengths = array("Q", map(len, replies))
        count = len(replies)
        data = b"".join(replies)
        self._given.bytes[: len(data)] = data
        starts = array("Q", accumulate(lengths, initial=self._given.address))
        iovecs = self._given_iovecs.words
        iovecs[0 : 2 * count : 2] = memoryview(starts)[:count]
        iovecs[1 : 2 * count : 2] = memoryview(lengths)
        if b"" not in replies:
            self._send(0, count)
            return
        first = 0
        for place in [*(i for i, reply in enumerate(replies) if not reply), count]:
            self._send(first, place)
            first = place + 1

    def _give_single(self, reply: bytes) -> None:
        if reply:
            size = len(reply)
            self._given.bytes[:size] = reply
            self._given_iovecs.words[1] = size
            _sendmmsg(self._file, self._giving.address, 1, socket.MSG_DONTWAIT)

    def _send(self, first: int, end: int) -> None:
        while first < end:
            address = self._giving.address + first * _HEAD
            sent = _sendmmsg(self._file, address, end - first, socket.MSG_DONTWAIT)
            # -1: the first of them can't be sent, whatever its reason (a client's port 0, no route,
            # a full queue); go on with the next
            first += max(sent, 1)

    def origin(self, place: int) -> bytes:
        """Where a datagram of the last take came from, for a reply that comes later."""
        size = self._name_size
        control = 4 * self._control_words
        return (
            self._names.bytes[place * size : (place + 1) * size].tobytes()
            + self._controls.bytes[place * control : (place + 1) * control].tobytes()
        )


class Later:
    """Sends single replies to where questions came from a while ago."""

    def __init__(self, batch: Batch) -> None:
        self._file = batch.sock.fileno()
        self._where = _Area(len(batch.origin(0)))
        self._data, self._head, self._iovec = _Area(SLOT), _Area(_HEAD), _Area(_IOVEC)
        name_size = batch._name_size
        self._head.words[:6] = _words(
            self._where.address,
            name_size,
            self._iovec.address,
            1,
            self._where.address + name_size,
            len(self._where.bytes) - name_size,
        )
        self._iovec.words[0] = self._data.address

    def give(self, reply: bytes, origin: bytes) -> None:
        self._where.bytes[:] = origin
        self._data.bytes[: len(reply)] = reply
        self._iovec.words[1] = len(reply)
        _sendmmsg(self._file, self._head.address, 1, socket.MSG_DONTWAIT)


class _Area:
    """Memory at a fixed address, that the kernel and we read and write."""

    def __init__(self, size: int) -> None:
        self._memory = (ctypes.c_char * size)()
        self.address = ctypes.addressof(self._memory)
        self.bytes = memoryview(self._memory).cast("B")
        self.words = self.bytes[: size // 8 * 8].cast("Q")


def _words(*values: int) -> memoryview:
    return memoryview(array("Q", values))
