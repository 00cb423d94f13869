"""The records of a message that somebody else wrote: walked with care, and laid out anew.

Names are told by the place where they stand. What was read once is known by its place, so that a
pointer, which nearly all names are, costs one look and can't lead in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final, NamedTuple

from appliance.dns.wire import HEADER_SIZE, LARGEST_MESSAGE, LONGEST_NAME, Malformed, Rcode, Type

ROOM_FOR_OPT: Final = 512  # our own record goes behind all others, with an extended error in it
MOST_HOPS: Final = 16  # from pointer to pointer; honest servers need one
POINTER: Final = 0xC0
_REACH: Final = 0x3FFF  # how far a pointer's 14 bits go

_POINTED = Struct("!HHHIH")  # a record whose owner is a pointer
_RECORD = Struct("!HHIH")

# Data that holds names which servers may have compressed (RFC 3597 §4): what stands before them,
# how many there are, and what follows. All other data is passed on as it is.
_LAYOUTS: Final = {
    2: (0, 1, 0),  # NS
    3: (0, 1, 0),  # MD
    4: (0, 1, 0),  # MF
    5: (0, 1, 0),  # CNAME
    6: (0, 2, 20),  # SOA
    7: (0, 1, 0),  # MB
    8: (0, 1, 0),  # MG
    9: (0, 1, 0),  # MR
    12: (0, 1, 0),  # PTR
    14: (0, 2, 0),  # MINFO
    15: (2, 1, 0),  # MX
    17: (0, 2, 0),  # RP
    18: (2, 1, 0),  # AFSDB
    21: (2, 1, 0),  # RT
    26: (2, 2, 0),  # PX
    33: (6, 1, 0),  # SRV: never to be compressed (RFC 2782), and yet some do
    36: (2, 1, 0),  # KX
    39: (0, 1, 0),  # DNAME
}


class Record(NamedTuple):
    """One record, by where its data stands in the message."""

    owner: bytes  # as labels, lower case
    kind: int
    class_: int
    ttl: int
    data: int
    end: int


class Names:
    """The names of one message."""

    def __init__(self, message: bytes, qname: bytes) -> None:
        self.message = message
        self.known: dict[int, bytes] = {}
        self.all_known = True  # every pointer led to where a name had been read
        at = 0
        while size := qname[at]:
            self.known[HEADER_SIZE + at] = qname[at:]
            at += size + 1
        self.known[HEADER_SIZE] = qname  # the root has no label

    def read(self, at: int) -> tuple[bytes, int]:
        """The name at this place as labels in lower case, and where it ends."""
        message, start, places = self.message, at, []
        while 0 < (size := message[at]) < 64:
            places.append(at)
            at += size + 1
        if not size:
            tail, end = b"\0", at + 1
        elif size >= POINTER:
            tail, end = self.pointed((size << 8 | message[at + 1]) & _REACH, at), at + 2
        else:
            raise Malformed(Rcode.SERVFAIL)
        name = message[start:at].lower() + tail
        if len(name) > LONGEST_NAME:
            raise Malformed(Rcode.SERVFAIL)
        self.known[start] = name
        for place in places:
            self.known[place] = name[place - start :]
        return name, end

    def pointed(self, to: int, before: int) -> bytes:
        """The name that a pointer at `before` leads to."""
        return self.known.get(to) or self._follow(to, before)

    def _follow(self, to: int, before: int) -> bytes:
        """A name where we have read none, such as inside the data of a signature.

        Such bytes might be a TTL, which changes as it counts down, and the name with it: who met
        one lays the records out anew.
        """
        self.all_known = False
        message, labels, place = self.message, b"", to
        for _ in range(MOST_HOPS):
            if not HEADER_SIZE <= to < before:
                raise Malformed(Rcode.SERVFAIL)  # only backwards: so there is an end
            before = at = to
            while 0 < (size := message[at]) < 64:
                at += size + 1
            labels += message[before:at].lower()
            if len(labels) >= LONGEST_NAME:
                raise Malformed(Rcode.SERVFAIL)
            if not size:
                self.known[place] = labels + b"\0"  # or 64 kB of such pointers take 30 ms
                return self.known[place]
            if size < POINTER:
                raise Malformed(Rcode.SERVFAIL)
            to = (size << 8 | message[at + 1]) & _REACH
        raise Malformed(Rcode.SERVFAIL)

    def records(self, at: int, count: int) -> tuple[list[Record], int]:
        """So many records from here on, and where they end."""
        message, known, found = self.message, self.known, []
        new = tuple.__new__  # half the price of calling Record, and records are most of the work
        for _ in range(count):
            if message[at] >= POINTER:
                to, kind, class_, ttl, length = _POINTED.unpack_from(message, at)
                owner = known.get(to & _REACH) or self._follow(to & _REACH, at)
                data = at + 12
            else:
                owner, at = self.read(at)
                kind, class_, ttl, length = _RECORD.unpack_from(message, at)
                data = at + 10
            at = data + length
            if kind == 5:  # CNAME: stands in most answers, so it has a shorter way
                _, end = self.read(data)
                if end != at:
                    raise Malformed(Rcode.SERVFAIL)
            elif kind in _LAYOUTS:
                self._names_within(kind, data, at)  # known from here on, and ends where it says
            # RFC 2181 §8: a TTL with its top bit set is none
            found.append(new(Record, (owner, kind, class_, ttl if ttl < 1 << 31 else 0, data, at)))
        if at > len(message):
            raise Malformed(Rcode.SERVFAIL)
        return found, at

    def _names_within(self, kind: int, at: int, end: int) -> tuple[bytes, ...]:
        before, count, after = _LAYOUTS[kind]
        at += before
        names = []
        for _ in range(count):
            name, at = self.read(at)
            names.append(name)
        if at + after != end:
            raise Malformed(Rcode.SERVFAIL)
        return tuple(names)

    def data(self, record: Record) -> bytes:
        """The data of a record, its names written out."""
        if record.kind not in _LAYOUTS:
            return self.message[record.data : record.end]
        before, _, after = _LAYOUTS[record.kind]
        names = self._names_within(record.kind, record.data, record.end)
        head = self.message[record.data : record.data + before]
        return head + b"".join(names) + self.message[record.end - after : record.end]


def write(pieces: Iterable[tuple[Record, bytes]], key: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Records with their data, laid out behind the question for `key`; and where each TTL stands.

    Owners that have been met are pointed to; without that a long chain would double in size.
    """
    base = HEADER_SIZE + len(key)
    met = {key[:-4]: HEADER_SIZE}
    written, ttl_places = bytearray(), []
    for record, data in pieces:
        place = met.get(record.owner)
        if place is None:
            if base + len(written) <= _REACH:
                met[record.owner] = base + len(written)
            written += record.owner
        else:
            written += (POINTER << 8 | place).to_bytes(2, "big")
        ttl_places.append(len(written) + 4)
        written += _RECORD.pack(record.kind, record.class_, record.ttl, len(data))
        if record.kind == Type.CNAME and base + len(written) <= _REACH:
            met.setdefault(data, base + len(written))  # where the next record stands, as a rule
        written += data
        if base + len(written) + ROOM_FOR_OPT > LARGEST_MESSAGE:
            raise Malformed(Rcode.SERVFAIL)  # names written out may outgrow what they came in
    return bytes(written), tuple(ttl_places)


def lies_under(name: bytes, parent: bytes) -> bool:
    """Is `name` this domain, or one under it? Both as labels in lower case."""
    at, more = 0, len(name) - len(parent)
    while at < more:
        at += name[at] + 1  # by labels: their text may look like anything
    return at == more and name.endswith(parent)
