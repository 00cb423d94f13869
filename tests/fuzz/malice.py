"""Packets: questions as devices send them, and what malice makes of those."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from struct import pack
from typing import Final

from dnslib import EDNS0, QTYPE, DNSHeader, DNSQuestion, DNSRecord, EDNSOption

NAMES: Final = (
    "www.tiktok.com", "www.roblox.com", "X.com", "old.reddit.com", "i.instagram.com",
    "nordvpn.com", "www.bbc.co.uk",
    "childline.org.uk", "www.google.com", "www.youtube.com", "printer.local", "localhost",
    "use-application-dns.net", "mask.icloud.com", "_dns.resolver.arpa", "4.3.20.10.in-addr.arpa",
    "dc1.ad.bellgate.sch.uk", "bellgate.sch.uk", "xn--bcher-kva.example", "a", "",
    "_ldap._tcp.dc._msdcs.ad.bellgate.sch.uk", "e" * 63 + ".example",
    ".".join(["long" * 15] * 4), "version.bind", "report.tiktok.com",
)  # fmt: skip
TYPES: Final = ("A", "A", "A", "AAAA", "AAAA", "HTTPS", "TXT", "MX", "PTR", "ANY", "AXFR", "SVCB",
                "CNAME", "NS", "SOA", "DS", "RRSIG", "NULL")  # fmt: skip
ECS_V4: Final = pack("!HBB", 1, 32, 0) + bytes((10, 20, 3, 7))
OPTIONS: Final = (
    (10, b"cookie!!"), (8, ECS_V4), (8, pack("!HBB", 1, 24, 0) + b"\x0a\x14\x03"), (3, b""),
    (65_001, b"\x02\0\0\0\0\7"), (12, bytes(40)), (11, b""), (15, b"\0\x0ftext"), (26_946, b"x"),
    (8, pack("!HBB", 2, 128, 0) + bytes(16)), (65_001, b"short"), (8, b"\0"),
)  # fmt: skip
MOST_MUTATIONS: Final = 4
UNTOUCHED_SHARE: Final = 0.3
ODD_BYTES: Final = (0, 1, 0x2D, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF)
LONGEST: Final = 1600

Mutation = Callable[[bytearray, Random], None]


class Packets:
    """Makes them; the same random, the same packets."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.seeds = [_seed(name, place) for name in NAMES for place in range(len(TYPES) * 2)]

    def make(self) -> bytes:
        """One packet; its id is for whoever sends it to choose."""
        random = self.random
        chosen = random.random()
        if chosen < 0.02:
            return random.randbytes(random.choice((0, 1, 2, 11, 12, 13, 40, 512, 1300)))
        packet = bytearray(random.choice(self.seeds))
        if chosen < 0.5:
            _another_name(packet, random)
        if random.random() > UNTOUCHED_SHARE:
            for _ in range(min(int(random.expovariate(0.8)) + 1, MOST_MUTATIONS)):
                random.choice(MUTATIONS)(packet, random)
        return bytes(packet[:LONGEST])


def _seed(name: str, place: int) -> bytes:
    """As dig, kdig, phones and forwarders ask: without EDNS, with it, with DO, with options."""
    header = DNSHeader(id=0, rd=1 if place % 7 else 0, ad=place % 3 == 0, cd=place % 11 == 0)
    kind = getattr(QTYPE, TYPES[place % len(TYPES)])
    record = DNSRecord(header, q=DNSQuestion(name, kind, 1 if place % 17 else 3))
    style = place % 5
    if style:
        size = (512, 1232, 4096, 1452)[place % 4]
        options = [EDNSOption(*OPTIONS[place % len(OPTIONS)])] if style > 2 else []
        record.add_ar(EDNS0(udp_len=size, flags="do" if style == 2 else "", opts=options))
    return bytes(record.pack())


def _another_name(packet: bytearray, random: Random) -> None:
    """A label of its own before the name, so that caches fill."""
    if len(packet) < 150:
        packet[12:12] = b"\x06%06x" % random.randrange(1 << 20)


def _flip(packet: bytearray, random: Random) -> None:
    if packet:
        packet[random.randrange(len(packet))] ^= 1 << random.randrange(8)


def _flip_in_head(packet: bytearray, random: Random) -> None:
    if len(packet) > 4:
        packet[random.randrange(2, min(len(packet), 12))] ^= 1 << random.randrange(8)


def _set(packet: bytearray, random: Random) -> None:
    if packet:
        packet[random.randrange(len(packet))] = random.choice(ODD_BYTES)


def _cut(packet: bytearray, random: Random) -> None:
    del packet[random.randrange(len(packet) + 1) :]


def _drop(packet: bytearray, random: Random) -> None:
    at = random.randrange(len(packet) + 1)
    del packet[at : at + random.randrange(1, 20)]


def _repeat(packet: bytearray, random: Random) -> None:
    at = random.randrange(len(packet) + 1)
    packet[at:at] = packet[at : at + random.randrange(1, 60)] * random.randrange(1, 12)


def _insert(packet: bytearray, random: Random) -> None:
    at = random.randrange(len(packet) + 1)
    packet[at:at] = random.randbytes(random.randrange(1, 30))


def _behind(packet: bytearray, random: Random) -> None:
    packet += random.choice((b"\0", bytes(200), random.randbytes(30)))


def _count(packet: bytearray, random: Random) -> None:
    """A section's count that lies."""
    if len(packet) >= 12:
        at = random.choice((4, 6, 8, 10))
        packet[at : at + 2] = random.choice((0, 1, 2, 3, 255, 65_535)).to_bytes(2, "big")


def _length(packet: bytearray, random: Random) -> None:
    """A label's length, or what is taken for one."""
    if len(packet) > 13:
        at = 12
        for _ in range(random.randrange(3)):
            at = min(at + packet[at] + 1, len(packet) - 1)
        packet[at] = random.choice((*ODD_BYTES, packet[at] ^ 1, random.randrange(64)))


def _pointer(packet: bytearray, random: Random) -> None:
    if len(packet) > 14:
        at = random.randrange(12, len(packet) - 1)
        packet[at : at + 2] = random.choice((0xC000, 0xC00C, 0xC000 | at, 0xFFFF)).to_bytes(
            2, "big"
        )


def _soup(packet: bytearray, random: Random) -> None:
    """An OPT record of any options, with lengths that may lie."""
    if len(packet) < 17:
        return
    data = b""
    for _ in range(random.randrange(8)):
        code, value = random.choice(OPTIONS)
        lie = random.choice((0, 0, 0, 0, 0, 1, -1, 900))
        data += pack("!HH", code, max(len(value) + lie, 0)) + value
    size, ttl = (
        random.choice((0, 511, 1232, 65_535)),
        random.choice((0, 0, 0x8000, 0x10000, 1 << 31)),
    )
    length = len(data) + random.choice((0, 0, 0, 0, 0, 0, 1, -1))
    packet += b"\0" + pack("!HHIH", 41, size, ttl, max(length, 0)) + data
    packet[10:12] = b"\0" + bytes((min(packet[11] + 1, 255),))


def _signed(packet: bytearray, random: Random) -> None:
    """A TSIG behind it all."""
    if len(packet) >= 12:
        packet += b"\3key\0" + pack("!HHIH", 250, 255, 0, 16) + random.randbytes(16)
        packet[11] = min(packet[11] + 1, 255)


def _huge(packet: bytearray, random: Random) -> None:
    """A name at the bound of 255 bytes, on either side of it."""
    if len(packet) > 17:
        end = packet.find(0, 12)
        room = 254 - max(end - 12, 0) + random.choice((-60, -2, -1, 0, 0, 1, 2))
        labels = bytearray()
        while room >= 2:
            size = min(63, room - 1)
            labels += bytes((size,)) + bytes(random.choices(b"abcXYZ019-_.\x05", k=size))
            room -= size + 1
        packet[12:12] = labels


def _case(packet: bytearray, random: Random) -> None:
    packet[12:40] = bytes(packet[12:40]).swapcase()


def _dots(packet: bytearray, random: Random) -> None:
    """Labels with dots in them: text says another name than the labels do."""
    packet[12:12] = random.choice((b"\x0etiktok.com.foo", b"\x05a.com", b"\x01.", b"\x02\0\0"))


def _kind(packet: bytearray, random: Random) -> None:
    """Any type and class."""
    end = packet.find(0, 12)
    if 0 < end < len(packet) - 4:
        kind = random.choice((0, 41, 128, 250, 251, 255, 256, 65_535, random.randrange(300)))
        packet[end + 1 : end + 5] = pack("!HH", kind, random.choice((1, 1, 1, 3, 4, 254, 255, 0)))


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _flip, _flip, _flip_in_head, _set, _cut, _drop, _repeat, _insert, _behind, _count, _length,
    _pointer, _soup, _soup, _signed, _huge, _case, _dots, _kind,
)  # fmt: skip
