"""How much anybody may ask: a device beyond all measure, its neighbours, the school's server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.asking import query, subnet
from tests.journeys.cast import CLASSROOM, DAN, MS_CLARK, SERVER
from tests.journeys.running import Box, eventually, running
from tests.upstream import Upstream

RATE, BURST = 5, 20


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box that has little patience with one device."""
    appliance = f"""
        [dns]
        client_rate = {RATE}
        client_burst = {BURST}
        forwarders = ["{SERVER}/32"]
    """
    with Upstream() as world:
        folder = tmp_path_factory.mktemp("limits")
        with running(folder, upstreams=[world.plain], appliance=appliance) as box:
            yield box


def flood(count: int, *, behind: str = "") -> list[bytes]:
    """So many questions, about ever other names."""
    options = [subnet(behind)] if behind else []
    return [query(f"host{i}.flood.example", options=options) for i in range(count)]


def test_a_device_that_asks_too_much_is_held_to_its_rate_and_nobody_else_is(box: Box) -> None:
    dan, classroom = box.device(DAN), box.device(CLASSROOM)
    replies = dan.send_all(flood(500), seconds=0.3)
    assert BURST <= len(replies) <= BURST + RATE
    assert classroom.ask("www.bbc.example").addresses == ["192.0.2.1"]
    assert box.device(MS_CLARK).ask_by_tcp("www.bbc.example").addresses == ["192.0.2.1"]
    # and when it calms down it is answered again
    eventually(lambda: dan.try_to_ask("www.bbc.example", seconds=0.3))


def test_a_server_that_asks_for_a_whole_school_is_not_starved(box: Box) -> None:
    server = box.device(SERVER)
    assert len(server.send_all(flood(500))) == 500


def test_behind_that_server_each_device_is_held_to_its_own_rate(box: Box) -> None:
    server = box.device(SERVER)
    replies = server.send_all(flood(200, behind="127.20.0.40"), seconds=0.3)
    assert BURST <= len(replies) <= BURST + RATE
    assert len(server.send_all(flood(BURST, behind="127.20.0.44"))) == BURST
