"""Devices ask in secret: kdig over TLS and HTTPS, and a device that says which one it is."""

from __future__ import annotations

import signal
import ssl
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.journeys.cast import CERTIFIED, DAN, HEADS_ID, SENTENCE
from tests.journeys.conftest import PAGE, School
from tests.journeys.peers import Forwarder, says
from tests.journeys.running import eventually, running
from tests.ports import free_port
from tests.upstream import Upstream

NEWS, SOCIAL, CANARY = "www.bbc.example", "www.tiktok.com", "mask.icloud.com"


@pytest.mark.parametrize("way", ["tls", "https"])
@pytest.mark.parametrize("size", ["+padding", "+nopadding"])
def test_kdig_asks_in_secret(school: School, way: str, size: str) -> None:
    ask = _by_tls if way == "tls" else _by_https
    allowed = ask(school, NEWS, size)
    assert "192.0.2.10" in allowed
    assert "The certificate is trusted" in allowed
    refused = ask(school, SOCIAL, size)
    assert PAGE in refused
    assert SENTENCE in refused or "EDE" not in refused  # old kdigs know no extended errors
    large = ask(school, "large.example", "TXT")
    assert "status: NOERROR" in large
    assert "ANSWER: 1" in large


def test_kdig_by_get_too(school: School) -> None:
    assert "192.0.2.10" in _by_https(school, NEWS, "+https-get")


def test_a_device_is_known_by_the_name_it_asks_for(school: School) -> None:
    """The head's telephone, wherever it is; a pupil's tablet at the same address is none."""
    assert "status: NOERROR" in _by_tls(school, CANARY, name=f"{HEADS_ID}.{CERTIFIED}")
    assert "status: NXDOMAIN" in _by_tls(school, CANARY)


def test_a_device_is_known_by_the_path_it_asks_on(school: School) -> None:
    assert "status: NOERROR" in _by_https(school, CANARY, path=f"/dns-query/{HEADS_ID}")
    assert "status: NXDOMAIN" in _by_https(school, CANARY)


def test_an_id_that_nobody_has_opens_nothing(school: School) -> None:
    guessed = "k7f3q9wz2n"
    assert "status: NOERROR" not in _by_tls(school, CANARY, name=f"{guessed}.{CERTIFIED}")
    assert "status: NOERROR" not in _by_https(school, CANARY, path=f"/dns-query/{guessed}")
    assert "status: NOERROR" not in _by_https(school, CANARY, path="/elsewhere")


def test_the_record_says_by_what_a_device_was_known(school: School) -> None:
    name = "by-its-id.example"
    assert "192.0.2.1" in _by_tls(school, name, name=f"{HEADS_ID}.{CERTIFIED}")
    (event,) = school.box.events_about(name)
    assert (event.asker.who.device, event.asker.who.group) == ("heads-telephone", "staff")


def test_unbound_forwards_to_us_in_secret(school: School, tmp_path: Path) -> None:
    """As the server of another site does, over the internet between."""
    forwarder = Forwarder("unbound", by_tls=school.ca)
    with forwarder.running(tmp_path, school.tls_port) as port:
        said = says("dig", "@127.0.0.1", "-p", port, NEWS)
        assert "192.0.2.10" in said
        assert PAGE in says("dig", "@127.0.0.1", "-p", port, SOCIAL)


def test_a_renewed_certificate_is_shown_from_the_next_connection_on(
    authority: Authority, tmp_path: Path
) -> None:
    first = authority.certificate(CERTIFIED, title="renewed")
    port = free_port()
    appliance = f"""
        [encrypted]
        certificate = "{first.chain}"
        key = "{first.key}"
        name = "{CERTIFIED}"
        tls = ["127.0.0.1:{port}"]
    """

    def shown() -> str:
        return ssl.get_server_certificate(("127.0.0.1", port), timeout=5)

    with Upstream() as up, running(tmp_path, upstreams=[up.plain], appliance=appliance) as box:
        before = shown()
        authority.certificate(CERTIFIED, title="renewed")  # over the old one
        box.process.send_signal(signal.SIGHUP)
        eventually(lambda: shown() != before)
        assert box.device(DAN).ask(NEWS).addresses


def _by_tls(school: School, asked: str, *more: str, name: str = CERTIFIED) -> str:
    where = ["@127.0.0.1", "-p", school.tls_port, "-b", DAN, "+tls", "+timeout=5", "+retry=0"]
    trust = [f"+tls-ca={school.ca}", f"+tls-hostname={name}", f"+tls-sni={name}"]
    return says("kdig", "-d", *where, *trust, asked, *more)


def _by_https(school: School, asked: str, *more: str, path: str = "/dns-query") -> str:
    where = ["@127.0.0.1", "-p", school.https_port, "-b", DAN, "+timeout=5", "+retry=0"]
    trust = [f"+https={CERTIFIED}{path}", f"+tls-ca={school.ca}", f"+tls-hostname={CERTIFIED}"]
    return says("kdig", "-d", *where, *trust, asked, *more)
