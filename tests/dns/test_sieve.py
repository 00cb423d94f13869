"""A client that floods us: its neighbours go on, and it is heard again when it stops."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.config import Dns
from appliance.dns.sieve import FLOOD
from appliance.sockets import Service
from tests.answering import LOOPBACK, Answering, question

FLOODER, NEIGHBOUR = "127.0.0.66", "127.0.0.5"
ASKED = question("www.tiktok.com")
FEW = Dns(client_rate=1, client_burst=1)


def asking(box: Answering, client: str, seconds: float) -> socket.socket:
    sock = socket.socket(box.sockets[Service.UDP].family, socket.SOCK_DGRAM)
    sock.bind((client, 0))
    sock.connect((str(box.host), box.ports[Service.UDP]))
    sock.settimeout(seconds)
    return sock


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def flood(box: Answering, flooder: socket.socket) -> None:
    """Until the kernel drops what this client sends."""
    while not box.resolver.sieve.shut_out:
        flooder.send(ASKED)
        time.sleep(0)


def test_a_flood_does_not_reach_us_and_its_neighbour_does(tmp_path: Path) -> None:
    with Answering(tmp_path, [], dns=FEW) as box, asking(box, FLOODER, 5) as flooder:
        flood(box, flooder)
        assert box.resolver.slow.turned_away_count >= FLOOD
        with asking(box, NEIGHBOUR, 5) as neighbour:
            neighbour.send(ASKED)
            assert neighbour.recv(1232)
        until(lambda: not box.resolver.sieve.shut_out)


@pytest.mark.parametrize("host", [LOOPBACK, "::1"])
def test_a_client_that_stops_is_heard_again(host: str, tmp_path: Path) -> None:
    client = FLOODER if host == LOOPBACK else host
    with (
        Answering(tmp_path, [], dns=FEW, host=host) as box,
        asking(box, client, 0.2) as flooder,
    ):
        flooder.send(ASKED)
        assert flooder.recv(1232)
        flood(box, flooder)
        until(lambda: not box.resolver.sieve.shut_out)
        for _ in range(50):  # one token is earned in a second
            flooder.send(ASKED)
            try:
                assert flooder.recv(1232)
            except TimeoutError:
                continue
            return
    pytest.fail("silenced for ever")


def test_a_filter_does_not_outlive_the_resolver_that_set_it(tmp_path: Path) -> None:
    with Answering(tmp_path, [], dns=FEW) as box:
        with asking(box, FLOODER, 5) as flooder:
            flood(box, flooder)
        kept = socket.socket(fileno=socket.dup(box.sockets[Service.UDP].fileno()))
    with kept, asking(box, FLOODER, 5) as flooder:
        flooder.send(ASKED)
        kept.settimeout(5)
        assert kept.recv(1232)
