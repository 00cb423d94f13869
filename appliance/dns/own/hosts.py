"""Files as /etc/hosts is one: an address, then the names that have it."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.domains import normalise_site, shorten
from appliance.endpoint import Address
from appliance.errors import ApplianceError, Mistake

LARGEST: Final = 1 << 20  # bytes: 25,000 devices; a block list belongs among the lists
TOLD: Final = 20  # faults of one file
_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Hosts:
    """What a file says: each name's addresses, each address's own name, what it says in vain."""

    addresses: dict[str, tuple[Address, ...]]
    names: dict[Address, str]
    faults: tuple[str, ...] = ()


NOTHING: Final = Hosts({}, {})


def read_hosts(data: bytes, source: str) -> Hosts:
    """A whole file. A line that makes no sense is left out and told of; the others hold."""
    addresses: dict[str, dict[Address, None]] = {}
    names: dict[Address, str] = {}
    faults: list[str] = []
    count = 0
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        words = line.partition(b"#")[0].split()
        if not words:
            continue
        try:
            address = _address(words[0])
            if address is None:
                continue
            known = list(_names(words[1:]))
        except (ValueError, ApplianceError) as fault:
            count += 1
            if count <= TOLD:
                faults.append(f"{source}: {Mistake(number, '', str(fault))}")
            continue
        for name in known:
            addresses.setdefault(name, {})[address] = None
        if not address.is_unspecified:
            names.setdefault(address, known[0])  # hosts(5): the first name is the official one
    if count > TOLD:
        faults.append(f"{source}: and {count - TOLD:,} more lines that make no sense")
    return Hosts({name: tuple(own) for name, own in addresses.items()}, names, tuple(faults))


def _address(word: bytes) -> Address | None:
    """The address of a line; None for what each system's own file says of the system itself: its
    loopback, and multicast. Debian gives 127.0.1.1 to the machine's own name, which would send
    every other device to itself."""
    text = word.decode("latin-1")
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError as fault:
        raise ValueError(f'"{shorten(text)}" is no address: one has to start the line') from fault
    if address.is_loopback or address.is_multicast or address == _BROADCAST:
        return None
    if "%" in text or address.is_link_local:
        raise ValueError(
            f"{shorten(text)} holds on one cable only, so nobody else could use it: give the "
            f"device's other address"
        )
    return address


_BROADCAST: Final = ipaddress.IPv4Address("255.255.255.255")


def _names(words: list[bytes]) -> Iterator[str]:
    if not words:
        raise ValueError("a name has to follow the address")
    for word in words:
        try:
            yield normalise_site(word.decode())
        except UnicodeDecodeError as fault:
            raise ValueError("not UTF-8 text: save the file as UTF-8") from fault


class HostsFile:
    """One such file, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hosts = NOTHING
        self._stamp: _Stamp | None = None
        self._trouble = ""
        self.refresh()

    @property
    def faults(self) -> tuple[str, ...]:
        return (*((self._trouble,) if self._trouble else ()), *self.hosts.faults)

    def refresh(self) -> bool:
        """Read the file if it is another one than last time; True when it was. A file that can't
        be read changes nothing: printers must not vanish because an editor is saving."""
        try:
            found = os.stat(self.path)
            stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                self._trouble = ""
                return False
            if not stat.S_ISREG(found.st_mode):
                raise OSError("it is no ordinary file")  # a pipe would hold us for ever
            if found.st_size > LARGEST:
                raise OSError(f"it is larger than {LARGEST >> 20} MB")
            with self.path.open("rb") as file:
                data = file.read(LARGEST)  # what grew meanwhile has another stamp the next time
        except OSError as fault:
            why = fault.strerror or str(fault)
            self._trouble = f"{self.path} can't be read, and what it said before holds: {why}"
            return False
        self.hosts = read_hosts(data, str(self.path))
        self._stamp, self._trouble = stamp, ""
        return True
