"""Trying an upstream out: the network manager reads one sentence and knows what to do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance.config import Upstream as Server
from appliance.dns.trial import Trial, try_upstream
from tests.behaviours import complains, silence
from tests.certificates import Authority
from tests.dns.conftest import key_of
from tests.upstream import NAME, Upstream


def tried(server: Server, **settings: Any) -> Trial:
    return asyncio.run(try_upstream(server, **settings))


def test_a_good_server_is_told_with_its_time() -> None:
    with Upstream() as up:
        trial = tried(up.plain)
        assert trial.is_good
        assert str(trial).startswith(f"{up.endpoint} answers in ")
        assert str(trial).endswith(" ms")
        assert (up.asked[0].name, up.asked[0].kind) == ("", "NS")


def test_any_question_may_be_tried() -> None:
    with Upstream() as up:
        assert tried(up.plain, key=key_of("www.bbc.co.uk")).is_good
        assert up.asked[0].name == "www.bbc.co.uk"


@pytest.mark.parametrize("kind", ["tls", "https"])
def test_a_good_secret_server_is_told_with_its_name(authority: Authority, kind: str) -> None:
    with Upstream(certificate=authority.certificate(NAME, title=f"good-{kind}")) as up:
        trial = tried(getattr(up, kind), trust=authority.trust)
        assert str(trial).startswith(f"{kind}://{NAME}@127.0.0.1:{up.ports[kind]}")
        assert trial.is_good


def test_a_server_where_nobody_listens_is_said_to_refuse() -> None:
    with Upstream() as up:
        up.kill()
        assert "refused: nothing listens at 127.0.0.1" in str(tried(up.plain))


def test_a_silent_server_is_said_to_be_silent() -> None:
    with Upstream(otherwise=silence) as up:
        trial = tried(up.plain, patience_seconds=0.5)
        assert str(trial) == f"{up.endpoint} does not answer: no answer in time"


@pytest.mark.parametrize("kind", ["tls", "https"])
def test_a_certificate_for_another_name_is_said_to_be_so(authority: Authority, kind: str) -> None:
    certificate = authority.certificate("dns.other.example", title=f"other-{kind}")
    with Upstream(certificate=certificate) as up:
        trial = tried(getattr(up, kind), trust=authority.trust)
        assert not trial.is_good
        where = f"127.0.0.1:{up.ports[kind]}"
        assert f"the certificate of {where} is not for {NAME}" in str(trial)


def test_a_server_that_refuses_says_so() -> None:
    with Upstream(otherwise=complains("REFUSED")) as up:
        assert "it says REFUSED to a question that is fine" in str(tried(up.plain))
