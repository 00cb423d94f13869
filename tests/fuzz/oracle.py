"""What a packet deserves, and whether a reply is one to it: read anew, with nothing of wire.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dnslib import DNSError, DNSRecord

from appliance.dns.wire import labels_of
from tests.fuzz.world import PUBLIC

SILENCE, COMPLAINT, BADVERS, ANSWER = "silence", "complaint", "badvers", "answer"
REFUSED: Final = tuple(
    map(
        labels_of,
        ("tiktok.com", "x.com", "reddit.com", "instagram.com", "nordvpn.com", "roblox.com"),
    )
)
LIFELINE: Final = labels_of("report.tiktok.com")
FORMERR, NOTIMP = 1, 4
OPT: Final = 41
UDP_ROOM: Final = 1232


class Nonsense(Exception):
    """These bytes are no message."""


@dataclass(frozen=True, slots=True)
class Deserved:
    """What somebody who sent a packet should hear."""

    kind: str
    rcode: int = 0
    end: int = 0  # of the question
    room: int = 512  # bytes of the reply, by UDP
    has_edns: bool = False


def deserved(packet: bytes) -> Deserved:
    if len(packet) < 12 or packet[2] & 0x80:
        return Deserved(SILENCE)
    if packet[2] & 0x78:
        return Deserved(COMPLAINT, NOTIMP)
    try:
        return _question(packet)
    except (Nonsense, IndexError):
        return Deserved(COMPLAINT, FORMERR)


def _question(packet: bytes) -> Deserved:
    others = int.from_bytes(packet[10:12], "big")
    if packet[4:10] != b"\0\1\0\0\0\0" or others > 2:
        raise Nonsense
    end = _plain_name(packet, 12) + 4
    if end > len(packet):
        raise Nonsense
    at, size, version = end, None, 0
    for _ in range(others):
        start = at
        at = _plain_name(packet, at) + 10
        length = packet[at - 2] << 8 | packet[at - 1]
        if at + length > len(packet):
            raise Nonsense
        if packet[at - 10] << 8 | packet[at - 9] == OPT:
            if size is not None or packet[start]:
                raise Nonsense
            size, version = packet[at - 8] << 8 | packet[at - 7], packet[at - 5]
            _options(packet[at : at + length])
        at += length
    room = 512 if size is None else min(max(size, 512), UDP_ROOM)
    return Deserved(BADVERS if version else ANSWER, 0, end, room, size is not None)


def _plain_name(packet: bytes, at: int) -> int:
    start = at
    while packet[at]:
        if packet[at] > 63:
            raise Nonsense
        at += packet[at] + 1
    if at + 1 - start > 255:
        raise Nonsense
    return at + 1


def _options(data: bytes) -> None:
    at = 0
    while at < len(data):
        at += 4 + (data[at + 2] << 8 | data[at + 3])
    if at != len(data):
        raise Nonsense


def wrong_with(reply: bytes, packet: bytes, *, room: int | None = None) -> str:
    """What is wrong with the reply to this packet; empty: nothing. `room` is a stream's."""
    due = deserved(packet)
    if due.kind == SILENCE:
        return "a reply where silence is due"
    if reply[:2] != packet[:2]:
        return "another id"
    if len(reply) < 12 or not reply[2] & 0x80:
        return "no reply at all"
    if (reply[2] ^ packet[2]) & 0x79:
        return "opcode or RD differ"
    if due.kind == COMPLAINT:
        is_bare = len(reply) == 12 and reply[4:] == bytes(8)
        return "" if is_bare and reply[3] & 0xF == due.rcode else "another complaint"
    if len(reply) > (room or due.room):
        return f"{len(reply)} bytes, room for {room or due.room}"
    if reply[12 : due.end] != packet[12 : due.end]:
        return "another question"
    try:
        has_opt, upper = _walk(reply, due.end)
    except (Nonsense, IndexError):
        return "records that can't be read"
    if has_opt is not due.has_edns:
        return "EDNS without EDNS, or none for EDNS"
    if (upper << 4 | reply[3] & 0xF) == 16:
        return "" if due.kind == BADVERS else "BADVERS"
    if due.kind == BADVERS:
        return "a version of EDNS that nobody knows is answered"
    return _wrong_policy(reply, packet[12 : due.end])


def _walk(reply: bytes, at: int) -> tuple[bool, int]:
    """Every record is whole, and nothing stands behind the last; is there an OPT, and the upper
    bits of the response code in it?"""
    counts = [int.from_bytes(reply[place : place + 2], "big") for place in (4, 6, 8, 10)]
    if counts[0] != 1 or (reply[2] & 2 and sum(counts[1:3])):
        raise Nonsense
    opts, upper = 0, 0
    for _ in range(sum(counts[1:])):
        at = _name(reply, at) + 10
        if reply[at - 10] << 8 | reply[at - 9] == OPT:
            opts += 1
            upper = reply[at - 6]
        at += reply[at - 2] << 8 | reply[at - 1]
    if at != len(reply) or opts > 1:
        raise Nonsense
    return opts == 1, upper


def _name(reply: bytes, at: int) -> int:
    """Where a name ends; pointers lead back, and never for ever."""
    end, limit, size = 0, at, 0
    while reply[at]:
        if reply[at] >= 0xC0:
            end = end or at + 2
            at = (reply[at] & 0x3F) << 8 | reply[at + 1]
            if at >= limit:
                raise Nonsense
            limit = at
            continue
        size += reply[at] + 1
        if reply[at] > 63 or size > 254:
            raise Nonsense
        at += reply[at] + 1
    return end or at + 1


def _wrong_policy(reply: bytes, asked: bytes) -> str:
    """No address of a refused name is given away."""
    name = asked[:-4].lower()
    has_address = PUBLIC in reply[12 + len(asked) :]
    is_refused = any(_lies_under(name, zone) for zone in REFUSED)
    if has_address and is_refused and not _lies_under(name, LIFELINE):
        return "a refused name is answered"
    return ""


def _lies_under(name: bytes, zone: bytes) -> bool:
    while name[0]:
        if name == zone:
            return True
        name = name[name[0] + 1 :]
    return False


def is_refused(reply: bytes) -> bool:
    """By its extended error, as somebody else's library reads it."""
    return b"All social media is blocked" in reply


def complaint_of_dnslib(message: bytes) -> str:
    """What it says against a message; empty: nothing."""
    try:
        DNSRecord.parse(message)
    except (DNSError, ValueError) as fault:
        return f"dnslib: {fault}"
    return ""
