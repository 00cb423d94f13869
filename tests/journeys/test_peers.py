"""Other people's programs ask us: clients, by datagram and stream, in every style they have."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.journeys.asking import COOKIE, PADDING, query
from tests.journeys.cast import DAN, MS_CLARK, SENTENCE
from tests.journeys.conftest import PAGE, SIX
from tests.journeys.peers import says
from tests.journeys.running import Box
from tests.upstream import Upstream

NEWS, SOCIAL = "www.bbc.example", "www.tiktok.com"


@pytest.mark.parametrize("way", ["+notcp", "+tcp"])
@pytest.mark.parametrize("name", ["dig", "kdig"])
def test_dig_and_kdig_hear_answers_and_reasons(box: Box, name: str, way: str) -> None:
    words = ["@127.0.0.1", "-p", box.port, "-b", DAN, way, "+edns"]
    allowed = says(name, *words, NEWS)
    assert "192.0.2.10" in allowed
    assert "WARNING" not in allowed.upper()
    refused = says(name, *words, SOCIAL)
    assert PAGE in refused
    if name == "dig":
        assert f"EDE: 15 (Blocked): ({SENTENCE} (clause 7.1))" in refused


@pytest.mark.skipif(not SIX, reason="this machine has no IPv6")
@pytest.mark.parametrize("way", ["+notcp", "+tcp"])
def test_dig_hears_answers_over_ipv6(box: Box, way: str) -> None:
    words = ["@::1", "-p", box.port, way]
    assert "192.0.2.10" in says("dig", *words, NEWS)
    assert PAGE in says("dig", *words, SOCIAL)


@pytest.mark.parametrize("way", ["-u", "-t"])
def test_drill_hears_answers(box: Box, way: str) -> None:
    words = ["-p", box.port, "-I", DAN, way]
    assert "192.0.2.10" in says("drill", *words, NEWS, "@127.0.0.1")
    assert PAGE in says("drill", *words, SOCIAL, "@127.0.0.1")
    assert "NXDOMAIN" in says("drill", *words, "mask.icloud.com", "@127.0.0.1")


@pytest.mark.parametrize(
    "style",
    [
        ["+noedns"],
        ["+bufsize=512"],
        ["+bufsize=4096"],
        ["+dnssec"],
        ["+cdflag"],
        ["+adflag"],
        ["+nocookie"],
        ["+padding=128"],
        ["+norecurse"],
        ["+keepalive", "+tcp"],
        ["+nsid"],
        ["+ednsflags=0x1234"],
        ["+edns=0", "+ednsopt=65432:ffff"],
    ],
    ids=" ".join,
)
def test_dig_is_answered_in_every_style(box: Box, style: list[str]) -> None:
    said = says("dig", "@127.0.0.1", "-p", box.port, "-b", DAN, *style, NEWS)
    assert "status: NOERROR" in said
    assert "192.0.2.10" in said
    assert "malformed" not in said


def test_dnsperf_loses_nothing(box: Box, tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text(f"{NEWS} A\n{SOCIAL} A\n{SOCIAL} HTTPS\nprinter A\n" * 500)
    for mode in ("udp", "tcp"):
        said = says(
            "dnsperf", "-s", "127.0.0.1", "-p", box.port, "-d", names, "-n", 1, "-m", mode, "-c", 4
        )
        assert "Queries completed:    2000 (100.00%)" in said, said
        assert "Response codes:       NOERROR 2000 (100.00%)" in said, said


@pytest.mark.parametrize("size", [None, 512, 1232, 4096, 65_535])
@pytest.mark.parametrize("dnssec_ok", [False, True])
@pytest.mark.parametrize("ad", [False, True])
def test_a_stub_resolver_asks_as_its_system_has_it(
    box: Box, size: int | None, dnssec_ok: bool, ad: bool
) -> None:
    """systemd-resolved steps down from large EDNS with DO to none; glibc sets AD for trust-ad."""
    if size is None and dnssec_ok:
        return  # DO has its place in EDNS
    device = box.device(DAN)
    for name, address in ((NEWS, "192.0.2.10"), (SOCIAL, PAGE)):
        for ask in (device.ask, device.ask_by_tcp):
            reply = ask(name, edns=size, dnssec_ok=dnssec_ok, ad=ad)
            assert reply.addresses == [address]
            assert reply.has_edns is (size is not None)
            assert reply.record.header.ra == 1


def test_letters_come_back_as_they_were_sent(box: Box) -> None:
    """A resolver that mixes them (0x20) throws any other reply away."""
    for name in (NEWS, SOCIAL, "printer.bellgate.sch.uk", "www.google.com"):
        for _ in range(5):
            mixed = "".join(random.choice((c.lower(), c.upper())) for c in name)
            for ask in (box.device(DAN).ask, box.device(DAN).ask_by_tcp):
                reply = ask(mixed)
                assert str(reply.record.q.qname).rstrip(".") == mixed
                assert reply.rcode == "NOERROR"


def test_a_cookie_or_padding_changes_nothing(box: Box) -> None:
    for options in ([(COOKIE, bytes(8))], [(PADDING, bytes(80))], [(3, b"")]):
        for _ in range(2):
            assert box.device(DAN).ask(NEWS, options=options).addresses == ["192.0.2.10"]
            assert box.device(MS_CLARK).ask(SOCIAL, options=options).addresses == [PAGE]


def test_a_bare_question_without_rd_is_answered_from_what_is_there(box: Box) -> None:
    message = bytearray(query(NEWS))
    message[2] &= 0xFE
    reply = box.device(DAN).send(bytes(message))
    assert reply
    assert reply.addresses == ["192.0.2.10"]
    assert reply.record.header.rd == 0


def test_a_client_that_has_said_all_it_had_to_say_still_hears(box: Box) -> None:
    for name in ("half-closed.example", "half-closed.example", SOCIAL):
        with box.device(DAN).conversation() as talk:
            assert talk.ask_and_hang_up(name).addresses


def test_many_questions_on_one_connection(box: Box, world: Upstream) -> None:
    """RFC 7766: none waits for the one before it."""
    names = [f"pipelined{i}.example" for i in range(100)]
    replies = box.device(DAN).send_by_tcp([query(name) for name in names])
    assert {str(one.record.q.qname).rstrip(".") for one in replies} == set(names)
    assert all(one.addresses == ["192.0.2.1"] for one in replies)
    assert all(world.asked_for(name) for name in names)
