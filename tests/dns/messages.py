"""DNS messages for stories: proper ones by dnslib, and hand-made ones that nobody proper writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack

from dnslib import EDNS0, QTYPE, RR, DNSHeader, DNSQuestion, DNSRecord

from appliance.dns import wire
from appliance.dns.answers.answer import Answer
from appliance.dns.answers.kept import keep

NOT_TOLD = -1


def key_of(name: str, kind: str = "A") -> bytes:
    """What is asked, as the resolver has it."""
    return wire.labels_of(name) + pack("!HH", getattr(QTYPE, kind), 1)


def says(
    name: str,
    kind: str,
    answers: Iterable[str] = (),
    authority: Iterable[str] = (),
    additional: Iterable[str] = (),
    *,
    rcode: int = 0,
    flags: int = 0,
    edns: bool = True,
) -> bytes:
    """An upstream's message, its records written as in a zone file."""
    header = DNSHeader(qr=1, rd=1, ra=1, rcode=rcode)
    record = DNSRecord(header, q=DNSQuestion(name, getattr(QTYPE, kind)))
    for section, add in (
        (answers, record.add_answer),
        (authority, record.add_auth),
        (additional, record.add_ar),
    ):
        for line in section:
            add(*RR.fromZone(line))
    if edns:
        record.add_ar(EDNS0(udp_len=1232))
    message = bytearray(record.pack())
    message[2] |= flags >> 8
    message[3] |= flags & 0xFF
    return bytes(message)


def by_hand(
    key: bytes,
    answers: Sequence[bytes] = (),
    authority: Sequence[bytes] = (),
    additional: Sequence[bytes] = (),
    *,
    flags: int = 0x8180,
    question: bytes = b"",
    counted: int = NOT_TOLD,
) -> bytes:
    """A message of ready-made records; the count of answers and the question may lie."""
    count = len(answers) if counted == NOT_TOLD else counted
    head = pack("!HHHHHH", 7, flags, 1, count, len(authority), len(additional))
    return head + (question or key) + b"".join([*answers, *authority, *additional])


def record(
    kind: int,
    data: bytes,
    owner: bytes = wire.TO_QUESTION,
    *,
    ttl: int = 60,
    length: int = NOT_TOLD,
) -> bytes:
    """One record, whose length may lie."""
    size = len(data) if length == NOT_TOLD else length
    return owner + pack("!HHIH", kind, 1, ttl, size) + data


def told(
    answer: Answer, name: str, kind: str = "A", *, passed: int = 0, cap: int = 86_400
) -> DNSRecord:
    """What a client hears, as dnslib reads it."""
    query = bytes(DNSRecord.question(name, kind).pack())
    shape = keep(answer, 1_000).shape(1_000 + passed, cap)
    return DNSRecord.parse(wire.reply(query, wire.read_question(query), shape))


def facts(records: Iterable[RR]) -> list[tuple[str, int, int, str]]:
    """Records as values that can be compared; letter case says nothing."""
    return [(str(r.rname).lower(), r.rtype, r.ttl, str(r.rdata).lower()) for r in records]
