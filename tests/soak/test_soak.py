"""A few seconds of each soak, with all the time in the world: what must hold on any machine."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.answering import question
from tests.soak.chaos import soak
from tests.soak.floods import FLOODER, LOOPBACK, Neighbour, box, dripping, silent
from tests.soak.history import Allowance

Flood = Callable[[int], contextlib.AbstractContextManager[None]]
BUSY = Allowance(switch=10, record=2)


def test_answers_stay_right_while_policies_change_workers_die_and_the_world_goes_dark(
    tmp_path: Path,
) -> None:
    verdict = soak(tmp_path, 10, 300, allowance=BUSY)
    assert not verdict.faults, verdict
    assert verdict.history.deaths and verdict.history.published and verdict.history.outside_dead
    assert verdict.seen.answered > 1_000


@contextlib.contextmanager
def quiet(port: int) -> Iterator[None]:
    """More silent connections than a worker takes."""
    with silent(port, 2_500):
        yield


@contextlib.contextmanager
def fast(port: int) -> Iterator[None]:
    """Questions as fast as Python sends them."""
    is_over, message = threading.Event(), question("www.tiktok.com")

    def flood() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind((FLOODER, 0))
            sock.connect((LOOPBACK, port))
            while not is_over.is_set():
                sock.send(message)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("flood", [dripping, quiet, fast], ids=lambda f: f.__name__)
def test_a_neighbour_of_a_flood_has_all_its_answers(flood: Flood, tmp_path: Path) -> None:
    with box(tmp_path) as port, flood(port):
        noticed = Neighbour(port).live(1.5)
    assert noticed.milliseconds and noticed.stream_milliseconds
    assert not noticed.unanswered, noticed
