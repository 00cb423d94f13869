"""The school's own servers ask for its devices: BIND, Unbound, dnsmasq, and who is believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.asking import DNSMASQ_MAC, subnet
from tests.journeys.cast import DAN, IMPOSTOR, IPAD_MAC, MS_CLARK, SERVER, SIXTH_FORMER
from tests.journeys.conftest import PAGE
from tests.journeys.peers import Forwarder, says
from tests.journeys.running import Box, Device

NEWS, SOCIAL = "www.bbc.example", "www.tiktok.com"
FORWARDERS = [
    Forwarder("named"),
    Forwarder("named", by_tcp=True),
    Forwarder("unbound"),
    Forwarder("unbound", by_tcp=True),
    Forwarder("dnsmasq"),
]


@pytest.mark.parametrize(
    "forwarder", FORWARDERS, ids=lambda one: f"{one.name}{' by TCP' if one.by_tcp else ''}"
)
def test_a_server_forwards_to_us(box: Box, tmp_path: Path, forwarder: Forwarder) -> None:
    with forwarder.running(tmp_path, box.port) as port:
        for _ in range(2):  # the second time from what it keeps
            for way in ("+notcp", "+tcp"):
                words = ["@127.0.0.1", "-p", port, way]
                allowed, refused = says("dig", *words, NEWS), says("dig", *words, SOCIAL)
                assert "status: NOERROR" in allowed
                assert "192.0.2.10" in allowed
                assert PAGE in refused
        safe = says("dig", "@127.0.0.1", "-p", port, "www.google.com")
        assert "status: NOERROR" in safe
        canary = says("dig", "@127.0.0.1", "-p", port, "use-application-dns.net")
        assert "status: NXDOMAIN" in canary
        large = says("dig", "@127.0.0.1", "-p", port, "large.example", "TXT")
        assert "status: NOERROR" in large
        assert "ANSWER: 1" in large
        empty = says("dig", "@127.0.0.1", "-p", port, SOCIAL, "HTTPS")
        assert "status: NOERROR" in empty
        assert "ANSWER: 0" in empty


@pytest.fixture
def dnsmasq(box: Box, tmp_path: Path) -> Iterator[int]:
    """One that tells whom it asks for."""
    with Forwarder("dnsmasq").running(tmp_path, box.port, "--add-subnet=32,128") as port:
        yield port


def test_behind_dnsmasq_each_device_has_its_own_groups_answers(box: Box, dnsmasq: int) -> None:
    assert Device(DAN, dnsmasq).ask(SOCIAL).addresses == [PAGE]
    assert Device(SIXTH_FORMER, dnsmasq).ask(SOCIAL).addresses == ["0.0.0.0"]
    assert Device(MS_CLARK, dnsmasq).ask("mask.icloud.com").rcode == "NOERROR"
    assert Device(DAN, dnsmasq).ask("mask.icloud.com").rcode == "NXDOMAIN"
    told = box.events_about("mask.icloud.com", 2, forwarder=SERVER)
    assert [str(one.asker.address) for one in told[-2:]] == [MS_CLARK, DAN]


def test_dig_in_the_name_of_a_device(box: Box) -> None:
    for way in ("+notcp", "+tcp"):
        words = ["@127.0.0.1", "-p", box.port, way, SOCIAL]
        believed = says("dig", "-b", SERVER, *words, f"+subnet={SIXTH_FORMER}/32")
        assert "\t0.0.0.0" in believed
        not_listed = says("dig", "-b", IMPOSTOR, *words, f"+subnet={SIXTH_FORMER}/32")
        assert PAGE in not_listed


@pytest.mark.parametrize("by", [IMPOSTOR, "127.0.0.1"])
def test_nobody_else_is_believed(box: Box, by: str) -> None:
    mac = bytes.fromhex(IPAD_MAC.replace(":", ""))
    for options in (
        [subnet(MS_CLARK)],
        [(DNSMASQ_MAC, mac)],
        [subnet(MS_CLARK), (DNSMASQ_MAC, mac)],
    ):
        for _ in range(2):
            reply = box.device(by).ask("mask-api.icloud.com", options=options)
            assert reply.rcode == "NXDOMAIN"


def test_the_school_server_is_believed_about_a_hardware_address(box: Box) -> None:
    mac = bytes.fromhex(IPAD_MAC.replace(":", ""))
    server = box.device(SERVER)
    for ask in (server.ask, server.ask_by_tcp):
        reply = ask("mask-canary.icloud.com", options=[(DNSMASQ_MAC, mac)])
        assert reply.rcode == "NOERROR"
        stranger = ask("mask-canary.icloud.com", options=[(DNSMASQ_MAC, b"\2" + bytes(5))])
        assert stranger.rcode == "NXDOMAIN"
    (event, *_) = box.events_about("mask-canary.icloud.com", forwarder=SERVER)
    assert event.asker.who.device == "staff-ipad"


def test_a_subnet_cut_short_says_nothing_of_one_device(box: Box) -> None:
    reply = box.device(SERVER).ask(SOCIAL, options=[subnet(SIXTH_FORMER, 24)])
    assert reply.addresses == [PAGE]  # the server's own group, which is the guests'


def test_a_servers_questions_never_mix_its_devices_up(box: Box) -> None:
    """The same question in turns for three groups, from one socket and one address."""
    server = box.device(SERVER)
    heard = [
        server.ask(SOCIAL, options=[subnet(address)]).addresses
        for _ in range(5)
        for address in (DAN, SIXTH_FORMER, MS_CLARK)
    ]
    assert heard == [[PAGE], ["0.0.0.0"], [PAGE]] * 5
