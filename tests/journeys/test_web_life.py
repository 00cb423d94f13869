"""The life of the two web applications beside the resolvers: they come up, come back, and go, and
whatever becomes of them, DNS is answered."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.commands import pages
from appliance.config import Config, Dns, Web
from appliance.endpoint import Endpoint
from appliance.places import PUBLIC, STAFF
from appliance.processes import running as programs
from appliance.sockets import Service, open_listener
from appliance.store.office import invitations
from appliance.store.office.invitations import Kind
from appliance.store.office.office import open_office
from tests.certificates import Authority
from tests.console import bellgate
from tests.journeys.browsing import answers, get, words
from tests.journeys.cast import DAN
from tests.journeys.running import Box, eventually, running
from tests.ports import free_port
from tests.upstream import Upstream

END_SECONDS = 2.0
ALL = "dns,recording,staff,public"
CLERK = "127.0.0.7"  # another device than those that behave badly


@dataclass(frozen=True)
class Site:
    """A box with its pages."""

    box: Box
    staff: int  # ports
    public: int

    def dns_answers(self) -> bool:
        return self.box.device(DAN).ask("www.bbc.example").addresses == ["192.0.2.1"]

    def pid(self, name: str) -> int:
        """0 where it does not run."""
        return next((one.pid for one in programs(self.box.data) if one.name == name), 0)


@pytest.fixture(scope="module")
def world() -> Iterator[Upstream]:
    with Upstream() as up:
        yield up


@contextlib.contextmanager
def site(folder: Path, world: Upstream, appliance: str = "") -> Iterator[Site]:
    staff, public = free_port(), free_port()
    more = ("--staff", f"127.0.0.1:{staff}", "--public", f"127.0.0.1:{public}")
    with running(folder, upstreams=[world.plain], appliance=appliance, only=ALL, more=more) as box:
        yield Site(box, staff, public)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, world: Upstream) -> Iterator[Site]:
    """One that goes on."""
    with site(tmp_path_factory.mktemp("site"), world) as one:
        yield one


def test_the_ready_line_says_where_everything_is(school: Site) -> None:
    assert school.box.ready == (
        f"ready dns=127.0.0.1:{school.box.port} staff=http://127.0.0.1:{school.staff} "
        f"public=http://127.0.0.1:{school.public}\n"
    )
    assert answers(school.staff) and answers(school.public)
    assert not re.search(r"\d\.\d", get(school.public).headers["server"])  # no version to look up


def test_a_new_box_tells_where_to_begin(school: Site) -> None:
    link = f"Set up Bellgate: http://127.0.0.1:{school.staff}/welcome/(\\S+)"
    token = eventually(lambda: re.search(link, school.box.said))[1]
    with open_office(school.box.data) as office:
        found = invitations.look(office, token, int(school.box.now() * 1000))
    assert found.kind is Kind.FIRST_RUN


@pytest.mark.parametrize("name", ["staff", "public"])
def test_killed_pages_are_back_and_dns_has_not_noticed(school: Site, name: str) -> None:
    port = school.staff if name == "staff" else school.public
    before = school.pid(name)
    os.kill(before, signal.SIGKILL)
    assert school.dns_answers()
    eventually(lambda: school.pid(name) not in (0, before), 30)
    eventually(lambda: answers(port), 30)


def test_a_hang_up_ends_nothing(school: Site) -> None:
    before = [school.pid(name) for name in ("dns 1", "recording", "staff", "public")]
    os.kill(school.box.process.pid, signal.SIGHUP)
    for _ in range(5):
        assert answers(school.staff) and answers(school.public)
    assert [school.pid(name) for name in ("dns 1", "recording", "staff", "public")] == before


def test_silent_and_slow_devices_keep_nobody_waiting(school: Site) -> None:
    with contextlib.ExitStack() as stack:
        for text in (
            b"",
            b"GET / HT",
            b"GET / HTTP/1.1\r\nHost: a\r\n",
            b"POST / HTTP/1.1\r\n",
        ) * 5:
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", school.public)))
            sock.sendall(text)
        # neither does one that never closes after its answer
        done = stack.enter_context(socket.create_connection(("127.0.0.1", school.public)))
        done.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        begun = time.monotonic()
        for _ in range(5):
            assert get(school.public, by=CLERK).status < 500
        assert time.monotonic() - begun < 3  # a slow head is cut after ten
    assert answers(school.public)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 9_000 + b"\r\n\r\n", b"431"),
        (b"\x16\x03\x01\x02\x00", b""),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
    ],
)
def test_what_no_browser_sends_is_refused(school: Site, request_: bytes, status: bytes) -> None:
    said = words(school.public, request_)
    assert said[9:12] == status or (not status and b"200" not in said[:12])
    assert answers(school.public)


def test_nobodys_address_is_told_to_the_log(school: Site) -> None:
    words(school.public, b"GET /\x00 HTTP/1.1\r\n\r\n", by="127.0.0.99")
    get(school.public, "/", by="127.0.0.99")
    assert "127.0.0.99" not in school.box.said


def test_status_and_check_know_them(school: Site) -> None:
    status = bellgate("status", "--dir", school.box.data).out
    assert "ok    staff: process" in status and "ok    public: process" in status
    found = {
        one["matter"]: one for one in bellgate("check", "--dir", school.box.data, "--json").objects
    }
    assert found["staff pages"]["ok"] and found["public pages"]["ok"]
    assert f"answer on http://127.0.0.1:{school.public} in" in found["public pages"]["says"]
    assert "Bellgate listens there" in found[f"port http 127.0.0.1:{school.staff}"]["says"]


def test_it_all_ends_in_time_whatever_is_still_going_on(tmp_path: Path, world: Upstream) -> None:
    with site(tmp_path, world) as one, contextlib.ExitStack() as stack:
        for text in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
            for port in (one.staff, one.public):
                sock = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                sock.sendall(text)
        assert answers(one.staff)
        begun = time.monotonic()
        assert one.box.end() == 0
        assert time.monotonic() - begun < END_SECONDS
        assert "killed" not in one.box.said
        assert not programs(one.box.data)


def test_a_port_that_is_taken_is_said_in_a_sentence(school: Site, tmp_path: Path) -> None:
    taken = f"127.0.0.1:{school.staff}"
    dns = ("--dns", f"127.0.0.1:{free_port()}", "--upstream", "127.0.0.1:9")
    said = bellgate("run", "--dir", tmp_path, *dns, "--staff", taken)
    assert said.code == 2
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith(f"{taken} is taken by another program: sudo ss")


def test_the_usual_ports_give_way() -> None:
    config = Config(dns=Dns(listen=(Endpoint.parse("127.0.0.1:53"),)))
    asked: dict[str, list[Endpoint]] = {STAFF: [], PUBLIC: []}
    told: list[str] = []
    (first,) = pages.effective(config, ["dns", "staff"], asked, told.append).web.staff
    with open_listener(Service.HTTP, first, alone=True).socket:
        (second,) = pages.effective(config, ["dns", "staff"], asked, told.append).web.staff
    assert second != first
    assert f"The staff pages are on port {second.port}, since" in told[-1]


@pytest.mark.parametrize(
    ("public", "block_page"),
    [
        (["10.20.0.2:80", "[fd00:20::2]:80"], ["10.20.0.2", "fd00:20::2"]),
        (["10.20.0.2:8081"], []),  # a browser that was led there would knock on port 80
        (["127.0.0.1:80"], []),
    ],
)
def test_refused_names_lead_to_the_pages_where_devices_meet_them(
    public: list[str], block_page: list[str]
) -> None:
    web = Web(public=tuple(Endpoint.parse(one) for one in public))
    asked: dict[str, list[Endpoint]] = {STAFF: [], PUBLIC: []}
    found = pages.effective(Config(web=web), ["dns", "public"], asked, print).dns
    assert [str(one) for one in found.block_page] == block_page
    own = Dns(block_page=(ipaddress.ip_address("10.20.0.80"),))
    found = pages.effective(Config(dns=own, web=web), ["dns", "public"], asked, print).dns
    assert found == own


def test_dns_goes_on_without_pages_and_they_come_when_they_can(
    tmp_path: Path, world: Upstream
) -> None:
    """The certificate is broken; the network manager mends it, and renews it another day."""
    first = Authority(tmp_path).certificate("127.0.0.1", title="first")
    second = Authority(tmp_path)
    renewed = second.certificate("127.0.0.1", title="second")
    file, key = tmp_path / "web.pem", tmp_path / "web.key"
    file.write_text("this is no certificate")
    shutil.copy(first.key, key)
    secret = free_port()
    appliance = (
        f'[web]\ncertificate = "{file}"\nkey = "{key}"\npublic_https = ["127.0.0.1:{secret}"]\n'
    )
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    with site(tmp_path, world, appliance) as one:
        assert " staff=" not in one.box.ready
        assert f" public=http://127.0.0.1:{one.public}" in one.box.ready
        assert "one of them is not PEM text that we can read" in one.box.said
        assert one.dns_answers() and answers(one.public) and not answers(secret, anybody)
        shutil.copy(first.chain, file)
        eventually(lambda: answers(one.staff, anybody), 40)
        assert answers(secret, anybody) and answers(one.public)
        # a browser that opened a connection ahead, and says nothing on it, is in nobody's way
        with contextlib.ExitStack() as stack:
            for _ in range(5):
                ahead = socket.create_connection(("127.0.0.1", one.staff))
                stack.enter_context(anybody.wrap_socket(ahead))
            assert get(one.staff, trust=anybody).status < 500
        shutil.copy(renewed.chain, file)
        shutil.copy(renewed.key, key)
        assert answers(one.staff, second.trust)
