"""Questions over HTTPS: kdig and curl, requests that ask nothing, and floods."""

from __future__ import annotations

import re
import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from appliance.config import Encrypted
from appliance.dns.streams.doh import serve_https
from appliance.dns.streams.limits import Limits
from tests.certificates import Authority, Certificate
from tests.dns.serving import (
    NAME,
    STRANGER,
    TABLET,
    FrontDesk,
    Peer,
    Served,
    base64url,
    ids,
    query,
    quietly,
    said,
)

SHORT = 0.2
MESSAGE = "application/dns-message"
HTTPS = Callable[..., Served]


@pytest.fixture
def desk() -> FrontDesk:
    return FrontDesk()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return authority.certificate(NAME, f"*.{NAME}")


@pytest.fixture
def https(desk: FrontDesk, certificate: Certificate) -> Iterator[HTTPS]:
    """Serves HTTPS within these limits."""
    opened: list[Served] = []

    def serve(**limits: Any) -> Served:
        within = replace(Limits(), **limits)
        files = Encrypted(certificate.chain, certificate.key, NAME)
        opened.append(Served(lambda sock, loop: serve_https(sock, desk, loop, within, files)))
        return opened[-1]

    yield serve
    for served in opened:
        served.close()


class Browser:
    """A client of HTTP/2 that keeps what it was told."""

    def __init__(self, served: Served, authority: Authority, **settings: int) -> None:
        trust = authority.trust
        trust.set_alpn_protocols(["h2"])
        self.peer = Peer(served.port, trust=trust)
        self.http = H2Connection(H2Configuration(header_encoding="utf-8"))
        self.http.initiate_connection()
        self.headers: dict[int, dict[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.ended: list[int] = []
        self.reset: list[int] = []
        self.reason: int | None = None
        self.is_reading_up = True  # acknowledges what it reads

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *fault: object) -> None:
        self.peer.socket.close()

    def flush(self) -> None:
        self.peer.send(self.http.data_to_send())

    def head(self, method: str, path: str, *more: tuple[str, str], end: bool) -> int:
        stream = self.http.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", NAME), (":path", path)]
        self.http.send_headers(stream, [*head, *more], end_stream=end)
        return stream

    def get(self, message: bytes, path: str = "/dns-query") -> int:
        return self.head("GET", f"{path}?dns={base64url(message)}", end=True)

    def post(self, message: bytes, path: str = "/dns-query") -> int:
        stream = self.head("POST", path, ("content-type", MESSAGE), end=False)
        self.http.send_data(stream, message, end_stream=True)
        return stream

    def listen(self, is_enough: Callable[[], object]) -> None:
        """Until it is enough; EOFError when the other side has closed."""
        quietly(self.flush)
        while not is_enough():
            try:
                data = self.peer.socket.recv(65_536)
            except ConnectionError:
                data = b""
            if not data:
                raise EOFError
            for event in self.http.receive_data(data):
                self.hear(event)
            quietly(self.flush)

    def hear(self, event: events.Event) -> None:
        if isinstance(event, events.ResponseReceived):
            self.headers[event.stream_id] = {str(k): str(v) for k, v in event.headers}
            self.bodies[event.stream_id] = b""
        elif isinstance(event, events.DataReceived):
            self.bodies[event.stream_id] += event.data
            if self.is_reading_up:
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, events.StreamEnded):
            self.ended.append(event.stream_id)
        elif isinstance(event, events.StreamReset):
            self.reset.append(event.stream_id)
        elif isinstance(event, events.ConnectionTerminated):
            self.reason = event.error_code

    def status(self, stream: int) -> int:
        self.listen(lambda: stream in self.ended)
        return int(self.headers[stream][":status"])

    def is_shown_out(self) -> bool:
        try:
            self.listen(lambda: False)
        except EOFError:
            return True
        return False


def curl(served: Served, authority: Authority, *words: str) -> str:
    """The head of the response, and the size of its body behind an empty line."""
    root = authority.folder / "root.pem"
    root.write_text(authority.pem)
    there = ("--resolve", f"{NAME}:{served.port}:127.0.0.1", "--cacert", str(root))
    path, *rest = words
    address = f"https://{NAME}:{served.port}{path}"
    shown = ("-D", "-", "-o", "/dev/null", "-w", "%{size_download}")
    return said("curl", "--silent", *there, *shown, *rest, address)


def test_kdig_is_answered_by_get_and_by_post(https: HTTPS, authority: Authority) -> None:
    port = https().port
    root = authority.folder / "root.pem"
    root.write_text(authority.pem)
    trust = (f"+tls-ca={root}", f"+tls-hostname={NAME}")
    for way in ("+https-get", "+https"):
        there = ("@127.0.0.1", "-p", port, way, f"+https=/dns-query/{TABLET}")
        assert "192.0.2.1" in said("kdig", *there, *trust, "www.example")


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
@pytest.mark.parametrize("version", ["1.1", "2"])
def test_curl_is_answered_with_the_right_head(
    https: HTTPS, authority: Authority, tmp_path: Path, version: str
) -> None:
    served = https()
    http = f"--http{version}"
    asked = f"/dns-query?x=1&dns={base64url(query('www.example'))}"
    head = curl(served, authority, asked, http).lower()
    assert head.startswith(f"http/{version} 200")
    assert f"content-type: {MESSAGE}" in head
    assert "cache-control: private, max-age=60" in head  # the smaller of two TTLs
    assert not re.search("^(server|date|alt-svc|via):", head, re.MULTILINE)
    (tmp_path / "question").write_bytes(query("none.example"))
    body = ("--data-binary", f"@{tmp_path}/question")
    head = curl(served, authority, "/dns-query", http, *body, "-H", f"content-type: {MESSAGE}")
    assert "max-age=30" in head  # no answer: the minimum of its SOA
    assert " 413" in curl(served, authority, "/dns-query", http, *body[:1], "x" * 100_000)
    assert " 415" in curl(served, authority, "/dns-query", http, *body)
    assert " 405" in curl(served, authority, "/dns-query", http, "-X", "DELETE")
    assert " 405" in curl(served, authority, "/dns-query", http, "--head")


GOOD = base64url(query("www.example"))


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"/dns-query/?dns={GOOD}", 200),
        (f"/dns-query/{TABLET}?dns={GOOD}", 200),
        (f"/dns-query/{TABLET.upper()}?dns={GOOD}", 200),
        (f"/dns-query/nobody?dns={GOOD}", 403),
        (f"/dns-query/{TABLET}/more?dns={GOOD}", 404),
        (f"/dns-queryx?dns={GOOD}", 404),
        ("/", 404),
        ("/dns-query", 400),
        ("/dns-query?dns=", 400),
        (f"/dns-query?dns={GOOD}&dns={GOOD}", 400),
        (f"/dns-query?dns={GOOD}==", 400),
        ("/dns-query?dns=a+b/", 400),
        ("/dns-query?dns=AAAAA", 400),
        (f"/dns-query?dns={base64url(b'short')}", 400),
        (f"/dns-query?dns={base64url(query('x')[:2] + bytes((0x81,)) + query('x')[3:])}", 400),
        (f"/dns-query?dns={base64url(query('www.example') + bytes(4097))}", 413),
        (f"/dns-query?dns={base64url(bytes(20_000))}", 431),
    ],
)
def test_get(https: HTTPS, authority: Authority, target: str, status: int) -> None:
    served = https()
    with Peer(served.port, trust=authority.trust) as old:
        old.send(f"GET {target} HTTP/1.1\r\nhost: {NAME}\r\n\r\n".encode())
        assert f"HTTP/1.1 {status}" in old.take(12).decode()
    if status != 431:  # HTTP/2 has no status for it: see the test of headers without end
        with Browser(served, authority) as new:
            assert new.status(new.head("GET", target, end=True)) == status
    assert not served.faults


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (MESSAGE, query("www.example"), 200),
        (MESSAGE + "; a=b", query("www.example"), 200),
        ("application/dns-json", query("www.example"), 415),
        (MESSAGE, b"", 400),
        (MESSAGE, query("www.example") + bytes(5000), 413),
        (MESSAGE, bytes(60_000), 413),
    ],
)
def test_post(https: HTTPS, authority: Authority, kind: str, body: bytes, status: int) -> None:
    served = https()
    with Peer(served.port, trust=authority.trust) as old:
        head = f"POST /dns-query HTTP/1.1\r\nhost: {NAME}\r\ncontent-type: {kind}\r\n"
        old.send(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert f"HTTP/1.1 {status}" in old.take(12).decode()
    with Peer(served.port, trust=authority.trust) as old:
        old.send(f"{head}transfer-encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body)
        old.send(b"\r\n0\r\n\r\n" if body else b"\r\n")
        assert f"HTTP/1.1 {status}" in old.take(12).decode()
    with Browser(served, authority) as new:
        stream = new.head("POST", "/dns-query", ("content-type", kind), end=False)
        for at in range(0, len(body), 16_000):
            new.http.send_data(stream, body[at : at + 16_000])
        new.http.end_stream(stream)
        assert new.status(stream) == status
        assert new.status(new.post(query("after.example"))) == 200  # the connection goes on
    assert not served.faults


def test_requests_on_one_line_of_http_1_are_answered_in_turn(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https()
    names = ["held.example", "quick.example", "last.example"]
    with Peer(served.port, trust=authority.trust) as peer:
        for n, name in enumerate(names):
            target = f"/dns-query?dns={base64url(query(name, n))}"
            peer.send(f"GET {target} HTTP/1.1\r\nhost: {NAME}\r\n\r\n".encode())
        served.until(lambda: desk.held)
        served.call(desk.held[0])
        got = []
        for _ in names:
            (size,) = re.findall(rb"content-length: (\d+)", peer.head())
            got.append(peer.take(int(size)))
    assert ids(got) == [0, 1, 2]


def test_a_question_of_http_1_byte_by_byte(https: HTTPS, authority: Authority) -> None:
    with Peer(https().port, trust=authority.trust) as peer:
        for byte in f"GET /dns-query?dns={GOOD} HTTP/1.1\r\nhost: {NAME}\r\n\r\n".encode():
            peer.send(bytes((byte,)))
        assert peer.take(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize(
    "text", ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\0" * 100 + "\r\n"]
)
def test_what_is_no_http_is_a_bad_request(https: HTTPS, authority: Authority, text: str) -> None:
    served = https()
    with Peer(served.port, trust=authority.trust) as peer:
        peer.send(text.encode())
        assert peer.take(12) == b"HTTP/1.1 400"
    assert not served.faults


@pytest.mark.parametrize("begun", ["GET /dns", f"POST /dns-query HTTP/1.1\r\nhost: {NAME}\r\n"])
def test_a_request_of_http_1_that_drips_in_is_not_waited_for(
    https: HTTPS, authority: Authority, begun: str
) -> None:
    with Peer(https(arrival_seconds=SHORT).port, trust=authority.trust) as peer:
        peer.send(begun.encode())
        assert peer.is_shown_out()


def test_a_client_that_waits_for_leave_to_send_gets_it(https: HTTPS, authority: Authority) -> None:
    body = query("www.example")
    head = f"POST /dns-query HTTP/1.1\r\nhost: {NAME}\r\ncontent-type: {MESSAGE}\r\n"
    with Peer(https().port, trust=authority.trust) as peer:
        peer.send(f"{head}expect: 100-continue\r\ncontent-length: {len(body)}\r\n\r\n".encode())
        assert peer.head().startswith(b"HTTP/1.1 100")
        peer.send(body)
        assert peer.head().startswith(b"HTTP/1.1 200")


def test_who_may_not_ask_is_forbidden_but_for_a_device_that_shows_its_id(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https()
    for path, status in (("/dns-query", 403), (f"/dns-query/{TABLET}", 200)):
        with Peer(served.port, trust=authority.trust, source=STRANGER) as peer:
            peer.send(f"GET {path}?dns={GOOD} HTTP/1.1\r\nhost: {NAME}\r\n\r\n".encode())
            assert f"HTTP/1.1 {status}" == peer.take(12).decode()
    trust = authority.trust
    with Peer(served.port, trust=trust, name=f"{TABLET}.{NAME}", source=STRANGER) as peer:
        peer.send(f"GET /dns-query?dns={GOOD} HTTP/1.1\r\nhost: {NAME}\r\n\r\n".encode())
        assert peer.take(12) == b"HTTP/1.1 200"
    assert {seat for seat, _ in desk.asked} == {"tablet"}


def test_a_hundred_streams_are_answered_in_any_order(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https()
    with Browser(served, authority) as browser:
        held = browser.get(query("held.example", 1))
        browser.flush()
        served.until(lambda: desk.held)
        streams = [browser.post(query(f"n{n}.example", n)) for n in range(99)]
        browser.listen(lambda: len(browser.ended) == 99)
        assert held not in browser.ended
        served.call(desk.held[0])
        assert browser.status(held) == 200
        assert ids(browser.bodies[stream] for stream in streams) == list(range(99))


def test_large_answers_wait_for_the_clients_window(https: HTTPS, authority: Authority) -> None:
    with Browser(https(), authority) as browser:
        browser.is_reading_up = False
        streams = [browser.get(query("big.example", n)) for n in range(2)]
        browser.listen(lambda: sum(map(len, browser.bodies.values())) == 65_535)
        assert not set(streams) <= set(browser.ended)
        browser.http.increment_flow_control_window(100_000)
        browser.listen(lambda: len(browser.ended) == 2)
        assert ids(browser.bodies[stream] for stream in streams) == [0, 1]


def test_who_never_opens_the_window_is_shown_out(https: HTTPS, authority: Authority) -> None:
    served = https(answer_seconds=SHORT)
    with Browser(served, authority) as browser:
        browser.http.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
        browser.get(query("www.example"))
        assert browser.is_shown_out()
    with Browser(served, authority) as browser:
        browser.http.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
        for n in range(10):
            browser.get(query("big.example", n))
        assert browser.is_shown_out()
    assert not served.faults


def test_a_flood_of_resets_ends_the_connection(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https()
    with Browser(served, authority) as browser, Browser(served, authority) as other:
        for n in range(2000):
            stream = browser.get(query(f"n{n}.example"))
            browser.http.reset_stream(stream, ErrorCodes.CANCEL)
            if n % 10 == 0:
                quietly(browser.flush)
        assert browser.is_shown_out()
        assert len(desk.asked) < 200
        assert other.status(other.get(query("www.example"))) == 200
    assert not served.faults


def test_resets_one_by_one_end_it_as_well_and_heap_up_no_questions(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https(questions=20)
    with Browser(served, authority) as browser:
        for n in range(500):
            try:
                stream = browser.get(query(f"held{n}.example"))
                browser.flush()
                browser.http.reset_stream(stream, ErrorCodes.CANCEL)
                browser.flush()
            except OSError:
                break
        served.until(lambda: len(desk.held) >= 1)
        assert served.call(lambda: len(desk.held)) <= 20
    served.until(lambda: not len(served.door) or len(desk.held) == 20)
    served.call(lambda: [answer() for answer in desk.held])
    assert not served.faults


def test_some_cancelled_requests_are_nothing_unusual(https: HTTPS, authority: Authority) -> None:
    with Browser(https(), authority) as browser:
        for n in range(60):
            browser.http.reset_stream(browser.get(query("never.example")), ErrorCodes.CANCEL)
            assert browser.status(browser.get(query("www.example", n))) == 200
            assert browser.status(browser.get(query("www.example", n))) == 200


@pytest.mark.parametrize("flood", ["pings", "settings", "empty data", "priorities"])
def test_frames_that_ask_nothing_end_the_connection(
    https: HTTPS, authority: Authority, flood: str
) -> None:
    served = https()
    with Browser(served, authority) as browser:
        stream = browser.head("POST", "/dns-query", ("content-type", MESSAGE), end=False)
        for n in range(400):
            if flood == "pings":
                browser.http.ping(n.to_bytes(8, "big"))
            elif flood == "settings":
                browser.http.update_settings({SettingCodes.MAX_FRAME_SIZE: 16_384 + n})
            elif flood == "empty data":
                browser.http.send_data(stream, b"")
            else:
                browser.http.prioritize(stream, weight=n % 250 + 1)
        quietly(browser.flush)
        assert browser.is_shown_out()
        assert browser.reason in (None, ErrorCodes.ENHANCE_YOUR_CALM)
    assert not served.faults


def test_headers_without_end_end_the_connection(https: HTTPS, authority: Authority) -> None:
    served = https()
    with Browser(served, authority) as browser:
        browser.flush()
        frame = (16_000).to_bytes(3, "big") + b"\1\0" + (1).to_bytes(4, "big") + bytes(16_000)
        more = (16_000).to_bytes(3, "big") + b"\x09\0" + (1).to_bytes(4, "big") + bytes(16_000)
        quietly(lambda: browser.peer.send(frame + more * 20))
        assert browser.is_shown_out()
    with Browser(served, authority) as browser:
        browser.head("GET", "/dns-query", ("x", "y" * 9000), end=True)
        assert browser.is_shown_out()
    assert not served.faults


def test_a_request_of_http_2_that_drips_in_is_not_waited_for(
    https: HTTPS, authority: Authority
) -> None:
    with Browser(https(arrival_seconds=SHORT), authority) as browser:
        browser.head("POST", "/dns-query", ("content-type", MESSAGE), end=False)
        assert browser.is_shown_out()


def test_after_so_many_requests_a_connection_says_goodbye_and_answers_them_all(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https(requests_per_connection=5)
    with Browser(served, authority) as browser:
        held = browser.get(query("held.example"))
        for n in range(4):
            assert browser.status(browser.get(query("www.example", n))) == 200
        refused = browser.get(query("more.example"))
        browser.listen(lambda: refused in browser.reset)  # it may be asked again elsewhere
        served.call(desk.held[0])
        assert browser.status(held) == 200
        assert browser.is_shown_out()
        assert browser.reason == ErrorCodes.NO_ERROR


def test_answers_to_browsers_that_are_gone_are_dropped(
    https: HTTPS, desk: FrontDesk, authority: Authority
) -> None:
    served = https()
    with Browser(served, authority) as browser, Peer(served.port, trust=authority.trust) as peer:
        browser.get(query("held.example"))
        browser.post(query("held.big.example"))
        browser.flush()
        target = f"/dns-query?dns={base64url(query('held.example'))}"
        peer.send(f"GET {target} HTTP/1.1\r\nhost: {NAME}\r\n\r\n".encode())
        served.until(lambda: len(desk.held) == 3)
    served.until(lambda: len(served.door) == 0 or desk.held)
    served.call(lambda: [answer() for answer in desk.held])
    served.until(lambda: not len(served.door))
    assert not served.faults


def test_no_alpn_means_http_1(https: HTTPS, authority: Authority) -> None:
    with Peer(https().port, trust=authority.trust) as peer:
        assert isinstance(peer.socket, ssl.SSLSocket)
        assert peer.socket.selected_alpn_protocol() is None
        peer.send(f"GET /dns-query?dns={GOOD} HTTP/1.0\r\nhost: {NAME}\r\n\r\n".encode())
        assert peer.take(12) == b"HTTP/1.1 200"
