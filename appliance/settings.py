"""appliance.toml ↔ Config.

Read whole or refused whole: ConfigError carries every mistake with its line, its key and what would
do. Whatever has its usual value is left out when it is written, and what was written reads as the
same Config. Start with `read`.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

from appliance import upstreams
from appliance.config import (
    DEFAULT_PORT,
    UPSTREAM_HELP,
    Config,
    Dns,
    Encrypted,
    Local,
    Recording,
    Transport,
    Upstream,
    Upstreams,
    Web,
    Zone,
)
from appliance.domains import normalise_site
from appliance.endpoint import PRIVATE, Endpoint, read_network
from appliance.errors import ConfigError, Mistake
from appliance.records import read_records
from appliance.tables import Document, Table

FILE = "appliance.toml"
WORKERS = range(0, 65)
CACHE_MB = range(1, 1025)
RATES = range(1, 100_000_001)
DAYS = range(1, 3661)
COMMIT_SECONDS = range(1, 61)

_ENDPOINTS = "addresses with a port, such as 0.0.0.0:53 or [::]:53"
_NETWORKS = "networks such as 10.20.0.0/16"

_dns_endpoint = partial(Endpoint.parse, port=DEFAULT_PORT[Transport.PLAIN])
_tls_endpoint = partial(Endpoint.parse, port=DEFAULT_PORT[Transport.TLS])
_https_endpoint = partial(Endpoint.parse, port=DEFAULT_PORT[Transport.HTTPS])
_http_endpoint = partial(Endpoint.parse, port=80)

Content = dict[str, Any]


def read_file(path: Path) -> Config:
    """The settings of a file; paths in it are seen from where it lies."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        problem = f"can't be read: {fault.strerror}"
        raise ConfigError(str(path), [Mistake(0, "", problem)]) from fault
    config = read(data, path.name)
    here = path.resolve().parent
    local = dataclasses.replace(config.local, hosts=tuple(here / one for one in config.local.hosts))
    encrypted = dataclasses.replace(
        config.encrypted,
        certificate=config.encrypted.certificate and here / config.encrypted.certificate,
        key=config.encrypted.key and here / config.encrypted.key,
    )
    web = dataclasses.replace(
        config.web,
        certificate=config.web.certificate and here / config.web.certificate,
        key=config.web.key and here / config.web.key,
    )
    return dataclasses.replace(config, local=local, encrypted=encrypted, web=web)


def read(data: bytes, source: str = FILE) -> Config:
    """The settings that a document holds, or ConfigError with all that is wrong."""
    document = Document(data, source, ConfigError)
    root = document.root
    config = Config(
        dns=_dns(root.table("dns")),
        upstream=_upstreams(root.table("upstream")),
        zones=tuple(_zone(one) for one in root.tables("zone", "a zone [[zone]]")),
        local=_local(root),
        encrypted=_encrypted(root.table("encrypted")),
        recording=_recording(root.table("recording")),
        web=_web(root.table("web")),
    )
    document.finish()
    return config


def _dns(table: Table) -> Dns:
    usual = Dns()
    return Dns(
        listen=table.read_each("listen", _dns_endpoint, _ENDPOINTS),
        workers=table.whole("workers", "a whole number, such as 3", WORKERS),
        networks=table.read_each("networks", read_network, _NETWORKS),
        block_page=table.read_each("block_page", ipaddress.ip_address, "addresses of the page"),
        forwarders=table.read_each("forwarders", read_network, _NETWORKS),
        cache_mb=table.whole("cache_mb", "from 1 to 1024", CACHE_MB, default=usual.cache_mb),
        client_rate=table.whole(
            "client_rate", "questions a second, such as 500", RATES, default=usual.client_rate
        ),
        client_burst=table.whole(
            "client_burst", "questions at once, such as 2000", RATES, default=usual.client_burst
        ),
    )


def _upstreams(table: Table) -> Upstreams:
    servers = table.read_each("servers", Upstream.parse, UPSTREAM_HELP)
    profile = table.text("profile", "a ready-made upstream such as quad9")
    chosen = table.attempt("profile", upstreams.choose, profile) if profile else None
    if chosen and chosen.addresses and servers:
        table.wrong("servers", f"profile = {profile} has servers of its own: leave one of them out")
    if chosen and not chosen.addresses and "servers" not in table:
        table.wrong(
            "servers",
            f"missing: the provider gives every school its own addresses for {profile}; write "
            'them here, such as ["192.0.2.53"]',
        )
    locked = table.flag("locked", "true: nobody but the network manager may change the upstream")
    if locked and not servers and not profile:
        table.wrong("locked", "there is no upstream to lock: give servers or profile")
    return Upstreams(servers, profile, locked)


def _zone(table: Table) -> Zone:
    return Zone(
        names=table.read_each(
            "names", normalise_site, "names such as ad.example.sch.uk", required=True
        ),
        servers=table.read_each("servers", Upstream.parse, UPSTREAM_HELP, required=True),
    )


def _local(root: Table) -> Local:
    table = root.table("local")
    return Local(
        hosts=tuple(
            Path(one) for one in table.words("hosts", "paths of files as /etc/hosts is one")
        ),
        private_names=table.read_each(
            "private_names", normalise_site, "names such as intranet.example.sch.uk"
        ),
        records=read_records(root),
    )


def _encrypted(table: Table) -> Encrypted:
    name = table.text("name", "the name that devices ask for, such as dns.example.sch.uk")
    encrypted = Encrypted(
        certificate=_path(table, "certificate"),
        key=_path(table, "key"),
        name=(table.attempt("name", normalise_site, name) or "") if name else "",
        tls=table.read_each("tls", _tls_endpoint, _ENDPOINTS),
        https=table.read_each("https", _https_endpoint, _ENDPOINTS),
    )
    _want_both_files(table, is_served="tls" in table or "https" in table)
    return encrypted


def _recording(table: Table) -> Recording:
    usual = Recording()
    days = partial(table.whole, needs="days, such as 90", within=DAYS)
    return Recording(
        allowed_questions=table.flag(
            "allowed_questions", "true: write down each question, also those that were allowed"
        ),
        allowed_days=days("allowed_days", default=usual.allowed_days),
        refused_days=days("refused_days", default=usual.refused_days),
        case_days=days("case_days", default=usual.case_days),
        audit_days=days("audit_days", default=usual.audit_days),
        commit_seconds=table.whole(
            "commit_seconds",
            "seconds between two writings to the card, from 1 to 60",
            COMMIT_SECONDS,
            default=usual.commit_seconds,
        ),
    )


def _web(table: Table) -> Web:
    web = Web(
        staff=table.read_each("staff", Endpoint.parse, "addresses such as 10.20.0.2:443"),
        public=table.read_each("public", _http_endpoint, "addresses such as 10.20.0.2:80"),
        public_https=table.read_each(
            "public_https", _https_endpoint, "addresses such as 10.20.0.3:443"
        ),
        certificate=_path(table, "certificate"),
        key=_path(table, "key"),
        trusted_proxies=table.read_each("trusted_proxies", read_network, _NETWORKS),
        staff_networks=table.read_each(
            "staff_networks", read_network, _NETWORKS, required="staff_networks" in table
        )
        or PRIVATE,
    )
    _want_both_files(table, is_served="public_https" in table)
    seen: dict[Endpoint, str] = {}
    for key, places in _places(web):
        for one in places:
            if one in seen:
                table.wrong(key, f"{one} is that of {seen[one]} already: give it another port")
            seen.setdefault(one, key)
    return web


def _places(web: Web) -> list[tuple[str, tuple[Endpoint, ...]]]:
    return [("staff", web.staff), ("public", web.public), ("public_https", web.public_https)]


def _want_both_files(table: Table, *, is_served: bool) -> None:
    """A certificate is of no use without its key, nor is a TLS port without the two."""
    if "certificate" not in table and ("key" in table or is_served):
        table.wrong("certificate", "missing: the file of the certificate, in PEM")
    if "key" not in table and ("certificate" in table or is_served):
        table.wrong("key", "missing: the file of the certificate's key, in PEM")


def _path(table: Table, key: str) -> Path | None:
    text = table.text(key, "the path of a file in PEM")
    return Path(text) if text else None


def write(config: Config) -> str:
    """The document of these settings."""
    dns, local, encrypted, web = config.dns, config.local, config.encrypted, config.web
    content = {
        "dns": _given(
            Dns(),
            listen=_texts(dns.listen),
            workers=dns.workers,
            networks=_texts(dns.networks),
            block_page=_texts(dns.block_page),
            forwarders=_texts(dns.forwarders),
            cache_mb=dns.cache_mb,
            client_rate=dns.client_rate,
            client_burst=dns.client_burst,
        ),
        "upstream": _given(
            Upstreams(),
            servers=_texts(config.upstream.servers),
            profile=config.upstream.profile,
            locked=config.upstream.locked,
        ),
        "zone": [
            {"names": list(zone.names), "servers": _texts(zone.servers)} for zone in config.zones
        ],
        "local": _given(
            Local(), hosts=_texts(local.hosts), private_names=list(local.private_names)
        ),
        "record": [dataclasses.asdict(record) for record in local.records],
        "encrypted": _given(
            Encrypted(),
            certificate=encrypted.certificate and str(encrypted.certificate),
            key=encrypted.key and str(encrypted.key),
            name=encrypted.name,
            tls=_texts(encrypted.tls),
            https=_texts(encrypted.https),
        ),
        "recording": _given(Recording(), **dataclasses.asdict(config.recording)),
        "web": _given(
            Web(),
            **{key: _texts(places) for key, places in _places(web)},
            certificate=web.certificate and str(web.certificate),
            key=web.key and str(web.key),
            trusted_proxies=_texts(web.trusted_proxies),
            staff_networks=_texts(web.staff_networks if web.staff_networks != PRIVATE else ()),
        ),
    }
    return tomli_w.dumps({key: value for key, value in content.items() if value})


def _texts(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values]


def _given(usual: object, **content: object) -> Content:
    """What has a value other than its usual one."""
    return {
        key: value
        for key, value in content.items()
        if value not in ([], None) and value != getattr(usual, key)
    }
