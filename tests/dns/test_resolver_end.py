"""The end of a resolver: what it answers last is on record, and what comes later is not its own."""

from __future__ import annotations

import socket
from pathlib import Path

from appliance.sockets import Service
from tests.answering import LOOPBACK, Answering, question


def test_a_question_that_comes_at_the_end_waits_for_the_next_resolver(tmp_path: Path) -> None:
    box = Answering(tmp_path, [])
    with socket.socket(type=socket.SOCK_DGRAM) as pupil:
        with box:
            kept = socket.socket(fileno=socket.dup(box.sockets[Service.UDP].fileno()))
            pupil.connect((LOOPBACK, box.ports[Service.UDP]))
            pupil.send(question("www.tiktok.com"))
            pupil.recv(1232)
        with kept:  # as a supervisor keeps it
            pupil.send(question("m.tiktok.com"))
            assert kept.recv(1232) == question("m.tiktok.com")
    assert [event.name for event in box.events()] == [b"\x03www\x06tiktok\x03com\0"]
