"""Names that mean something by standard or by their makers, and never leave the school.

Asking an upstream for them would tell strangers what the school's devices are called, or make the
devices leave for a resolver that knows no policy.
"""

from __future__ import annotations

from typing import Final

from appliance.dns.wire import labels_of
from appliance.domains import parents

LOOPBACK: Final = "localhost"  # RFC 6761 §6.3: itself and all below it

# Nothing exists in these, whoever asks: RFC 6761 §6.2 and §6.4 (test, invalid), RFC 6762 §22.1
# (local: such names are asked by multicast), RFC 7686 §2 (onion), RFC 9476 §2 (alt: no DNS names at
# all), and internal, which ICANN keeps for private networks. A school that has names of its own
# there says so with a zone, a record or a hosts file; those come first.
_TOPS: Final = ("test", "invalid", "local", "onion", "alt", "internal")

# Reverse zones of addresses that belong to nobody or to everybody: RFC 6303 §4, RFC 7793.
_IPV4: Final = (
    "10",
    *(f"{second}.172" for second in range(16, 32)),
    "168.192",
    "0",
    "127",
    "254.169",
    "2.0.192",
    "100.51.198",
    "113.0.203",
    "255.255.255.255",
    *(f"{second}.100" for second in range(64, 128)),
)
_IPV6: Final = (
    ".".join("0" * 32),
    ".".join("1" + "0" * 31),
    "d.f",
    "8.e.f",
    "9.e.f",
    "a.e.f",
    "b.e.f",
    "8.b.d.0.1.0.0.2",
)

DISCOVERY: Final = "resolver.arpa"  # RFC 9462 §8.2: never leaves the first resolver
HOME: Final = "home.arpa"  # RFC 8375 §4

# Zone → its labels.
ZONES: Final = {
    name: labels_of(name)
    for name in (
        *_TOPS,
        *(f"{zone}.in-addr.arpa" for zone in _IPV4),
        *(f"{zone}.ip6.arpa" for zone in _IPV6),
        HOME,
        DISCOVERY,
    )
}
_TOP_SET: Final = frozenset(_TOPS)

# Names that devices look up to learn whether this network lets them go round its resolver; by its
# maker's word "no such name" is a no, and the device then says so and goes on without.
# Firefox: any response code but NOERROR, or no address.
# https://support.mozilla.org/en-US/kb/canary-domain-use-application-dnsnet
# Apple, of mask and mask-h2: NXDOMAIN or an empty NOERROR, and never an address that leads nowhere,
# for that makes the device wait. NXDOMAIN, since it says so of all types at once.
# https://developer.apple.com/icloud/prepare-your-network-for-icloud-private-relay/
# Apple calls the other two no canaries; but they are hosts of the same relay, are asked for by the
# devices themselves, and an address of ours would make those wait just as well.
CANARIES: Final = frozenset(
    labels_of(name)
    for name in (
        "use-application-dns.net",
        "mask.icloud.com",
        "mask-h2.icloud.com",
        "mask-api.icloud.com",
        "mask-canary.icloud.com",
    )
)

# Refused or not, these are answered in words of their own: the last one by where this box itself
# speaks DNS in secret, if it does.
OWN_WORDS: Final = CANARIES | {labels_of("_dns.resolver.arpa")}


def zone_of(name: str, qname: bytes) -> str | None:
    """The empty zone of ours that a name lies in."""
    top = name.rpartition(".")[2]
    if top in _TOP_SET:
        zone = top
    elif top == "arpa":
        zone = next((domain for domain in parents(name) if domain in ZONES), "")
    else:
        return None
    # A label may hold a dot, and then the text says more than the labels do.
    return zone if zone and qname.endswith(ZONES[zone]) else None
