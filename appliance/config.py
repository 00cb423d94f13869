"""The box's own settings: appliance.toml as frozen values, one class per section.

What a school decides stands in its policy; what the network needs stands here. settings.py reads
and writes the file, and nobody else does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from appliance.domains import normalise, shorten
from appliance.endpoint import PRIVATE, Address, Endpoint, Network


class Transport(StrEnum):
    """How a question travels to an upstream."""

    PLAIN = "plain"  # UDP, and TCP for what UDP can't carry
    TLS = "tls"  # RFC 7858
    HTTPS = "https"  # RFC 8484, over HTTP/2


DEFAULT_PORT = {Transport.PLAIN: 53, Transport.TLS: 853, Transport.HTTPS: 443}
_PATH = re.compile(r"[A-Za-z0-9/._~=?&-]*")  # it goes into a request as it stands
UPSTREAM_HELP = "9.9.9.9, 9.9.9.9:53, tls://NAME@ADDRESS or https://NAME@ADDRESS/dns-query"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A resolver that we ask: where it is, and whose certificate it has to show."""

    transport: Transport
    endpoint: Endpoint
    name: str = ""  # of the certificate
    path: str = ""  # of the address for HTTPS

    @classmethod
    def parse(cls, text: str) -> Upstream:
        """ValueError with a sentence where this is no upstream."""
        scheme, has_scheme, rest = text.strip().partition("://")
        if not has_scheme:
            endpoint = Endpoint.parse(text, port=DEFAULT_PORT[Transport.PLAIN])
            return cls(Transport.PLAIN, endpoint)
        if scheme not in (Transport.TLS, Transport.HTTPS):
            raise ValueError(f"{shorten(text)} is no upstream: {UPSTREAM_HELP}")
        transport = Transport(scheme)
        where, slash, path = rest.partition("/")
        name, at, address = where.rpartition("@")
        if not at:
            raise ValueError(
                f"{shorten(text)}: an address has to follow the name, since nobody could look the "
                f"name up yet: {UPSTREAM_HELP}"
            )
        endpoint = Endpoint.parse(address, port=DEFAULT_PORT[transport])
        if transport is Transport.TLS and slash:
            raise ValueError(f"{shorten(text)}: only https:// has a path")
        if not _PATH.fullmatch(path):
            raise ValueError(
                f"{shorten(text)}: a path of letters, digits and / - . _ ~ = ? & alone"
            )
        path = f"/{path}" if path else "/dns-query"
        return cls(
            transport, endpoint, normalise(name), path if transport is Transport.HTTPS else ""
        )

    def __str__(self) -> str:
        if self.transport is Transport.PLAIN:
            return str(self.endpoint)
        return f"{self.transport}://{self.name}@{self.endpoint}{self.path}"


@dataclass(frozen=True, slots=True)
class Dns:
    """[dns]: where we answer, to whom, and within which bounds."""

    listen: tuple[Endpoint, ...] = ()
    workers: int = 0  # 0: one for each core
    networks: tuple[Network, ...] = ()  # that may ask, besides those of the policy and private ones
    block_page: tuple[Address, ...] = ()  # what a refused name leads to, where a group has a page
    forwarders: tuple[Network, ...] = ()  # whose word for who asks we take (ECS, MAC option)
    cache_mb: int = 5
    client_rate: int = 500  # questions a second from one address, in the long run: a NAT is one too
    client_burst: int = 2_000


@dataclass(frozen=True, slots=True)
class Upstreams:
    """[upstream]: whom we ask."""

    servers: tuple[Upstream, ...] = ()
    profile: str = ""  # one of the ready-made entries of blocklists/upstreams.toml
    locked: bool = False  # no page may change it without the network manager


@dataclass(frozen=True, slots=True)
class Zone:
    """[[zone]]: names that are asked elsewhere, such as the school's Active Directory."""

    names: tuple[str, ...]
    servers: tuple[Upstream, ...]


USUAL_TTL = 300  # seconds
RECORD_KINDS = ("A", "AAAA", "CNAME", "TXT", "PTR", "SRV", "MX")


@dataclass(frozen=True, slots=True)
class Record:
    """[[record]]: one name that we answer ourselves."""

    name: str
    kind: str  # one of RECORD_KINDS
    value: (
        str  # as zone files have it: "10 mail.example.sch.uk" for an MX; a TXT without its quotes
    )
    ttl_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Local:
    """[local]: names of this network."""

    hosts: tuple[Path, ...] = ()  # files as /etc/hosts is one
    private_names: tuple[str, ...] = ()  # whose public answers may hold private addresses
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Encrypted:
    """[encrypted]: DNS over TLS and HTTPS for devices that the school manages."""

    certificate: Path | None = None
    key: Path | None = None
    name: str = ""  # that devices ask for; CLIENT.name says which device it is
    tls: tuple[Endpoint, ...] = ()
    https: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """[recording]: what is written down, how often, and how long it is kept."""

    allowed_questions: bool = False  # each one, and not only how many of each site
    allowed_days: int = 7
    refused_days: int = 90
    case_days: int = 365  # after it was closed
    audit_days: int = 730
    commit_seconds: int = 2  # a card is written to this often; refusals show as much later


@dataclass(frozen=True, slots=True)
class Web:
    """[web]: where the pages are, and who may see those of the staff."""

    staff: tuple[Endpoint, ...] = ()  # over TLS where there is a certificate
    public: tuple[Endpoint, ...] = ()  # never over TLS: a refused name has another's certificate
    public_https: tuple[Endpoint, ...] = ()  # the same pages, for those who ask by our own name
    certificate: Path | None = None
    key: Path | None = None
    trusted_proxies: tuple[Network, ...] = ()  # whose word for who asks we take
    staff_networks: tuple[Network, ...] = PRIVATE  # from where the staff pages are seen at all


@dataclass(frozen=True, slots=True)
class Config:
    """All of appliance.toml."""

    dns: Dns = field(default_factory=Dns)
    upstream: Upstreams = field(default_factory=Upstreams)
    zones: tuple[Zone, ...] = ()
    local: Local = field(default_factory=Local)
    encrypted: Encrypted = field(default_factory=Encrypted)
    recording: Recording = field(default_factory=Recording)
    web: Web = field(default_factory=Web)
