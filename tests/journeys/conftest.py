"""The everyday box of these journeys: one school, configured as a school would, on a Tuesday."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.box import has_ipv6
from tests.behaviours import answer, by_kind, complains, large
from tests.certificates import Authority, Certificate
from tests.journeys.cast import CERTIFIED, SERVER, TROLLEY
from tests.journeys.running import Box, Device, running
from tests.ports import free_port
from tests.upstream import Upstream

SIX = ["::1"] if has_ipv6() else []
PAGE = "127.0.0.80"
PAGE_SIX = "fd00:80::1"


class Popular:
    """A tablet that asks for one name over and over, beyond its TTL, while other stories are told:
    what comes of it takes longer than a test should."""

    NAME = "popular.example"
    TTL = 30  # seconds: a shorter life is not worth fetching anew before its end

    def __init__(self, device: Device) -> None:
        self._device = device
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._ask_on)
        self._thread.start()

    def _ask_on(self) -> None:
        end = time.monotonic() + self.TTL + 1
        while time.monotonic() < end and not self._is_over.wait(0.3):
            self._device.try_to_ask(self.NAME)

    def wait(self) -> None:
        """Until the name has lived longer than its TTL."""
        self._thread.join()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()


# Who answers what in the world outside
WORLD = {
    "www.bbc.example": by_kind(A=answer("www.bbc.example. 300 A 192.0.2.10")),
    Popular.NAME: answer(f"{Popular.NAME}. {Popular.TTL} A 192.0.2.12"),
    "late-bell.example": answer("late-bell.example. 3600 A 192.0.2.11"),
    "large.example": large(3000),
    "alias.example": answer(
        "alias.example. 300 CNAME www.tiktok.com.", "www.tiktok.com. 300 A 192.0.2.66"
    ),
    "good-alias.example": answer(
        "good-alias.example. 300 CNAME cdn.example.", "cdn.example. 300 A 192.0.2.67"
    ),
    "service.example": by_kind(
        HTTPS=answer("service.example. 300 HTTPS 1 www.tiktok.com. alpn=h2"),
    ),
    "good-service.example": by_kind(
        HTTPS=answer("good-service.example. 300 HTTPS 1 cdn.example. alpn=h2"),
    ),
    "rebind.example": answer("rebind.example. 300 A 192.168.1.1"),
    "intranet.bellgate.sch.uk": answer("intranet.bellgate.sch.uk. 300 A 10.1.2.3"),
    "forcesafesearch.google.com": by_kind(
        A=answer("forcesafesearch.google.com. 300 A 192.0.2.120"),
        AAAA=answer("forcesafesearch.google.com. 300 AAAA 2001:db8::120"),
    ),
    "restrict.youtube.com": by_kind(A=answer("restrict.youtube.com. 300 A 192.0.2.121")),
    "restrictmoderate.youtube.com": by_kind(
        A=answer("restrictmoderate.youtube.com. 300 A 192.0.2.122")
    ),
    "safe.duckduckgo.com": complains("SERVFAIL"),
    "strict.bing.com": by_kind(A=answer("strict.bing.com. 300 A 192.0.2.123")),
}
DIRECTORY = {
    "dc.ad.bellgate.sch.uk": by_kind(A=answer("dc.ad.bellgate.sch.uk. 300 A 10.1.0.2")),
    "2.0.1.10.in-addr.arpa": by_kind(
        PTR=answer("2.0.1.10.in-addr.arpa. 300 PTR dc.ad.bellgate.sch.uk.")
    ),
}


@dataclass(frozen=True)
class School:
    """The everyday box and the servers around it."""

    box: Box
    world: Upstream
    directory: Upstream
    authority: Authority
    tls_port: int
    https_port: int
    popular: Popular

    @property
    def ca(self) -> Path:
        return self.authority.folder / "root.pem"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    (authority.folder / "root.pem").write_text(authority.pem)
    return authority


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    return authority.certificate(CERTIFIED, f"*.{CERTIFIED}", "127.0.0.1")


@pytest.fixture(scope="session")
def school(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, certificate: Certificate
) -> Iterator[School]:
    """Nobody may change it: what a test publishes, it publishes on a box of its own."""
    folder = tmp_path_factory.mktemp("school")
    tls_port, https_port = free_port(), free_port()
    (folder / "hosts").write_text("10.20.0.9 printer printer.bellgate.sch.uk\n")
    with Upstream(WORLD) as world, Upstream(DIRECTORY) as directory:
        appliance = f"""
            [dns]
            block_page = ["{PAGE}", "{PAGE_SIX}"]
            forwarders = ["{SERVER}/32"]
            client_rate = 100000
            client_burst = 100000

            [[zone]]
            names = ["ad.bellgate.sch.uk", "1.10.in-addr.arpa"]
            servers = ["{directory.plain}"]

            [local]
            hosts = ["{folder}/hosts"]
            private_names = ["intranet.bellgate.sch.uk"]

            [[record]]
            name = "library.bellgate.sch.uk"
            kind = "A"
            value = "10.20.0.7"

            [[record]]
            name = "books.bellgate.sch.uk"
            kind = "CNAME"
            value = "www.bbc.example"

            [encrypted]
            certificate = "{certificate.chain}"
            key = "{certificate.key}"
            name = "{CERTIFIED}"
            tls = ["127.0.0.1:{tls_port}"]
            https = ["127.0.0.1:{https_port}"]
        """
        with running(folder, upstreams=[world.plain], appliance=appliance, dns=SIX) as box:
            popular = Popular(box.device(TROLLEY))
            try:
                yield School(box, world, directory, authority, tls_port, https_port, popular)
            finally:
                popular.end()


@pytest.fixture(scope="session")
def box(school: School) -> Box:
    return school.box


@pytest.fixture(scope="session")
def world(school: School) -> Upstream:
    return school.world
