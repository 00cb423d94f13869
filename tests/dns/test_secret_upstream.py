"""Asking upstreams by TLS and HTTPS: whom we believe, and what stays open."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from dnslib import RCODE

from appliance.config import Transport
from appliance.config import Upstream as Server
from tests.behaviours import (
    Behaviour,
    altered,
    answer,
    broken_off,
    by_turns,
    complains,
    in_pieces,
    large,
    late,
    over_http,
    says,
    silence,
    wrong_id,
    wrong_question,
)
from tests.certificates import Authority, Certificate
from tests.console import CHECKOUT
from tests.dns.conftest import MakeAsker, key_of
from tests.upstream import NAME, Upstream

NO_STREAM = b"\0\0\1\0\0\0\0\0\0x"  # data of no stream: HTTP/2 forbids it
SECRET = [Transport.TLS, Transport.HTTPS]


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    return authority.certificate(NAME)


def by(transport: Transport, up: Upstream) -> Server:
    return {Transport.TLS: up.tls, Transport.HTTPS: up.https}[transport]


@pytest.mark.parametrize("transport", SECRET)
def test_many_questions_go_over_one_connection(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    with Upstream(certificate=certificate) as up:
        school = asker(by(transport, up), trust=authority.trust)
        for number in range(5):
            assert school.ask(f"{number}.example").rr
        assert all(school.ask_all(f"many-{number}.example" for number in range(60)))
        assert up.connections == {str(transport): 1}
        assert {asked.transport for asked in up.asked} == {str(transport)}


@pytest.mark.parametrize("transport", SECRET)
def test_all_questions_look_alike_from_outside(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    names = ["a.uk", "www.bbc.co.uk", "a-rather-long-name.of-some-service.example.com"]
    with Upstream(certificate=certificate) as up:
        school = asker(by(transport, up), trust=authority.trust)
        assert all(school.ask_all(names))
        assert {len(asked.message) for asked in up.asked} == {128}
        assert school.ask("www." + "x" * 60 + "." + "y" * 60 + ".example", dnssec_ok=True)
        assert len(up.asked[-1].message) == 256
        assert up.asked[-1].record.ar[0].edns_do


@pytest.mark.parametrize("transport", SECRET)
def test_answers_come_in_any_order_and_a_large_one_too(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    zone = {"slow.example": late(0.05), "large.example": large(65535)}
    with Upstream(zone, certificate=certificate) as up:
        school = asker(by(transport, up), trust=authority.trust)
        school.ask("first.example")
        slow, quick = school.start("slow.example"), school.start("quick.example")
        school.run_until(lambda: quick)
        assert not slow
        message = school.ask_bytes("large.example", "TXT")
        assert message and len(message) == 65535
        school.run_until(lambda: slow)


@pytest.mark.parametrize("transport", SECRET)
@pytest.mark.parametrize(
    ("names", "days", "problem"),
    [
        (("dns.wrong.example",), (-1, 1), "is not for dns.example"),
        (("127.0.0.1",), (-1, 1), "is not for dns.example"),
        ((NAME,), (-3, -1), "has expired"),
        ((NAME,), (1, 3), "is not valid yet"),
    ],
)
def test_a_wrong_certificate_is_refused_before_anything_is_asked(
    asker: MakeAsker,
    authority: Authority,
    transport: Transport,
    names: tuple[str, ...],
    days: tuple[int, int],
    problem: str,
) -> None:
    wrong = authority.certificate(*names, first_day=days[0], last_day=days[1], title="wrong")
    with Upstream(certificate=wrong) as up:
        school = asker(by(transport, up), trust=authority.trust)
        assert school.ask("www.bbc.co.uk") is None
        assert problem in school.exchange.standing()[0].problem
        assert not up.asked


@pytest.mark.parametrize("transport", SECRET)
def test_a_certificate_of_an_unknown_authority_is_refused(
    asker: MakeAsker, certificate: Certificate, transport: Transport
) -> None:
    with Upstream(certificate=certificate) as up:
        school = asker(by(transport, up))  # trusts whom the system trusts
        assert school.ask("www.bbc.co.uk") is None
        assert "signed by nobody we trust" in school.exchange.standing()[0].problem
        assert not up.asked


@pytest.mark.parametrize("transport", SECRET)
def test_a_server_that_never_shakes_hands_costs_less_than_a_second(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    with Upstream(certificate=certificate) as up, Upstream(certificate=certificate) as other:
        dumb = Server(transport, up.endpoint, NAME, by(transport, up).path)  # plain TCP there
        school = asker(dumb, by(transport, other), trust=authority.trust)
        assert school.ask("www.bbc.co.uk").rr
        assert school.seconds < 1.0
        # until it has given up by itself: httpx leaves a socket behind when it is cancelled here
        school.run_until(lambda: len(asyncio.all_tasks(school.loop)) == 1)


@pytest.mark.parametrize("transport", SECRET)
def test_a_dead_server_is_passed_over_and_comes_back(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    slower = Upstream(otherwise=late(0.05), certificate=certificate)
    with Upstream(certificate=certificate) as up, slower as other:
        school = asker(by(transport, up), by(transport, other), trust=authority.trust)
        assert school.ask("first.example")
        up.kill()
        for number in range(4):
            assert school.ask(f"{number}.example").rr
            assert school.seconds < 1.0
        assert not school.exchange.standing()[0].is_healthy
        up.revive()
        school.run_until(lambda: school.exchange.standing()[0].is_healthy, 15)


@pytest.mark.parametrize("transport", SECRET)
def test_a_connection_that_the_server_closed_is_made_again(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    with Upstream(certificate=certificate) as up:
        school = asker(by(transport, up), trust=authority.trust)
        school.ask("a.example")
        up.hang_up()
        assert school.ask("b.example").rr
        assert up.connections == {str(transport): 2}


@pytest.mark.parametrize("transport", SECRET)
def test_a_server_that_falls_silent_is_given_up_and_asked_anew(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    zone: dict[str, Behaviour] = {"lost.example": silence}
    with Upstream(zone, certificate=certificate) as up:
        school = asker(by(transport, up), trust=authority.trust, patience_seconds=6.0)
        school.ask("a.example")
        lost = school.start("lost.example")
        school.run_until(lambda: up.asked_for("lost.example"))
        up.zone["lost.example"] = answer()
        school.run_until(lambda: lost, 6)
        assert lost[0] is not None
        assert up.connections == {str(transport): 2}


@pytest.mark.parametrize("transport", SECRET)
def test_a_connection_that_a_router_forgot_is_replaced_though_others_answer_meanwhile(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    with Upstream(certificate=certificate) as up, Upstream(otherwise=late(0.05)) as other:
        school = asker(by(transport, up), other.plain, trust=authority.trust)
        school.ask("a.example")
        up.freeze()
        for number in range(4):
            assert school.ask(f"{number}.example").rr
        assert not school.exchange.standing()[0].is_healthy
        school.run_until(lambda: school.exchange.standing()[0].is_healthy, 15)
        assert up.connections[str(transport)] == 2


def test_an_https_connection_that_went_wrong_is_replaced(
    asker: MakeAsker, authority: Authority, certificate: Certificate
) -> None:
    wrong = by_turns(says(NO_STREAM, is_framed=False), answer())
    with Upstream({"a.example": wrong}, certificate=certificate) as up:
        school = asker(up.https, trust=authority.trust)
        assert school.ask("a.example").rr
        assert school.ask("b.example").rr
        assert up.connections == {"https": 2}


@pytest.mark.parametrize("transport", SECRET)
@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_a_complaint_leads_to_the_next_server(
    asker: MakeAsker,
    authority: Authority,
    certificate: Certificate,
    transport: Transport,
    rcode: str,
) -> None:
    with (
        Upstream(otherwise=complains(rcode), certificate=certificate) as up,
        Upstream(certificate=certificate) as other,
    ):
        school = asker(by(transport, up), by(transport, other), trust=authority.trust)
        assert school.ask("a.example").header.rcode == RCODE.NOERROR
        assert up.asked
        alone = asker(by(transport, up), trust=authority.trust)
        assert alone.ask("a.example").header.rcode == getattr(RCODE, rcode)


@pytest.mark.parametrize("places", [(1,), (2,), (1, 2, 3, 14)])
def test_an_answer_over_tls_may_come_in_pieces(
    asker: MakeAsker, authority: Authority, certificate: Certificate, places: tuple[int, ...]
) -> None:
    with Upstream(otherwise=in_pieces(*places), certificate=certificate) as up:
        assert asker(up.tls, trust=authority.trust).ask("www.bbc.co.uk").rr


@pytest.mark.parametrize(
    "behave",
    [
        broken_off(9),
        says(b"\0\0", is_framed=False),
        altered(wrong_id),
        altered(wrong_question),
        says(b"x" * 40),
    ],
)
def test_nonsense_over_tls_leads_to_the_next_server(
    asker: MakeAsker, authority: Authority, certificate: Certificate, behave: Behaviour
) -> None:
    with Upstream(otherwise=behave, certificate=certificate) as up, Upstream() as other:
        school = asker(up.tls, other.plain, trust=authority.trust)
        assert school.ask("www.bbc.co.uk").rr
        assert school.seconds < 1.0
        assert up.asked and other.asked


@pytest.mark.parametrize(
    ("behave", "problem"),
    [
        (over_http(500), "HTTP status 500"),
        (over_http(301), "HTTP status 301"),
        (over_http(204), "HTTP status 204"),
        (over_http(200, "text/html"), "is no DNS server"),
        (says(bytes(66_000)), "more than a DNS message holds"),
        (altered(wrong_question), "answers what was not asked"),
        (altered(wrong_id), "answers what was not asked"),
        (says(b""), "answers what was not asked"),
        (says(b"no HTTP at all" * 9, is_framed=False), "no answer in time"),
        (says(NO_STREAM, is_framed=False), "can't be asked"),
        (says(b"", closes=True), "can't be asked"),
    ],
)
def test_nonsense_over_https_leads_to_the_next_server(
    asker: MakeAsker,
    authority: Authority,
    certificate: Certificate,
    behave: Behaviour,
    problem: str,
) -> None:
    with Upstream(otherwise=behave, certificate=certificate) as up, Upstream() as other:
        school = asker(up.https, other.plain, trust=authority.trust)
        assert school.ask("www.bbc.co.uk").rr
        assert school.seconds < 1.0
        assert problem in school.exchange.standing()[0].problem


def test_https_asks_by_address_and_tells_nothing_of_the_school(
    asker: MakeAsker,
    authority: Authority,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with Upstream(certificate=certificate) as up:
        school = asker(up.https, trust=authority.trust)
        message = school.ask_bytes("www.bbc.co.uk")
        assert message and message[12:].startswith(key_of("www.bbc.co.uk"))
        (asked,) = up.asked
        assert asked.message[:2] == b"\0\0"
        assert asked.headers[":method"] == "POST"
        assert asked.headers[":path"] == "/dns-query"
        assert asked.headers[":authority"] == f"{NAME}:{up.ports['https']}"
        assert asked.headers["content-type"] == asked.headers["accept"] == "application/dns-message"
        assert asked.headers["user-agent"] == ""
        assert "cookie" not in asked.headers


@pytest.mark.parametrize("transport", SECRET)
def test_closing_leaves_nothing_open(
    asker: MakeAsker, authority: Authority, certificate: Certificate, transport: Transport
) -> None:
    with Upstream(otherwise=silence, certificate=certificate) as up:
        school = asker(by(transport, up), trust=authority.trust)
        waiting = [school.start(f"{number}.example") for number in range(5)]
        school.run_until(lambda: len(up.asked) == 5)
        waiting.append(school.start("at-the-last-moment.example"))
        school.loop.run_until_complete(school.exchange.close())
        assert waiting == [[None]] * 6


def test_a_resolver_without_https_upstreams_does_not_pay_for_httpx() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import appliance.dns.upstream, sys; print('httpx' in sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert run.stdout == "False\n", run.stderr
