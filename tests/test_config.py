"""appliance.toml: what a network manager may write, what it means, and what is said of mistakes."""

from __future__ import annotations

import ipaddress
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import settings
from appliance.config import (
    Config,
    Dns,
    Encrypted,
    Local,
    Record,
    Recording,
    Transport,
    Upstream,
    Upstreams,
    Web,
    Zone,
)
from appliance.endpoint import Endpoint
from appliance.errors import ConfigError
from appliance.upstreams import ReadyMade, ready_made, servers_of

A_SCHOOLS = """
[dns]
listen = ["10.20.0.2:53", "[fd00:20::2]"]
workers = 3
block_page = ["10.20.0.2"]
forwarders = ["10.20.0.10/32"]

[upstream]
profile = "quad9"
locked = true

[[zone]]
names = ["AD.example.sch.uk", "20.10.in-addr.arpa"]
servers = ["10.20.0.10"]

[local]
hosts = ["hosts"]

[[record]]
name = "printer.example.sch.uk"
kind = "A"
value = "10.20.0.9"

[encrypted]
certificate = "dns.pem"
key = "/etc/bellgate/dns.key"
name = "dns.example.sch.uk"
tls = ["10.20.0.2"]

[recording]
refused_days = 30

[web]
staff = ["10.20.0.2:443"]
public = ["10.20.0.2"]
certificate = "web.pem"
key = "web.key"
trusted_proxies = ["10.20.0.11/32"]
"""


def test_a_schools_settings_say_what_they_mean(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text(A_SCHOOLS)
    config = settings.read_file(file)
    assert [str(one) for one in config.dns.listen] == ["10.20.0.2:53", "[fd00:20::2]:53"]
    assert config.dns.cache_mb == Dns().cache_mb
    assert config.zones[0].names == ("ad.example.sch.uk", "20.10.in-addr.arpa")
    assert config.local.records == (Record("printer.example.sch.uk", "A", "10.20.0.9"),)
    assert str(config.encrypted.tls[0]) == "10.20.0.2:853"
    assert (config.recording.refused_days, config.recording.allowed_days) == (30, 7)
    assert config.encrypted.certificate == tmp_path / "dns.pem"
    assert config.encrypted.key == Path("/etc/bellgate/dns.key")
    assert config.local.hosts == (tmp_path / "hosts",)
    assert [str(one) for one in (*config.web.staff, *config.web.public)] == [
        "10.20.0.2:443",
        "10.20.0.2:80",
    ]
    assert config.web.certificate == tmp_path / "web.pem"
    assert ipaddress.ip_network("10.0.0.0/8") in config.web.staff_networks
    assert ipaddress.ip_network("0.0.0.0/0") not in config.web.staff_networks


def test_no_file_at_all_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        settings.read_file(tmp_path / "appliance.toml")


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    with pytest.raises(ConfigError) as told:
        settings.read(
            b"""[dns]
workers = "three"
listne = ["10.0.0.1:53"]
networks = ["10.20.0.1/16"]
[upstream]
servers = ["tls://9.9.9.9"]
[[record]]
name = "printer.example.sch.uk"
kind = "A"
value = "fd00::9"
"""
        )
    text = str(told.value)
    assert 'line 2, dns.workers: "three" will not do: a whole number, such as 3' in text
    assert "line 3, dns.listne: unknown key (did you mean listen?)" in text
    assert "line 4, dns.networks[1]" in text
    assert "10.20.0.0/16 would do" in text
    assert "line 6, upstream.servers[1]" in text
    assert "an address has to follow the name" in text
    assert "line 10, record[1].value: an A record needs an IPv4 address" in text
    assert len(told.value.mistakes) == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[upstream]\nprofile = "quad8"', "did you mean quad9?"),
        ('[upstream]\nprofile = "quad9"\nservers = ["1.1.1.1"]', "has servers of its own"),
        ('[upstream]\nprofile = "jisc"', "gives every school its own addresses for jisc"),
        ("[upstream]\nlocked = true", "there is no upstream to lock"),
        ('[upstream]\nservers = ["https://a.example@9.9.9.9/x y"]', "a path of letters"),
        ('[encrypted]\ncertificate = "a.pem"', "key: missing"),
        ('[encrypted]\ntls = ["10.0.0.1"]', "certificate: missing"),
        ('[web]\nstaff = ["10.0.0.1"]', "needs a port from 1 to 65535"),
        ('[web]\nstaff = ["10.0.0.1:80"]\npublic = ["10.0.0.1"]', "is that of staff already"),
        ('[web]\npublic_https = ["10.0.0.1"]', "certificate: missing"),
        ('[web]\ncertificate = "a.pem"', "key: missing"),
        ("[web]\nstaff_networks = []", "empty: networks such as"),
        ('[web]\ntrusted_proxies = ["10.0.0.1/8"]', "10.0.0.0/8 would do"),
        ("[recording]\nrefused_days = 0", "line 2, recording.refused_days: 0 will not do: days"),
        ("[recording]\ncommit_seconds = 90", "seconds between two writings"),
        ('[[zone]]\nnames = ["ad.example"]', "servers: missing"),
        ('[[record]]\nname = "a.example"\nkind = "MX"\nvalue = "mail.example"', "a preference"),
        ('[[record]]\nname = "a.example"\nkind = "SRV"\nvalue = "0 5 70000 a.example"', "priority"),
        ('[[record]]\nname = "a.example"\nkind = "HINFO"\nvalue = "x"', "one of A, AAAA"),
        (
            '[[record]]\nname = "a.example"\nkind = "CNAME"\nvalue = "b.example"\n'
            '[[record]]\nname = "a.example"\nkind = "A"\nvalue = "10.0.0.1"',
            "a CNAME stands alone",
        ),
    ],
)
def test_a_mistake_says_what_would_do(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says.replace("?", r"\?")):
        settings.read(text.encode())


def test_a_ready_made_upstream_is_asked_over_tls_by_the_name_of_its_certificate() -> None:
    first, *others = servers_of(Upstreams(profile="cloudflare-family"))
    assert str(first) == "tls://family.cloudflare-dns.com@1.1.1.3:853"
    assert any(one.endpoint.address.version == 6 for one in others)


def test_a_providers_own_addresses_stand_beside_its_profile() -> None:
    config = settings.read(b'[upstream]\nprofile = "jisc"\nservers = ["192.0.2.53"]')
    assert [str(one) for one in servers_of(config.upstream)] == ["192.0.2.53:53"]


@pytest.mark.parametrize("entry", ready_made().values(), ids=ready_made())
def test_every_ready_made_upstream_can_be_asked_or_says_whose_addresses_it_needs(
    entry: ReadyMade,
) -> None:
    assert all(one.startswith("https://") for one in entry.checked)
    for server in entry.servers:
        assert Upstream.parse(str(server)) == server
        assert server.endpoint.address.is_global
    if entry.https:
        host, slash, path = entry.https.removeprefix("https://").partition("/")
        Upstream.parse(f"https://{host}@{entry.addresses[0]}{slash}{path}")


LABEL = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
NAME = st.tuples(LABEL, LABEL).map(lambda labels: ".".join([*labels, "example"]))
PORT = st.integers(1, 65_535)
ENDPOINT = st.builds(Endpoint, st.ip_addresses(), PORT)
PATH = st.text("abcXYZ019/._~=?&-", max_size=12).map(
    lambda text: "/" + text if text else "/dns-query"
)
UPSTREAM = st.one_of(
    st.builds(Upstream, st.just(Transport.PLAIN), ENDPOINT),
    st.builds(Upstream, st.just(Transport.TLS), ENDPOINT, NAME),
    st.builds(Upstream, st.just(Transport.HTTPS), ENDPOINT, NAME, PATH),
).filter(lambda one: one.path != "/")
V4_NETWORK = st.builds(
    lambda address, prefix: ipaddress.ip_network((address, prefix), strict=False),
    st.ip_addresses(v=4),
    st.integers(0, 32),
)
FILE = st.text(string.ascii_letters + " äé-_/'\"", min_size=1).map(str.strip).filter(bool).map(Path)
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60)
NUMBER = st.integers(0, 65_535).map(str)
VALUES = {
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.ip_addresses(v=6).map(str),
    "CNAME": NAME,
    "PTR": NAME,
    "TXT": TEXT,
    "MX": st.tuples(NUMBER, NAME).map(" ".join),
    "SRV": st.tuples(NUMBER, NUMBER, NUMBER, NAME).map(" ".join),
}


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3, unique=True).map(tuple)


@st.composite
def records(draw: st.DrawFn) -> tuple[Record, ...]:
    names = draw(st.lists(NAME, max_size=4, unique=True))
    kinds = [draw(st.sampled_from(sorted(VALUES))) for _ in names]
    return tuple(
        Record(name, kind, draw(VALUES[kind]), draw(st.integers(0, 604_800)))
        for name, kind in zip(names, kinds, strict=True)
    )


CONFIG = st.builds(
    Config,
    dns=st.builds(
        Dns,
        listen=some(ENDPOINT),
        workers=st.integers(0, 64),
        networks=some(V4_NETWORK),
        block_page=some(st.ip_addresses()),
        forwarders=some(V4_NETWORK),
        cache_mb=st.integers(1, 1024),
        client_rate=st.integers(1, 1_000_000),
        client_burst=st.integers(1, 1_000_000),
    ),
    upstream=st.one_of(
        st.just(Upstreams()),
        st.builds(Upstreams, profile=st.just("quad9"), locked=st.booleans()),
        st.builds(
            Upstreams,
            servers=st.lists(UPSTREAM, min_size=1, max_size=3, unique=True).map(tuple),
            profile=st.sampled_from(["", "lgfl"]),
            locked=st.booleans(),
        ),
    ),
    zones=some(
        st.builds(
            Zone,
            names=st.lists(NAME, min_size=1, max_size=2, unique=True).map(tuple),
            servers=st.lists(UPSTREAM, min_size=1, max_size=2, unique=True).map(tuple),
        )
    ),
    local=st.builds(Local, hosts=some(FILE), private_names=some(NAME), records=records()),
    encrypted=st.one_of(
        st.just(Encrypted()),
        st.builds(
            Encrypted,
            certificate=FILE,
            key=FILE,
            name=NAME,
            tls=some(ENDPOINT),
            https=some(ENDPOINT),
        ),
    ),
    web=st.lists(ENDPOINT, max_size=6, unique=True).flatmap(
        lambda places: st.builds(
            Web,
            staff=st.just(tuple(places[:2])),
            public=st.just(tuple(places[2:4])),
            public_https=st.just(tuple(places[4:])),
            certificate=FILE,
            key=FILE,
            trusted_proxies=some(V4_NETWORK),
            staff_networks=st.one_of(
                st.just(Web().staff_networks),
                st.lists(V4_NETWORK, min_size=1, max_size=3, unique=True).map(tuple),
            ),
        )
    ),
    recording=st.builds(
        Recording,
        allowed_questions=st.booleans(),
        allowed_days=st.integers(1, 3660),
        refused_days=st.integers(1, 3660),
        case_days=st.integers(1, 3660),
        audit_days=st.integers(1, 3660),
        commit_seconds=st.integers(1, 60),
    ),
)


@given(CONFIG)
def test_what_was_written_reads_as_the_same(config: Config) -> None:
    assert settings.read(settings.write(config).encode()) == config
