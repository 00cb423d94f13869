"""Whose word is taken for who asks: that of the school's own proxies, and of nobody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.test import Client

from appliance.endpoint import PRIVATE
from webadmin.frame.proxies import believing, within

PROXIES = [ipaddress.ip_network(text) for text in ("10.20.0.10/32", "fd00:20::10/128")]
PROXY, OTHER_PROXY, PUPIL, LAPTOP = "10.20.0.10", "fd00:20::10", "10.20.3.7", "10.20.9.9"


def mirror(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Says who asks, by which scheme and name, and what is still told of proxies."""
    start("200 OK", [("Content-Type", "text/plain")])
    told = [key for key in environ if "FORWARDED" in key or "REAL_IP" in key]
    scheme, host = environ["wsgi.url_scheme"], environ["HTTP_HOST"]
    return [f"{environ['REMOTE_ADDR']} {scheme} {host} {told}".encode()]


def seen(peer: str, **headers: str) -> str:
    client = Client(believing(mirror, PROXIES))
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get("/", environ_overrides={"REMOTE_ADDR": peer}, headers=told)
    return answer.get_data(as_text=True)


def test_a_pupil_who_says_to_be_somebody_else_is_not_believed() -> None:
    forged = seen(
        PUPIL,
        X_Forwarded_For=LAPTOP,
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.example",
        Forwarded=f"for={LAPTOP}",
        X_Real_Ip=LAPTOP,
    )
    assert forged == f"{PUPIL} http localhost []"


def test_a_proxy_of_the_school_says_who_asks_and_how() -> None:
    told = seen(
        PROXY, X_Forwarded_For=LAPTOP, X_Forwarded_Proto="https", X_Forwarded_Host="bellgate.sch.uk"
    )
    assert told == f"{LAPTOP} https bellgate.sch.uk []"


@pytest.mark.parametrize(
    ("chain", "who"),
    [
        (f"{LAPTOP}, {PUPIL}", PUPIL),  # the left-most came with the request: anybody wrote it
        (f"{LAPTOP},{PUPIL}, {OTHER_PROXY}", PUPIL),
        (f"{PUPIL}:51234", PUPIL),
        ("[fd00:20::7]:51234", "fd00:20::7"),
        ("::ffff:10.20.3.7", PUPIL),
        (OTHER_PROXY, OTHER_PROXY),  # the proxy itself asks
        ("unknown", PROXY),
        (f"{LAPTOP}, unknown", PROXY),
        ("", PROXY),
    ],
)
def test_the_nearest_address_that_is_no_proxy_asks(chain: str, who: str) -> None:
    assert seen(PROXY, X_Forwarded_For=chain).split()[0] == who


def test_only_words_that_make_sense_are_taken() -> None:
    assert seen(PROXY, X_Forwarded_Proto="gopher").split()[1] == "http"
    assert seen(PROXY, X_Forwarded_Proto="http, https").split()[1] == "https"


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        (PUPIL, 200),
        ("127.0.0.1", 200),
        ("fe80::1%eth0", 200),
        ("203.0.113.9", 403),
        ("2001:db8::9", 403),
        ("nonsense", 403),
    ],
)
def test_the_staff_pages_are_for_the_schools_own_network(peer: str, status: int) -> None:
    client = Client(within(mirror, PRIVATE))
    answer = client.get("/", environ_overrides={"REMOTE_ADDR": peer})
    assert answer.status_code == status
