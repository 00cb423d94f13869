"""Questions over TCP and TLS: real sockets, real clients, and peers who mean harm."""

from __future__ import annotations

import ipaddress
import resource
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.config import Encrypted
from appliance.dns.streams.door import packed
from appliance.dns.streams.dot import serve_tls
from appliance.dns.streams.limits import Limits
from appliance.dns.streams.tcp import serve_tcp
from appliance.dns.streams.tls import SecureDoor
from appliance.errors import CertificateError
from tests.certificates import Authority, Certificate
from tests.dns.serving import (
    NAME,
    STRANGER,
    TABLET,
    FrontDesk,
    Peer,
    Served,
    framed,
    ids,
    query,
    quietly,
    said,
)

SHORT = 0.2  # seconds of patience, where a test waits for its end
Serve = Callable[..., Served]


@pytest.fixture
def desk() -> FrontDesk:
    return FrontDesk()


@pytest.fixture
def tcp(desk: FrontDesk) -> Iterator[Serve]:
    """Serves TCP within these limits."""
    opened: list[Served] = []

    def serve(**limits: Any) -> Served:
        within = replace(Limits(), **limits)
        opened.append(Served(lambda sock, loop: serve_tcp(sock, desk, loop, within)))
        return opened[-1]

    yield serve
    for served in opened:
        served.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return authority.certificate(NAME, f"*.{NAME}", "127.0.0.1")


@pytest.fixture
def tls(desk: FrontDesk, certificate: Certificate) -> Iterator[Serve]:
    """Serves TLS within these limits."""
    opened: list[Served] = []

    def serve(shown: Certificate = certificate, **limits: Any) -> Served:
        within = replace(Limits(), **limits)
        files = encrypted(shown)
        opened.append(Served(lambda sock, loop: serve_tls(sock, desk, loop, within, files)))
        return opened[-1]

    yield serve
    for served in opened:
        served.close()


def encrypted(certificate: Certificate) -> Encrypted:
    return Encrypted(certificate.chain, certificate.key, NAME)


def test_kdig_and_dig_are_answered(tcp: Serve) -> None:
    port = tcp().port
    assert "192.0.2.1" in said("kdig", "+tcp", "@127.0.0.1", "-p", port, "www.example")
    both = said("dig", "+tcp", "+keepopen", "@127.0.0.1", "-p", port, "a.example", "b.example")
    assert both.count("192.0.2.1") == 2


def test_a_message_may_come_byte_by_byte(tcp: Serve) -> None:
    with Peer(tcp().port) as peer:
        for byte in framed(query("a.example", 7), query("b.example", 8)):
            peer.send(bytes((byte,)))
        assert ids([peer.message(), peer.message()]) == [7, 8]


def test_two_hundred_questions_in_one_breath_are_all_answered(tcp: Serve) -> None:
    with Peer(tcp().port) as peer:
        peer.send(framed(*(query(f"n{n}.example", n) for n in range(200))))
        assert sorted(ids(peer.message() for _ in range(200))) == list(range(200))


def test_a_quick_answer_overtakes_a_slow_one(tcp: Serve, desk: FrontDesk) -> None:
    served = tcp()
    with Peer(served.port) as peer:
        peer.send(framed(query("held.example", 1), query("quick.example", 2)))
        assert ids([peer.message()]) == [2]
        served.call(desk.held[0])
        assert ids([peer.message()]) == [1]


def test_who_asks_too_much_at_once_is_read_no_further_until_answers_leave(
    tcp: Serve, desk: FrontDesk
) -> None:
    served = tcp(questions=4)
    with Peer(served.port) as peer, Peer(served.port) as other:
        peer.send(framed(*(query(f"held-{n}.example", n) for n in range(10))))
        served.until(lambda: len(desk.held) == 4)
        assert ids([other.ask("www.example", 99)]) == [99]
        assert len(desk.held) == 4
        got: list[int] = []
        while len(got) < 10:
            served.until(lambda: desk.held)
            assert served.call(lambda: len(desk.held)) <= 4
            served.call(lambda: desk.held.pop(0)())
            got += ids([peer.message()])
        assert got == list(range(10))


def test_many_large_answers_reach_a_client_that_reads_them(tcp: Serve) -> None:
    with Peer(tcp().port) as peer:
        peer.send(framed(*(query("big.example", n) for n in range(60))))
        assert sorted(ids(peer.message() for _ in range(60))) == list(range(60))


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0",
        b"\0\4abcd",
        b"\x10\x01",
        framed(b"\0\1\x80" + query("an.answer")[3:]),
        b"GET / HTTP/1.1\r\n",
    ],
    ids=["empty", "no header", "too long", "an answer", "not DNS"],
)
def test_what_is_no_question_ends_the_connection(tcp: Serve, data: bytes) -> None:
    with Peer(tcp().port) as peer:
        peer.send(framed(query("www.example", 5)) + data)
        assert ids([peer.message()]) == [5]
        assert peer.is_shown_out()


def test_who_may_not_ask_is_shown_out(tcp: Serve, desk: FrontDesk) -> None:
    with Peer(tcp().port, source=STRANGER) as stranger:
        assert stranger.is_shown_out()
    assert not desk.asked


@pytest.mark.parametrize("text", ["10.1.2.3", "::ffff:10.1.2.3", "fd00:20::7", "fe80::1%eth0"])
def test_a_device_has_one_address_whichever_socket_it_came_by(text: str) -> None:
    plain = ipaddress.ip_address(text.removeprefix("::ffff:").partition("%")[0])
    assert packed(text) == plain.packed


def test_a_question_that_drips_in_is_not_waited_for(tcp: Serve) -> None:
    served = tcp(arrival_seconds=SHORT)
    with Peer(served.port) as slow, Peer(served.port) as idle:
        idle.ask("www.example")
        slow.socket.settimeout(SHORT / 10)
        drips = 0
        for byte in framed(query("x" * 60 + ".example")):
            quietly(lambda byte=byte: slow.send(bytes((byte,))))  # type: ignore[misc]
            drips += 1
            try:
                if slow.is_shown_out():
                    break
            except TimeoutError:
                continue
        assert drips < 40  # of 82
        assert ids([idle.ask("www.example", 3)]) == [3]  # who only rests may stay


def test_who_wants_nothing_for_long_is_shown_out(tcp: Serve, desk: FrontDesk) -> None:
    with Peer(tcp(rest_seconds=SHORT).port) as peer:
        peer.ask("www.example")
        assert peer.is_shown_out()
    assert len(desk.asked) == 1


def test_a_question_that_is_never_answered_holds_nothing_for_ever(tcp: Serve) -> None:
    with Peer(tcp(answer_seconds=SHORT).port) as peer:
        peer.send(framed(query("never.example")))
        assert peer.is_shown_out()


def test_who_asks_and_does_not_read_is_shown_out(tcp: Serve, desk: FrontDesk) -> None:
    served = tcp(unsent_bytes=20_000, answer_seconds=SHORT)
    with Peer(served.port, receive_buffer=4096) as slow, Peer(served.port) as other:
        quietly(lambda: slow.send(framed(*(query("big.example", n) for n in range(2000)))))
        served.until(lambda: len(served.door) <= 1)
        assert len(desk.asked) < 2000
        assert ids([other.ask("www.example", 4)]) == [4]


def test_late_answers_to_who_does_not_read_are_not_heaped_up(tcp: Serve, desk: FrontDesk) -> None:
    served = tcp(unsent_bytes=100_000)
    with Peer(served.port, receive_buffer=4096) as slow:
        slow.send(framed(*(query("held.big.example", n) for n in range(100))))
        served.until(lambda: len(desk.held) == 100)
        served.call(lambda: [answer() for answer in desk.held])
        assert served.call(lambda: len(served.door)) == 0


def test_half_a_goodbye_leaves_time_for_the_answer(tcp: Serve, desk: FrontDesk) -> None:
    served = tcp()
    with Peer(served.port) as peer:
        peer.send(framed(query("held.example", 6)))
        peer.socket.shutdown(socket.SHUT_WR)
        served.until(lambda: desk.held)
        served.call(desk.held[0])
        assert ids([peer.message()]) == [6]
        assert peer.is_shown_out()


@pytest.mark.parametrize("reset", [False, True])
def test_answers_to_who_is_gone_are_dropped(tcp: Serve, desk: FrontDesk, reset: bool) -> None:
    served = tcp()
    with Peer(served.port) as peer:
        peer.send(framed(*(query("held.example", n) for n in range(10))))
        served.until(lambda: len(desk.held) == 10)
        if reset:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    served.call(lambda: [answer() for answer in desk.held])
    served.until(lambda: not len(served.door))
    assert not served.faults


def test_a_house_full_of_silent_connections_keeps_nobody_out(tcp: Serve) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000), most))
    served = tcp()
    silent = []
    try:
        for n in range(2000):  # from twenty addresses, half of them with half a question
            silent.append(Peer(served.port, source=f"127.0.1.{n % 20 + 1}"))
            if n % 2:
                quietly(lambda: silent[-1].send(b"\0\x20\1"))
        with Peer(served.port) as peer:
            assert ids([peer.ask("www.example", 9)]) == [9]
            assert served.call(lambda: len(served.door)) <= Limits().connections
            assert "192.0.2.1" in said("kdig", "+tcp", "@127.0.0.1", "-p", served.port, "a.example")
    finally:
        for one in silent:
            one.socket.close()


def test_one_greedy_address_sends_away_its_own_connections_only(tcp: Serve) -> None:
    served = tcp(connections_per_client=10)
    with Peer(served.port, source="127.0.0.2") as other:
        other.ask("www.example")
        greedy = [Peer(served.port) for _ in range(50)]
        assert ids([greedy[-1].ask("www.example", 1)]) == [1]
        assert served.call(lambda: len(served.door)) == 11
        assert greedy[0].is_shown_out()
        assert ids([other.ask("www.example", 2)]) == [2]
        for one in greedy:
            one.socket.close()


def test_who_waits_for_an_answer_is_not_sent_away_for_a_newcomer(
    tcp: Serve, desk: FrontDesk
) -> None:
    served = tcp(connections=2, spared_seconds=60)
    with Peer(served.port) as one, Peer(served.port) as two:
        for peer in (one, two):
            peer.send(framed(query("held.example", 1)))
        served.until(lambda: len(desk.held) == 2)
        with Peer(served.port) as newcomer:
            assert newcomer.is_shown_out()
        served.call(lambda: [answer() for answer in desk.held])
        assert ids([one.message(), two.message()]) == [1, 1]
        with Peer(served.port) as newcomer:  # now somebody rests
            assert ids([newcomer.ask("www.example", 2)]) == [2]


def kdig(port: int, authority: Authority, name: str, *words: str) -> str:
    root = authority.folder / "root.pem"
    root.write_text(authority.pem)
    trust = (f"+tls-ca={root}", f"+tls-hostname={name}")
    return said("kdig", "@127.0.0.1", "-p", port, *trust, *words, "www.example")


def test_kdig_is_answered_over_tls_and_known_by_its_address(
    tls: Serve, desk: FrontDesk, authority: Authority
) -> None:
    assert "192.0.2.1" in kdig(tls().port, authority, NAME, "+tls")
    assert desk.asked == [("127.0.0.1", "www.example")]


def test_a_device_that_shows_its_id_is_known_by_it(
    tls: Serve, desk: FrontDesk, authority: Authority
) -> None:
    shown = f"{TABLET}.{NAME}"
    port = tls().port
    assert "192.0.2.1" in kdig(port, authority, shown, f"+tls-sni={shown}", "+tls")
    with Peer(port, trust=authority.trust, name=shown.upper(), source=STRANGER) as peer:
        assert ids([peer.ask("www.example", 3)]) == [3]
    assert desk.asked == [("tablet", "www.example")] * 2


@pytest.mark.parametrize("name", [f"somebody-else.{NAME}", f"a.{TABLET}.{NAME}"])
def test_an_id_that_nobody_has_is_not_answered(
    tls: Serve, desk: FrontDesk, authority: Authority, name: str
) -> None:
    trust = authority.trust
    trust.check_hostname = False
    with Peer(tls().port, trust=trust, name=name) as peer:
        assert peer.is_shown_out()
    assert not desk.asked


def test_two_hundred_questions_in_one_breath_over_tls(tls: Serve, authority: Authority) -> None:
    with Peer(tls().port, trust=authority.trust) as peer:
        peer.send(framed(*(query(f"n{n}.example", n) for n in range(200))))
        assert sorted(ids(peer.message() for _ in range(200))) == list(range(200))
        peer.send(framed(*(query("big.example", n) for n in range(40))))
        assert sorted(ids(peer.message() for _ in range(40))) == list(range(40))


def test_who_asks_too_much_over_tls_is_read_no_further(
    tls: Serve, desk: FrontDesk, authority: Authority
) -> None:
    served = tls(questions=4)
    with Peer(served.port, trust=authority.trust) as peer:
        peer.send(framed(*(query(f"held-{n}.example" + "x" * 40, n) for n in range(300))))
        got: list[int] = []
        while len(got) < 300:
            served.until(lambda: desk.held)
            assert served.call(lambda: len(desk.held)) <= 4
            served.call(lambda: desk.held.pop(0)())
            got += ids([peer.message()])
        assert got == list(range(300))


def test_tls_is_of_this_decade_and_speaks_dot(tls: Serve, authority: Authority) -> None:
    port = tls().port
    trust = authority.trust
    trust.set_alpn_protocols(["dot"])
    with Peer(port, trust=trust) as peer:
        assert isinstance(peer.socket, ssl.SSLSocket)
        assert peer.socket.selected_alpn_protocol() == "dot"
    old = ("openssl", "s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-connect")
    assert "no peer certificate available" in said(*old, f"127.0.0.1:{port}", code=1)


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01\x02\x00\x01"])
def test_a_handshake_that_is_not_ended_is_not_waited_for(tls: Serve, begun: bytes) -> None:
    with Peer(tls(greeting_seconds=SHORT).port) as peer:
        peer.send(begun)
        assert peer.is_shown_out()


def test_what_is_not_tls_is_shown_out_and_no_fault_of_ours(tls: Serve) -> None:
    served = tls(greeting_seconds=SHORT)
    for data in (framed(query("www.example")) * 5, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" * 50):
        with Peer(served.port) as peer:
            peer.send(data)
            served.until(lambda: not len(served.door))
    assert not served.faults


def test_a_house_full_of_half_open_handshakes_keeps_nobody_out(
    tls: Serve, authority: Authority
) -> None:
    served = tls(connections=100, connections_per_client=50)
    half = [Peer(served.port, source=f"127.0.1.{n % 20 + 1}") for n in range(300)]
    for one in half:
        quietly(lambda one=one: one.send(b"\x16\x03\x01\x02\x00\x01"))  # type: ignore[misc]
    with Peer(served.port, trust=authority.trust) as peer:
        assert ids([peer.ask("www.example", 9)]) == [9]
    for one in half:
        one.socket.close()


def test_a_client_that_does_not_believe_us_goes_and_others_stay(
    tls: Serve, authority: Authority
) -> None:
    served = tls()
    with Peer(served.port, trust=authority.trust) as peer:
        for trust, name in (
            (ssl.create_default_context(), NAME),
            (authority.trust, "other.example"),
        ):
            with pytest.raises(ssl.SSLCertVerificationError):
                Peer(served.port, trust=trust, name=name)
        assert ids([peer.ask("www.example", 2)]) == [2]
        served.until(lambda: len(served.door) == 1)


def test_a_certificate_is_renewed_without_dropping_anybody(
    tls: Serve, authority: Authority, tmp_path: Path
) -> None:
    own = Authority(tmp_path, authority.key)
    served = tls(own.certificate("old.example"))
    door = served.door
    assert isinstance(door, SecureDoor)
    with Peer(served.port, trust=own.trust, name="old.example") as early:
        own.certificate("new.example")
        served.call(door.reload)
        with Peer(served.port, trust=own.trust, name="new.example") as late:
            assert ids([early.ask("a.example", 1), late.ask("b.example", 2)]) == [1, 2]
    (tmp_path / "server.key").write_text("not a key")
    with pytest.raises(CertificateError, match="not PEM text"):
        served.call(door.reload)
    with Peer(served.port, trust=own.trust, name="new.example") as late:
        assert ids([late.ask("c.example", 3)]) == [3]
