"""Ready-made upstreams, as blocklists/upstreams.toml has them: filtered resolvers to stand on."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from appliance.config import DEFAULT_PORT, Transport, Upstream, Upstreams
from appliance.domains import normalise_site
from appliance.endpoint import Address, Endpoint
from appliance.errors import CatalogueError, ConfigError, Mistake
from appliance.tables import Document, Table, suggestion

FILE = Path(__file__).resolve().parents[1] / "blocklists" / "upstreams.toml"
IWF_WORDS = ("ask", "yes", "no")  # ask: it is for the school's provider to say


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """One resolver that a school may choose by its name."""

    name: str
    title: str
    addresses: tuple[Address, ...]  # none: the provider gives every school its own
    tls: str  # the name of its certificate; empty: it is asked in the clear
    https: str
    filters: tuple[str, ...]
    iwf: str
    checked: tuple[str, ...]

    @property
    def servers(self) -> tuple[Upstream, ...]:
        transport = Transport.TLS if self.tls else Transport.PLAIN
        port = DEFAULT_PORT[transport]
        return tuple(Upstream(transport, Endpoint(a, port), self.tls) for a in self.addresses)


@lru_cache(maxsize=1)
def ready_made(file: Path = FILE) -> dict[str, ReadyMade]:
    """Every entry by its name."""
    try:
        data = file.read_bytes()
    except OSError as fault:
        problem = f"can't be read: {fault.strerror}"
        raise CatalogueError(str(file), [Mistake(0, "", problem)]) from fault
    document = Document(data, file.name, CatalogueError)
    entries = [_entry(name, table) for name, table in document.root.each_table("an upstream")]
    document.finish()
    return {entry.name: entry for entry in entries}


def choose(name: str) -> ReadyMade:
    """The entry of this name; ValueError with a sentence where there is none."""
    known = ready_made()
    if name not in known:
        raise ValueError(
            f'there is no ready-made upstream "{name[:60]}"{suggestion(name, known)}: '
            f"{', '.join(known)}"
        )
    return known[name]


def servers_of(upstreams: Upstreams) -> tuple[Upstream, ...]:
    """Whom to ask: the servers that are written down, else those of the profile."""
    if upstreams.servers or not upstreams.profile:
        return upstreams.servers
    try:
        return choose(upstreams.profile).servers
    except ValueError as fault:
        raise ConfigError("[upstream]", [Mistake(0, "profile", str(fault))]) from fault


def _entry(name: str, table: Table) -> ReadyMade:
    tls = table.text("tls", "the name of its certificate")
    return ReadyMade(
        name=name,
        title=table.text("title", "what people call it", required=True, longest=120),
        addresses=table.read_each("addresses", ipaddress.ip_address, "addresses such as 9.9.9.9"),
        tls=(table.attempt("tls", normalise_site, tls) or "") if tls else "",
        https=table.text("https", "its address for DNS over HTTPS"),
        filters=table.words("filters", "what it refuses", required=True),
        iwf=table.one_of("iwf", IWF_WORDS),
        checked=table.words("checked", "where anybody can check this", required=True),
    )
