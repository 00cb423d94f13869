"""The data of records that people write into the settings, as bytes."""

from __future__ import annotations

import ipaddress
from typing import Final

from appliance.dns.wire import Type, labels_of
from appliance.domains import normalise, shorten
from appliance.errors import ApplianceError

LONGEST_TEXT: Final = 2_000  # bytes: still one datagram with a key for mail in it
_WHOLE_NUMBERS: Final = range(65_536)

KINDS: Final = {
    "A": Type.A,
    "AAAA": Type.AAAA,
    "CNAME": Type.CNAME,
    "TXT": Type.TXT,
    "PTR": Type.PTR,
    "SRV": Type.SRV,
    "MX": Type.MX,
}
_NEEDS: Final = {
    Type.A: "an IPv4 address, such as 10.1.2.3",
    Type.AAAA: "an IPv6 address, such as fd00::7",
    Type.CNAME: "a name, such as vle.example.com",
    Type.PTR: "a name, such as printer.example.sch.uk",
    Type.MX: 'a preference and a name, such as "10 mail.example.sch.uk"',
    Type.SRV: 'priority, weight, port and a name, such as "0 0 88 dc1.example.sch.uk"',
    Type.TXT: f"a text of at most {LONGEST_TEXT:,} bytes",
}


def data_of(kind: Type, value: str) -> bytes:
    """ValueError with a sentence where this is no value for such a record."""
    try:
        return _DATA[kind](value)
    except (ValueError, ApplianceError) as fault:
        raise ValueError(f'"{shorten(value)}" will not do: {_NEEDS[kind]}') from fault


def owner_of(kind: Type, name: str) -> str:
    """The name of a record in its one form. A PTR may be written with the address itself."""
    if kind is Type.PTR:
        try:
            return ipaddress.ip_address(name.strip()).reverse_pointer
        except ValueError:
            return normalise(name)
    return normalise(name)


def name_of(text: str) -> bytes:
    """A name as labels."""
    return labels_of(normalise(text))


def _service(text: str) -> bytes:
    return _numbers_and_name(text, 3)


def _mail(text: str) -> bytes:
    return _numbers_and_name(text, 1)


def _numbers_and_name(text: str, count: int) -> bytes:
    *numbers, name = text.split()
    if len(numbers) != count or not all(n.isascii() and n.isdigit() for n in numbers):
        raise ValueError(text)
    if any(int(number) not in _WHOLE_NUMBERS for number in numbers):
        raise ValueError(text)
    return b"".join(int(number).to_bytes(2, "big") for number in numbers) + name_of(name)


def _text(text: str) -> bytes:
    """Strings of at most 255 bytes each, which readers put together again: RFC 1035 §3.3.14."""
    data = text.encode()
    if len(data) > LONGEST_TEXT:
        raise ValueError(text)
    parts = [data[at : at + 255] for at in range(0, len(data), 255)] or [b""]
    return b"".join(bytes((len(part),)) + part for part in parts)


_DATA: Final = {
    Type.A: lambda text: ipaddress.IPv4Address(text.strip()).packed,
    Type.AAAA: lambda text: ipaddress.IPv6Address(text.strip()).packed,
    Type.CNAME: name_of,
    Type.PTR: name_of,
    Type.MX: _mail,
    Type.SRV: _service,
    Type.TXT: _text,
}
