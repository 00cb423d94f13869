"""This box as its operating system tells of it: resolvers, addresses, cores."""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
from collections.abc import Sequence
from pathlib import Path

from appliance.endpoint import Address

# systemd-resolved writes its own address into the first and the network's resolvers into the second
RESOLVER_FILES = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
OUTSIDE = {4: ("192.0.2.1", socket.AF_INET), 6: ("2001:db8::1", socket.AF_INET6)}  # nobody's
_NAMESERVER = re.compile(r"^\s*nameserver\s+(\S+)", re.MULTILINE)


def resolvers(files: Sequence[Path] = RESOLVER_FILES) -> tuple[Address, ...]:
    """Whom the system asks, without this box itself: it would ask in a circle."""
    for file in files:
        try:
            text = file.read_text(errors="replace")
        except OSError:
            continue  # not every system has both
        addresses = [_address(word) for word in _NAMESERVER.findall(text)]
        found = tuple(one for one in addresses if one and not is_own(one))
        if found:
            return found
    return ()


def is_own(address: Address) -> bool:
    """True for an address of this box: only there can anything listen."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def has_ipv6() -> bool:
    """False where IPv6 is switched off, as some schools do."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError as fault:
        return fault.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
    return True


def own_address(version: int) -> Address | None:
    """The address that the network knows this box by: the one it would ask the world outside from.
    Connecting a datagram socket sends nothing."""
    outside, family = OUTSIDE[version]
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((outside, 9))
            return _address(probe.getsockname()[0])
    except OSError:
        return None  # no network, or none of this kind


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def _address(text: str) -> Address | None:
    """None for what can't be asked without an interface: fe80::1%eth0."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if address.is_link_local else address
