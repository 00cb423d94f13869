"""Discovery of designated resolvers (RFC 9462): where this box speaks DNS in secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from appliance.config import Encrypted
from appliance.dns.own.recorddata import name_of
from appliance.dns.wire import labels_of
from appliance.endpoint import Address, Endpoint

ASKED_BY_ADDRESS: Final = labels_of("_dns.resolver.arpa")  # RFC 9462 §4
PREFIX: Final = b"\x04_dns"  # of the resolver's own name, §5

_ALPN, _PORT, _IPV4, _IPV6, _PATH = 1, 3, 4, 6, 7  # RFC 9460 §14.3.2, RFC 9461 §5
_DOH_PATH: Final = b"/dns-query{?dns}"


def designations(encrypted: Encrypted, own: Sequence[Address]) -> tuple[bytes, ...]:
    """The data of the SVCB records; none where the box shows no certificate. DNS over TLS first:
    it costs us half of what HTTPS does."""
    if not (encrypted.certificate and encrypted.key and encrypted.name):
        return ()
    target = name_of(encrypted.name)
    hints = _hints(own)
    ways = [
        *((b"dot", port, b"") for port in _ports(encrypted.tls)),
        *((b"h2", port, _DOH_PATH) for port in _ports(encrypted.https)),
    ]
    return tuple(
        priority.to_bytes(2, "big")
        + target
        + _parameter(_ALPN, bytes((len(protocol),)) + protocol)
        + _parameter(_PORT, port.to_bytes(2, "big"))
        + hints
        + (_parameter(_PATH, path) if path else b"")
        for priority, (protocol, port, path) in enumerate(ways, 1)
    )


def _ports(endpoints: Iterable[Endpoint]) -> list[int]:
    return sorted({endpoint.port for endpoint in endpoints})


def _hints(own: Sequence[Address]) -> bytes:
    """Our addresses, so that a device needn't ask for them: RFC 9462 §4.2 wants one of them to be
    the address it asked us at."""
    four = b"".join(a.packed for a in own if a.version == 4)
    six = b"".join(a.packed for a in own if a.version == 6)
    return (_parameter(_IPV4, four) if four else b"") + (_parameter(_IPV6, six) if six else b"")


def _parameter(key: int, value: bytes) -> bytes:
    return key.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
