"""One thing that was seen of a device: a question to us, a packet past us, a change on the LAN."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from appliance.policy.clock import Instant

ALLOWED, REFUSED, RESTRICTED = "allow", "block", "restrict"


class Via(StrEnum):
    DNS = "dns"  # it asked our resolver
    NFLOG = "nflog"  # the firewall saw a packet that goes somewhere else
    LAN = "lan"  # the watcher of the network tells of it


class News(StrEnum):
    """What the watcher of the network can tell."""

    SILENT = "silent"  # it is on the network, and has stopped asking us
    NEW_MAC = "new-mac"  # the same seat has another network address


class Observation(NamedTuple):
    """A tuple, for a school's day has a million of them: a dataclass costs three times as much."""

    at: Instant
    device: str
    group: str = ""
    via: Via = Via.DNS
    name: str = ""  # normalised; DNS only
    qtype: str = "A"
    action: str = ALLOWED
    dst: str = ""  # NFLOG only, with port and protocol
    port: int = 0
    proto: str = ""
    what: str = ""  # LAN only: a word of News
    detail: str = ""  # LAN only: the new network address
