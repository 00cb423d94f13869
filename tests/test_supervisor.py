"""The supervisor and real processes: they come up, die, come back, and go when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from appliance.endpoint import Endpoint
from appliance.errors import RunError
from appliance.sockets import Listener, Service, open_listener, refuse_taken
from appliance.supervisor import Patience, Program, Supervisor
from tests.console import CHECKOUT
from tests.ports import free_port

ENVIRON = os.environ | {"PYTHONPATH": str(CHECKOUT)}
QUICK = Patience(first=0.05, longest=0.4, hold=0.1, end=0.5)


@dataclass
class Box:
    """Some stand-ins under a supervisor, and a client that asks them."""

    workers: int = 1
    words: tuple[str, ...] = ()
    patience: Patience = QUICK
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.endpoint = Endpoint.parse(f"127.0.0.1:{free_port()}")
        command = (sys.executable, "-m", "tests.standin", *self.words)
        self.programs = [
            Program(f"dns {n}", command, self.listeners) for n in range(1, self.workers + 1)
        ]

    def listeners(self) -> list[Listener]:
        return [open_listener(service, self.endpoint) for service in (Service.UDP, Service.TCP)]

    def lives(self, story: Callable[[Box], Awaitable[None]]) -> None:
        """Run all, tell the story once they answer, stop them."""

        async def life() -> None:
            supervisor = Supervisor(
                self.programs, self.told.append, environ=ENVIRON, patience=self.patience
            )
            answering = asyncio.Event()
            running = asyncio.ensure_future(supervisor.run(answering.set))
            begun = asyncio.ensure_future(answering.wait())
            await asyncio.wait((running, begun), return_when=asyncio.FIRST_COMPLETED)
            begun.cancel()
            if answering.is_set():
                async with asyncio.timeout(20):
                    await story(self)
                os.kill(os.getpid(), signal.SIGTERM)
            await running

        asyncio.run(life())

    async def ask(self, word: str = "who", patience: float = 5) -> str:
        return await asyncio.to_thread(self._ask, word, patience)

    def _ask(self, word: str, patience: float) -> str:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(patience)
            client.sendto(word.encode(), (str(self.endpoint.address), self.endpoint.port))
            return client.recv(512).decode()

    def provoke_all_but(self, survivor: str) -> None:
        """Make a worker quit. From one port questions go to one worker, so we know whom we ask."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.connect((str(self.endpoint.address), self.endpoint.port))
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):  # it just died
                client.send(b"who")
                if client.recv(512).decode() != survivor:
                    client.send(b"quit")


def test_a_program_gets_its_sockets_as_systemd_gives_them_and_no_other_file() -> None:
    async def story(box: Box) -> None:
        assert await box.ask("names") == "udp tcp"
        assert await box.ask("leaks") == ""

    Box().lives(story)


def test_two_workers_share_one_port() -> None:
    async def story(box: Box) -> None:
        seen = {await box.ask() for _ in range(40)}
        assert len(seen) == 2

    Box(workers=2).lives(story)


def test_a_killed_worker_is_back_at_once_and_the_question_that_waited_is_answered() -> None:
    async def story(box: Box) -> None:
        before = await box.ask()
        os.kill(int(before), signal.SIGKILL)
        after = await box.ask()  # sent while nobody may be there: the socket holds it
        assert after != before
        assert any("was ended by SIGKILL" in one for one in box.told)

    Box().lives(story)


def test_a_worker_that_keeps_dying_is_left_for_a_while_and_the_other_serves_its_clients() -> None:
    async def story(box: Box) -> None:
        survivor = await box.ask()
        while not any("again in 4 seconds" in one for one in box.told):
            await asyncio.to_thread(box.provoke_all_but, survivor)
        assert {await box.ask() for _ in range(20)} == {survivor}

    Box(workers=2, patience=Patience(first=4, end=0.5)).lives(story)


def test_back_off_doubles_up_to_a_bound_and_the_first_restart_is_at_once() -> None:
    waits = [Patience().before_restart(deaths) for deaths in range(1, 12)]
    assert waits == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert Patience().before_restart(10**9) == 30


def test_a_hanging_worker_is_killed_and_leaves_the_port_free() -> None:
    async def story(box: Box) -> None:
        await box.ask("hang")

    box = Box()
    box.lives(story)
    assert "dns 1 does not end: killed" in box.told
    refuse_taken(box.endpoint)
    refuse_taken(box.endpoint, Service.TCP)


def test_sighup_is_passed_on() -> None:
    async def story(box: Box) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        while await box.ask("hups") == "0":
            await asyncio.sleep(0.01)

    Box().lives(story)


def test_a_program_that_can_not_start_ends_it_all_with_a_sentence() -> None:
    box = Box(words=("broken",))
    with pytest.raises(RunError, match="dns 1 ended with code 4 before it answered"):
        box.lives(_nothing)
    assert len([one for one in box.told if "started" in one]) == 1


def test_a_program_that_never_answers_is_not_waited_for_for_ever() -> None:
    box = Box(words=("mute",), patience=Patience(ready=1, end=0.5))
    with pytest.raises(RunError, match="dns 1 did not answer within 1 seconds"):
        box.lives(_nothing)


def test_a_command_that_is_not_there_is_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    box = Box()
    box.programs = [Program("dns 1", ("/nowhere/python",), box.listeners)]
    with pytest.raises(RunError, match="ended with code 127"):
        box.lives(_nothing)
    assert "/nowhere/python: No such file" in capfd.readouterr().err


async def _nothing(box: Box) -> None:
    """A story in which nothing happens."""


PARENT = """
import asyncio, os, sys
from appliance.supervisor import Program, Supervisor
program = Program("dns 1", (sys.executable, "-m", "tests.standin"), list)
supervisor = Supervisor([program], lambda text: print(text, flush=True), environ=os.environ)
asyncio.run(supervisor.run(lambda: None))
"""


def test_no_worker_outlives_a_supervisor_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], env=ENVIRON, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        worker = int(next(parent.stdout).rpartition(" ")[2])
        handle = os.pidfd_open(worker)
        assert "answers" in next(parent.stdout)
        parent.kill()
    with open(handle, closefd=True) as pidfd:
        assert _ended(pidfd.fileno())


def _ended(handle: int) -> bool:
    return asyncio.run(_readable(handle))


async def _readable(handle: int) -> bool:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(handle, ended.set)
    async with asyncio.timeout(5):
        return await ended.wait()
