"""Certificates: what can't be used is said in a sentence, and so is what devices will refuse."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.config import Encrypted
from appliance.dns.streams.certificate import Certificate
from appliance.dns.streams.doubts import doubts
from appliance.errors import CertificateError
from tests.certificates import Authority

NAME = "dns.example.sch.uk"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def made(authority: Authority, *names: str, title: str = "server", last_day: int = 90) -> Encrypted:
    first_day = min(-1, last_day - 1)
    files = authority.certificate(*names, title=title, first_day=first_day, last_day=last_day)
    return Encrypted(files.chain, files.key, NAME)


def fault_of(encrypted: Encrypted) -> str:
    with pytest.raises(CertificateError) as fault:
        Certificate(encrypted, ["dot"])
    return str(fault.value)


def test_what_cannot_be_used_is_said_in_a_sentence(authority: Authority, tmp_path: Path) -> None:
    good, other = made(authority, NAME), made(authority, NAME, title="other")
    nowhere = tmp_path / "nowhere.pem"
    assert fault_of(Encrypted(name=NAME)).startswith("[encrypted] certificate: missing")
    assert fault_of(replace(good, certificate=nowhere)).endswith(
        "nowhere.pem: No such file or directory"
    )
    assert "[encrypted] key = " in fault_of(replace(good, key=nowhere))
    assert "they have to be made together" in fault_of(replace(good, key=other.key))
    assert "not PEM text" in fault_of(replace(good, certificate=good.key))
    assert "not PEM text" in fault_of(replace(good, key=good.certificate))


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(
    authority: Authority, tmp_path: Path
) -> None:
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert "the key has a passphrase" in fault_of(replace(made(authority, NAME), key=locked))


def test_what_devices_will_refuse_is_told_and_served_all_the_same(authority: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    assert doubts(made(authority, NAME, f"*.{NAME}"), now) == ()
    old = made(authority, NAME, f"*.{NAME}", last_day=-1)
    (said,) = doubts(old, now)
    assert "ran out on" in said
    assert Certificate(old, ["dot"]).context
    (said,) = doubts(made(authority, NAME, f"*.{NAME}", last_day=5), now)
    assert "time to renew it" in said
    (said,) = doubts(made(authority, NAME), now)
    assert f"is not made out to *.{NAME}" in said
    assert len(doubts(made(authority, "other.example"), now - 30 * datetime.timedelta(1))) == 3
