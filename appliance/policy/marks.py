"""The marks by which a device is known: its hardware address, or an id that it shows over TLS."""

from __future__ import annotations

import re

_MACS = (
    re.compile(r"([0-9a-f]{2})" + r"([:-][0-9a-f]{2})" * 5 + r"\Z"),
    re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\Z"),  # as Cisco's switches print it
    re.compile(r"[0-9a-f]{12}\Z"),
)
_CLIENT_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")  # one label of a host name
_SHORTEST_CLIENT_ID = 8  # characters: whoever guesses one is taken for the device


def read_mac(text: str) -> str:
    """02:00:5e:10:00:01, in whichever of the usual ways it was written."""
    mac = text.lower()
    if not any(form.match(mac) for form in _MACS):
        raise ValueError(f'"{text[:60]}" is not a hardware address such as 02:00:5e:10:00:01')
    digits = re.sub(r"[^0-9a-f]", "", mac)
    return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def read_client_id(text: str) -> str:
    """Lower case: a device shows it within a host name, whose case means nothing."""
    client_id = text.lower()
    if not _CLIENT_ID.match(client_id):
        raise ValueError(
            f'"{text[:60]}" is not an id that a device can show: letters, digits and hyphens '
            "between them, at most 63"
        )
    if len(client_id) < _SHORTEST_CLIENT_ID:
        raise ValueError(
            f'"{text}" is easy to guess, and whoever guesses it is taken for this device: at '
            f"least {_SHORTEST_CLIENT_ID} letters and digits at random, such as k7f3q9wz2m"
        )
    return client_id
