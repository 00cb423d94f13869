"""Where something listens: an address and a port, and how people write the two."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from appliance.domains import shorten

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = range(1, 65536)
# Ranges of a school's own network, RFC 1918, 4193, 6598, 3927, 4291: none of them is the internet.
PRIVATE: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 "
        "::1/128 fc00::/7 fe80::/10"
    ).split()
)


def read_network(text: str) -> Network:
    """ValueError with a sentence where this is no network."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as fault:
        try:
            would_do = f"; {ipaddress.ip_network(text, strict=False)} would do"
        except ValueError:
            would_do = ": write it as 10.20.0.0/16 or fd00:20::/64"
        raise ValueError(f'"{text[:60]}" is not a network{would_do}') from fault


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """`127.0.0.1:53`, `[::1]:53`."""

    address: Address
    port: int

    @classmethod
    def parse(cls, text: str, *, port: int | None = None) -> Endpoint:
        """ValueError with a sentence where this is no endpoint. `port` is what a text without one
        means; None: it has to name one."""
        host, colon, number = text.strip().rpartition(":")
        if not colon or (":" in host and not host.endswith("]")):
            host, number = text.strip(), ""  # an address alone, of either kind
        try:
            address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        except ValueError as fault:
            raise ValueError(
                f"{shorten(text)} is not an address with a port, such as 127.0.0.1:53 or [::1]:53"
            ) from fault
        if not number and port is not None:
            return cls(address, port)
        if not (number.isascii() and number.isdigit() and int(number) in PORTS):
            raise ValueError(f"{shorten(text)} needs a port from 1 to 65535 behind the address")
        return cls(address, int(number))

    @property
    def reachable(self) -> Endpoint:
        """Where this box itself asks one that listens on every address."""
        if not self.address.is_unspecified:
            return self
        loopback = "::1" if self.address.version == 6 else "127.0.0.1"
        return Endpoint(ipaddress.ip_address(loopback), self.port)

    def __str__(self) -> str:
        return (
            f"[{self.address}]:{self.port}"
            if self.address.version == 6
            else f"{self.address}:{self.port}"
        )
