"""The resolver's event loop: readers are called where they are found, and nobody waits for them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.dns.loop import Loop

SECONDS = 10.0


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


class Letterbox:
    """A socket that gets letters, and what it does with each."""

    def __init__(self, loop: Loop, then: Callable[[bytes], object] = lambda letter: None) -> None:
        self.loop, self.then = loop, then
        self.letters: list[bytes] = []
        self.socket, self.sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        loop.add_reader(self.socket, self._read)

    def _read(self) -> None:
        letter = self.socket.recv(100)
        self.letters.append(letter)
        self.then(letter)

    def __enter__(self) -> Letterbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.remove_reader(self.socket)
        self.socket.close()
        self.sender.close()


class Flood(Letterbox):
    """A letterbox that is never empty: each letter that is read sends the next."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop, lambda letter: self.sender.send(letter))
        self.sender.send(b"again")


def run(loop: Loop, deed: Any) -> Any:
    return loop.run_until_complete(asyncio.wait_for(deed, SECONDS))


def test_every_letter_is_read_until_the_reader_is_removed(loop: Loop) -> None:
    last = loop.create_future()
    with Letterbox(loop, lambda letter: last.set_result(None) if letter == b"3" else None) as box:
        for letter in (b"1", b"2", b"3"):
            box.sender.send(letter)
        run(loop, last)
        assert loop.remove_reader(box.socket)
        assert not loop.remove_reader(box.socket)
        box.sender.send(b"4")
        run(loop, asyncio.sleep(0))
        assert box.letters == [b"1", b"2", b"3"]


def test_a_reader_can_take_the_place_of_another(loop: Loop) -> None:
    heard = loop.create_future()
    with Letterbox(loop) as box:
        loop.add_reader(box.socket.fileno(), heard.set_result, "the second")
        box.sender.send(b"letter")
        assert run(loop, heard) == "the second"
        assert not box.letters


def test_a_timer_rings_while_letters_never_end(loop: Loop) -> None:
    with Flood(loop) as flood:
        run(loop, asyncio.sleep(0.01))
        assert flood.letters


def test_a_timer_that_a_reader_sets_rings_though_there_was_none(loop: Loop) -> None:
    rung = loop.create_future()
    with Letterbox(loop, lambda _: loop.call_later(0.01, rung.set_result, None)) as box:
        box.sender.send(b"letter")
        run(loop, rung)


def test_what_a_reader_wants_done_soon_is_done_while_letters_never_end(loop: Loop) -> None:
    done = loop.create_future()

    def once(letter: bytes) -> None:
        if not done.done():
            loop.call_soon(done.set_result, letter)

    with Flood(loop), Letterbox(loop, once) as box:
        box.sender.send(b"letter")
        assert run(loop, done) == b"letter"


def test_a_stream_and_a_thread_are_heard_while_letters_never_end(loop: Loop) -> None:
    async def talk() -> bytes:
        here, there = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=here)
        with there:
            there.setblocking(False)
            writer.write(await loop.run_in_executor(None, lambda: b"from a thread"))
            await loop.sock_sendall(there, await loop.sock_recv(there, 100))
        heard = await reader.read()
        writer.close()
        await writer.wait_closed()
        return heard

    with Flood(loop):
        assert run(loop, talk()) == b"from a thread"


def test_a_reader_that_fails_is_told_of_and_the_others_go_on(loop: Loop) -> None:
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    fault, read = ValueError("no letter"), loop.create_future()

    def fail(letter: bytes) -> None:
        raise fault

    with Letterbox(loop, fail) as broken, Letterbox(loop, read.set_result) as sound:
        broken.sender.send(b"bad")
        sound.sender.send(b"good")
        assert run(loop, read) == b"good"
    assert [context["exception"] for context in complaints] == [fault]
