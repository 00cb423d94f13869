"""Devices ask in secret: kdig over TLS and HTTPS, and a device that says which one it is."""

from __future__ import annotations

import pytest

from tests.journeys.cast import DAN, HEADS_ID, SENTENCE
from tests.journeys.conftest import NAME, PAGE, School
from tests.journeys.peers import says

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
    assert "status: NOERROR" in _by_tls(school, CANARY, name=f"{HEADS_ID}.{NAME}")
    assert "status: NXDOMAIN" in _by_tls(school, CANARY)


def test_a_device_is_known_by_the_path_it_asks_on(school: School) -> None:
    assert "status: NOERROR" in _by_https(school, CANARY, path=f"/dns-query/{HEADS_ID}")
    assert "status: NXDOMAIN" in _by_https(school, CANARY)


def test_an_id_that_nobody_has_opens_nothing(school: School) -> None:
    guessed = "k7f3q9wz2n"
    assert "status: NOERROR" not in _by_tls(school, CANARY, name=f"{guessed}.{NAME}")
    assert "status: NOERROR" not in _by_https(school, CANARY, path=f"/dns-query/{guessed}")
    assert "status: NOERROR" not in _by_https(school, CANARY, path="/elsewhere")


def test_the_record_says_by_what_a_device_was_known(school: School) -> None:
    name = "by-its-id.example"
    assert "192.0.2.1" in _by_tls(school, name, name=f"{HEADS_ID}.{NAME}")
    (event,) = school.box.events_about(name)
    assert (event.asker.who.device, event.asker.who.group) == ("heads-telephone", "staff")


def _by_tls(school: School, asked: str, *more: str, name: str = NAME) -> str:
    where = ["@127.0.0.1", "-p", school.tls_port, "-b", DAN, "+tls", "+timeout=5", "+retry=0"]
    trust = [f"+tls-ca={school.ca}", f"+tls-hostname={name}", f"+tls-sni={name}"]
    return says("kdig", "-d", *where, *trust, asked, *more)


def _by_https(school: School, asked: str, *more: str, path: str = "/dns-query") -> str:
    where = ["@127.0.0.1", "-p", school.https_port, "-b", DAN, "+timeout=5", "+retry=0"]
    trust = [f"+https={NAME}{path}", f"+tls-ca={school.ca}", f"+tls-hostname={NAME}"]
    return says("kdig", "-d", *where, *trust, asked, *more)
