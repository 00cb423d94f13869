"""What an upstream said, down to what was asked: safe to keep, and to pass on to anybody.

Only what leads from the asked name to its answer is kept, link by link, and of the rest what a
client needs to prove it or to know how long it holds. Whatever else a message carries belongs to
other names, and believing it is how caches were poisoned (RFC 2181 §5.4.1). Nothing from here is
ever kept under a name that was not asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from struct import error as StructError
from typing import Final, NamedTuple

from appliance.dns.answers.chain import Chain, covered, follow, proofs
from appliance.dns.answers.private import PRIVATE_STARTS, is_private
from appliance.dns.answers.records import ROOM_FOR_OPT, Names, Record, write
from appliance.dns.answers.service import Service
from appliance.dns.wire import (
    AD,
    HEADER_SIZE,
    LARGEST_MESSAGE,
    OPCODE,
    QR,
    TC,
    Malformed,
    Rcode,
    dotted,
)

LONGEST_LIFE: Final = 86_400  # a day, whatever an upstream says: RFC 8767 §4 gives a week at most
LONGEST_NO: Final = 3_600  # RFC 2308 §5: one to three hours for what is not there
SHORT_LIFE: Final = 5  # failures may live five minutes (RFC 2308 §7); most are mended sooner
MOST_TARGETS: Final = 64  # each is put to the policy; real services have four or five

# Plain numbers: comparing with a member of an IntEnum costs three times as much
_A, _CNAME, _SOA, _AAAA, _OPT, _RRSIG = 1, 5, 6, 28, 41, 46
_SERVICES = (64, 65)  # SVCB, HTTPS
_SAID = (Rcode.NOERROR, Rcode.NXDOMAIN)  # all codes that say something of the name

_JUDGED: Final[int] = QR | OPCODE | TC  # an answer, to a query, and whole
_HEAD = Struct("!HHHHH")  # a header behind its id


class Answer(NamedTuple):
    """What we keep of a message."""

    flags: int  # AD, and the response code's lower bits
    rcode: int
    counts: tuple[int, int, int]  # answers, authorities, additionals
    records: bytes  # as they stand behind the question
    ttl_places: tuple[int, ...]  # in `records`
    ttls: tuple[int, ...]
    lifetime: int  # seconds that it may be kept
    targets: tuple[str, ...]  # names that it leads to, as wire.dotted tells them
    is_private: bool  # holds an address that can't be reached from everywhere

    @property
    def is_failure(self) -> bool:
        """Says nothing about the name."""
        return self.rcode not in _SAID


FAILURE: Final = Answer(
    Rcode.SERVFAIL, Rcode.SERVFAIL, (0, 0, 0), b"", (), (), SHORT_LIFE, (), False
)


def read_answer(message: bytes, key: bytes) -> Answer:
    """What to keep of an upstream's message; Malformed where it can't be believed."""
    try:
        return _read(message, key)
    except (IndexError, StructError):  # cut short, or a count or a length that lies
        raise Malformed(Rcode.SERVFAIL) from None


def _read(message: bytes, key: bytes) -> Answer:
    qname, base = key[:-4], HEADER_SIZE + len(key)
    flags, questions, answers, authorities, others = _HEAD.unpack_from(message, 2)
    if (
        flags & _JUDGED != QR
        or questions != 1
        or message[HEADER_SIZE : base - 4].lower() != qname
        or message[base - 4 : base] != key[-4:]  # not in lower case: a type may look like a letter
        or len(message) > LARGEST_MESSAGE
    ):
        raise Malformed(Rcode.SERVFAIL)
    names = Names(message, qname)
    found, at = names.records(base, answers)
    authority, at = names.records(at, authorities) if authorities else ([], at)
    is_plain = names.all_known
    additional, at = names.records(at, others) if others else ([], at)
    if at != len(message):
        raise Malformed(Rcode.SERVFAIL)
    rcode = flags & 0xF
    for record in additional:
        if record.kind == _OPT:
            rcode |= message[record.data - 6] << 4  # RFC 6891 §6.1.3: its upper bits
    if rcode not in _SAID:
        return FAILURE._replace(flags=rcode & 0xF, rcode=rcode)

    chain = follow(names, key, found)
    kept, proof, longest = chain.records, [], LONGEST_LIFE if chain.is_there else SHORT_LIFE
    ttls = [record[3] for record in kept]
    if authority:
        proof = proofs(names, key, authority, chain)
        kept = kept + proof
        ttls += [_life(message, record) for record in proof]
        if any(record.kind == _SOA for record in proof):
            longest = LONGEST_NO
    if is_plain and (kept is found or kept == (found + authority)[: len(kept)]):
        # All of it stands in one piece behind the question, so its pointers stay true
        records = message[base : kept[-1].end if kept else base]
        ttl_places = tuple([record[4] - 6 - base for record in kept])
        if base + len(records) + ROOM_FOR_OPT > LARGEST_MESSAGE:
            raise Malformed(Rcode.SERVFAIL)
    else:
        records, ttl_places = write([(record, names.data(record)) for record in kept], key)
    led_to, holds_private = _look_into(names, chain)
    return Answer(
        flags & AD | rcode,
        rcode,
        (len(chain.records), len(proof), 0),
        records,
        ttl_places,
        tuple(ttls),
        min(longest, *ttls) if ttls else longest,
        tuple([dotted(name) for name in led_to if len(name) > 1]),  # the root is no place
        holds_private,
    )


def _life(message: bytes, record: Record) -> int:
    """How long a proof holds. RFC 2308 §5: a no lives by the last field of its SOA too."""
    if record.kind != _SOA:
        return record.ttl
    return min(record.ttl, int.from_bytes(message[record.end - 4 : record.end], "big"))


def _look_into(names: Names, chain: Chain) -> tuple[Iterable[bytes], bool]:
    """The names that records lead to, and whether any of their addresses is private."""
    message, led_to, holds_private = names.message, dict.fromkeys(chain.names[1:]), False
    for _, kind, _, _, data, end in chain.records:
        if kind == _A:
            if end - data != 4:
                raise Malformed(Rcode.SERVFAIL)
            if message[data : data + 2] in PRIVATE_STARTS:  # is_private, without its call
                holds_private = True
        elif kind == _AAAA:
            if end - data != 16:
                raise Malformed(Rcode.SERVFAIL)
            holds_private |= is_private(message[data:end])
        elif kind in _SERVICES:
            service = Service.read(message[data:end])
            led_to[service.target.lower()] = None  # the root means the owner, whom we have met
            holds_private |= any(map(is_private, service.hints()))
        elif kind == _CNAME:
            led_to[names.known[data]] = None  # asked for as such, it is no chain
    if len(led_to) > MOST_TARGETS:
        raise Malformed(Rcode.SERVFAIL)
    return led_to, holds_private


def without_hints(answer: Answer, key: bytes) -> Answer:
    """The same with no address in its SVCB and HTTPS records, for a name whose addresses we tell
    otherwise. Their signatures, true no more, go with them. Malformed where it grew too large."""
    if (key[-4] << 8 | key[-3]) not in _SERVICES:
        return answer
    names = Names(bytes(HEADER_SIZE) + key + answer.records, key[:-4])
    found, _ = names.records(HEADER_SIZE + len(key), len(answer.ttls))
    pieces, ttls = [], []
    for record, ttl in zip(found, answer.ttls, strict=True):
        if record.kind == _RRSIG and covered(names, record) in _SERVICES:
            continue
        data = names.data(record)
        if record.kind in _SERVICES:
            data = Service.read(data).without_hints()
        pieces.append((record, data))
        ttls.append(ttl)
    records, ttl_places = write(pieces, key)
    answers = len(ttls) - answer.counts[1]
    return answer._replace(
        counts=(answers, answer.counts[1], 0),
        records=records,
        ttl_places=ttl_places,
        ttls=tuple(ttls),
        is_private=False,  # an answer to such a question holds addresses as hints only
    )
