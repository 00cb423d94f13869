"""Addresses that mean something else on every network: a public name has no business there.

A page that is let reach one by its own name reaches the school's printers and servers (DNS
rebinding). Packed bytes in, since this is asked of every address in every answer; documentation
and benchmarking ranges lead nowhere and are left alone.
"""

from __future__ import annotations

from typing import Final

# All of the private ranges of version 4 end on or before a /16, so two bytes tell.
PRIVATE_STARTS: Final = frozenset(
    [bytes((first, second)) for first in (0, 10, 127) for second in range(256)]  # RFC 1122, 1918
    + [bytes((100, second)) for second in range(64, 128)]  # carrier's NAT: RFC 6598
    + [bytes((172, second)) for second in range(16, 32)]  # RFC 1918
    + [bytes((169, 254)), bytes((192, 168))]  # RFC 3927, 1918
)
# Version 6: what lies wholly or partly in a private range. fc00::/7 is each network's own
# (RFC 4193), fe80::/10 a link's, fec0::/10 was a site's.
_OWN: Final = frozenset(
    [bytes((first, second)) for first in (0xFC, 0xFD) for second in range(256)]
    + [bytes((0xFE, second)) for second in range(0x80, 0x100)]
)
# Version 4 within version 6, by where the four bytes stand
_WRAPPED: Final = {
    b"\0\0": (  # ::/96 with :: and ::1 in it, mapped (RFC 4291 §2.5.5), translated (RFC 2765)
        (bytes(12), 12),
        (bytes(10) + b"\xff\xff", 12),
        (bytes(8) + b"\xff\xff\0\0", 12),
    ),
    b"\0\x64": ((b"\0\x64\xff\x9b" + bytes(8), 12),),  # NAT64: RFC 6052
    b"\x20\x02": ((b"\x20\x02", 2),),  # 6to4: RFC 3056
}
_LOCAL_NAT64: Final = b"\0\x64\xff\x9b\0\x01"  # RFC 8215: a network's own


def is_private(packed: bytes) -> bool:
    """Is this address, of 4 or 16 bytes, one that can't be reached from everywhere?"""
    first = packed[:2]
    if len(packed) == 4:
        return first in PRIVATE_STARTS
    if first in _OWN:
        return True
    wrapped = _WRAPPED.get(first)
    if wrapped is None:  # as nearly all are
        return False
    return packed.startswith(_LOCAL_NAT64) or any(
        packed.startswith(prefix) and packed[at : at + 2] in PRIVATE_STARTS
        for prefix, at in wrapped
    )
