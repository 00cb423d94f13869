"""The life of `bellgate run`: it comes up or says why not, survives its resolvers, and ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviours import silence
from tests.console import Said, bellgate
from tests.journeys.asking import query
from tests.journeys.cast import DAN
from tests.journeys.running import Box, eventually, running
from tests.upstream import Upstream

END_SECONDS = 2.0


@pytest.fixture(scope="module")
def world() -> Iterator[Upstream]:
    with Upstream({"never.example": silence}) as up:
        yield up


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, world: Upstream) -> Iterator[Box]:
    """One that goes on."""
    folder = tmp_path_factory.mktemp("life")
    with running(folder, upstreams=[world.plain], workers=2) as box:
        yield box


@pytest.fixture
def short_lived(tmp_path: Path, world: Upstream) -> Iterator[Box]:
    """One that a test may end."""
    with running(tmp_path, upstreams=[world.plain], workers=2) as box:
        yield box


def test_it_ends_in_time_whatever_is_still_going_on(short_lived: Box) -> None:
    """Idle connections, half a message, and questions that nobody has answered yet."""
    box = short_lived
    dan = box.device(DAN)
    with socket.create_connection(("127.0.0.1", box.port)) as idle:
        with socket.create_connection(("127.0.0.1", box.port)) as half:
            half.sendall(b"\0\x20abc")
            message = query("never.example")
            idle.sendall(len(message).to_bytes(2, "big") + message)
            dan.send_all([query("never.example") for _ in range(20)], seconds=0.1)
            begun = time.monotonic()
            assert box.end() == 0
            assert time.monotonic() - begun < END_SECONDS
    assert "killed" not in box.said
    assert box.process.stdout
    assert box.process.stdout.read() == ""  # the ready line was all it printed


def test_a_killed_resolver_is_back(box: Box) -> None:
    before = box.workers()
    assert len(before) == 2
    box.kill(before[0])
    eventually(lambda: len(set(box.workers()) - set(before)) == 1)
    dan = box.device(DAN)
    for _ in range(20):  # of either of them, and none is lost
        assert dan.ask("www.bbc.example", seconds=20).addresses == ["192.0.2.1"]
    assert "was ended by SIGKILL" in box.said


def test_a_port_that_is_taken_is_said_in_a_sentence(box: Box, tmp_path: Path) -> None:
    said = run(tmp_path / "other", "--dns", f"127.0.0.1:{box.port}")
    assert said.code == 2
    assert said.out == ""
    complaint = said.err.splitlines()[-1]
    assert complaint.startswith(f"127.0.0.1:{box.port} is taken by another program: sudo ss")
    assert box.device(DAN).ask("www.bbc.example").addresses  # and who was there goes on


def run(folder: Path, *words: str) -> Said:
    """One that is not meant to come up."""
    profile = ["--profile", "mersey-vale", "--dir", str(folder)]
    return bellgate("run", *profile, "--upstream", "127.0.0.1:9", *words)
