"""Asking a resolver that others wrote, over each road it has."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config import Transport
from appliance.config import Upstream as Server
from appliance.endpoint import Endpoint
from tests.certificates import Authority
from tests.dns.conftest import MakeAsker
from tests.upstream import LOOPBACK, NAME

UNBOUND = shutil.which("unbound", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

# On a desk without unbound there is nothing to ask; where CI lacks it, that is a failure.
pytestmark = pytest.mark.skipif(
    UNBOUND is None and "CI" not in os.environ, reason="unbound is not installed here"
)

SETTINGS = """
server:
    interface: 127.0.0.1@{plain}
    interface: 127.0.0.1@{tls}
    tls-port: {tls}
    tls-service-key: "{key}"
    tls-service-pem: "{chain}"
    directory: "{folder}"
    pidfile: ""
    chroot: ""
    username: ""
    use-syslog: no
    do-daemonize: no
    local-data: "www.bbc.co.uk. 300 IN A 192.0.2.7"
{texts}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind((str(LOOPBACK), 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def ports(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Transport, int]]:
    assert UNBOUND, "CI has to install unbound"
    folder = tmp_path_factory.mktemp("unbound")
    certificate = authority.certificate(NAME, title="unbound")
    plain, tls = free_port(), free_port()
    text = "\n".join(
        f"    local-data: 'large.example. 300 IN TXT \"{number:03d}{'x' * 200}\"'"
        for number in range(40)
    )
    settings = SETTINGS.format(
        plain=plain,
        tls=tls,
        key=certificate.key,
        chain=certificate.chain,
        folder=folder,
        texts=text,
    )
    path = Path(folder) / "unbound.conf"
    path.write_text(settings)
    process = subprocess.Popen([UNBOUND, "-d", "-c", str(path)], stderr=subprocess.DEVNULL)
    try:
        wait_for(plain)
        yield {Transport.PLAIN: plain, Transport.TLS: tls}
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Until somebody listens."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with socket.socket() as door:
            if door.connect_ex((str(LOOPBACK), port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("unbound did not start")


@pytest.mark.parametrize("transport", [Transport.PLAIN, Transport.TLS])
def test_unbound_answers_small_and_large_questions(
    asker: MakeAsker,
    authority: Authority,
    ports: dict[Transport, int],
    transport: Transport,
) -> None:
    server = Server(transport, Endpoint(LOOPBACK, ports[transport]), NAME)
    school = asker(server, trust=authority.trust)
    assert [str(one.rdata) for one in school.ask("www.bbc.co.uk").rr] == ["192.0.2.7"]
    assert len(school.ask("large.example", "TXT").rr) == 40  # 9 kB: UDP can't carry it
    assert all(school.ask_all(["www.bbc.co.uk"] * 200))
    (standing,) = school.exchange.standing()
    assert standing.is_healthy and standing.wrong == 0
