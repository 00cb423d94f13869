"""Listening sockets: what they are set to, who may share them, how they are handed over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.endpoint import Endpoint
from appliance.errors import RunError
from appliance.readiness import tell_ready
from appliance.sockets import Service, open_listener, refuse_taken, take_over
from tests.console import CHECKOUT
from tests.ports import free_port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_datagram_says_which_of_our_addresses_it_came_to(host: str) -> None:
    endpoint = Endpoint.parse(f"[{host}]:{free_port(host)}")
    listener = open_listener(Service.UDP, endpoint)
    with listener.socket as ours, socket.socket(ours.family, socket.SOCK_DGRAM) as client:
        ours.setblocking(True)
        client.sendto(b"?", ours.getsockname()[:2])
        _, told, _, _ = ours.recvmsg(512, 512)
    (info,) = [data for _, _, data in told]
    assert socket.inet_pton(ours.family, host) in info


def test_ipv4_and_ipv6_have_a_socket_each() -> None:
    port = free_port()
    both = [open_listener(Service.UDP, Endpoint.parse(f"{host}:{port}")) for host in HOSTS]
    for one in both:
        one.socket.close()


HOSTS = ("127.0.0.1", "[::]")  # [::] without IPV6_V6ONLY would take in 127.0.0.1, too


def test_many_questions_can_wait() -> None:
    listener = open_listener(Service.UDP, Endpoint.parse(f"127.0.0.1:{free_port()}"))
    with listener.socket as ours, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        usual = client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= usual


@pytest.mark.parametrize("service", [Service.UDP, Service.TCP])
def test_a_port_that_another_program_has_is_not_shared_with_it(service: Service) -> None:
    endpoint = Endpoint.parse(f"127.0.0.1:{free_port()}")
    refuse_taken(endpoint, service)
    listener = open_listener(service, endpoint)
    with listener.socket, pytest.raises(RunError, match="taken by another program"):
        refuse_taken(endpoint, service)


def test_an_address_of_another_box_is_a_sentence() -> None:
    with pytest.raises(RunError, match="this box has no such address"):
        open_listener(Service.TCP, Endpoint.parse("192.0.2.1:1053"))


def test_sockets_for_another_process_are_left_alone() -> None:
    environ = {"LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "udp"}
    assert take_over(environ, os.getpid()) == []
    assert environ == {}


@pytest.mark.parametrize(
    ("count", "names"), [("2", "udp"), ("1", "smtp"), ("-1", "udp"), ("", ""), ("1", "")]
)
def test_a_handover_that_makes_no_sense_is_refused(count: str, names: str) -> None:
    environ = {"LISTEN_FDS": count, "LISTEN_PID": "7", "LISTEN_FDNAMES": names}
    with pytest.raises(RunError, match="make no sense"):
        take_over(environ, 7)


def test_what_is_no_socket_is_refused() -> None:
    code = (
        "import os; from appliance.sockets import take_over; from appliance.errors import *\n"
        "os.dup2(os.open('/dev/null', os.O_RDONLY), 3)\n"
        "told = {'LISTEN_FDS': '1', 'LISTEN_PID': '7', 'LISTEN_FDNAMES': 'udp'}\n"
        "try: take_over(told, 7)\n"
        "except RunError as fault: print(fault)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert said.stdout == "descriptor 3, said to be udp, is no socket\n"


def test_readiness_is_told_to_systemd_as_it_wants_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        tell_ready(environ)
        assert systemd.recv(512).startswith(b"READY=1\n")
    assert environ == {}


def test_readiness_is_told_to_whoever_gave_a_pipe() -> None:
    read_end, write_end = os.pipe()
    tell_ready({"NOTIFY_FD": str(write_end)})
    with open(read_end, "rb") as pipe:
        assert pipe.read() == b"ready\n"


def test_nobody_waits_and_nothing_is_told() -> None:
    tell_ready({})
