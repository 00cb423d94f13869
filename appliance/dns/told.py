"""What a forwarder says of the device that it asks for.

Only a forwarder of the school's own is believed: anybody can write these options. A Windows DNS
server adds nothing, dnsmasq the device's MAC address or its whole IP address, others a subnet that
may be cut short, which then says nothing of one device.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from appliance.dns.wire import Edns, Option
from appliance.endpoint import Address

_BITS = {1: 32, 2: 128}  # address family numbers, RFC 7871 §6


@dataclass(frozen=True, slots=True)
class Told:
    """Which device asks, by a forwarder's word."""

    address: Address | None
    mac: str

    @property
    def key(self) -> bytes:
        return (self.address.packed if self.address else b"") + self.mac.encode()


def told(edns: Edns | None) -> Told | None:
    """The device that a question names; None where it names none."""
    if edns is None:
        return None
    subnet, mac = edns.option(Option.CLIENT_SUBNET), edns.option(Option.DNSMASQ_MAC)
    address = _whole_address(subnet) if subnet else None
    if address is None and (mac is None or len(mac) != 6):
        return None
    return Told(address, mac.hex(":") if mac and len(mac) == 6 else "")


def _whole_address(subnet: bytes) -> Address | None:
    """The address of a subnet option that names a single device."""
    if len(subnet) < 4:
        return None
    family, source_bits = int.from_bytes(subnet[:2], "big"), subnet[2]
    bits = _BITS.get(family)
    if bits is None or source_bits != bits or len(subnet) != 4 + bits // 8:
        return None
    return ipaddress.ip_address(subnet[4:])
