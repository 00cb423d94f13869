"""Questions as a device sends them, and replies as somebody else's library reads them."""

from __future__ import annotations

from collections.abc import Iterable

from dnslib import CLASS, QTYPE, RCODE, DNSRecord, EDNSOption
from hypothesis import strategies as st

from appliance.dns import wire

_labels = st.one_of(
    st.binary(min_size=1, max_size=63),
    st.sampled_from(
        [b"_dns", b"resolver", b"arpa", b"localhost", b"local", b"home", b"10", b"in-addr", b"ip6"]
        + [b"d", b"f", b"mask", b"icloud", b"com", b"printer", b"a.b", b"x.local", b"\x05local"]
    ),
)
_names = st.lists(_labels, max_size=40).filter(lambda labels: sum(map(len, labels), 1) < 200)
_types = st.one_of(st.integers(0, 65_535), st.sampled_from([1, 5, 12, 16, 28, 64, 65, 252, 255]))
_classes = st.one_of(st.just(1), st.integers(0, 65_535))


def question(
    name: str, qtype: str = "A", qclass: str = "IN", *, edns: bool = True
) -> tuple[bytes, wire.Question]:
    """The message of a device that asks this, and what we read in it."""
    labels = [label.encode("latin-1") for label in name.split(".") if label]
    message = message_of(labels, getattr(QTYPE, qtype), getattr(CLASS, qclass), edns=edns)
    return message, wire.read_question(message)


def message_of(labels: Iterable[bytes], qtype: int, qclass: int = 1, *, edns: bool = True) -> bytes:
    name = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    head = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00" + (b"\x00\x01" if edns else b"\x00\x00")
    tail = qtype.to_bytes(2, "big") + qclass.to_bytes(2, "big") + (wire.opt() if edns else b"")
    return head + name + tail


messages = st.builds(
    lambda labels, qtype, qclass, edns: message_of(labels, qtype, qclass, edns=edns),
    _names,
    _types,
    _classes,
    st.booleans(),
)


def read(
    asked: tuple[bytes, wire.Question],
    shape: wire.Shape,
    options: Iterable[tuple[int, bytes]] = (),
) -> DNSRecord:
    """The whole reply, as dnslib reads it."""
    return DNSRecord.parse(wire.reply(*asked, shape, options))


def said(reply: DNSRecord) -> tuple[str, list[str]]:
    """The code and the answers of a reply: "NOERROR", ["printer.school. 60 A 10.0.0.9"]."""
    answers = [f"{rr.rname} {rr.ttl} {QTYPE[rr.rtype]} {rr.rdata}" for rr in reply.rr]
    return RCODE[reply.header.rcode], answers


def start_of_zone(reply: DNSRecord) -> tuple[str, int, int]:
    """The owner of the SOA in a negative answer, its TTL and its minimum."""
    (soa,) = reply.auth
    assert QTYPE[soa.rtype] == "SOA"
    return str(soa.rname), soa.ttl, soa.rdata.times[4]


def options_of(reply: DNSRecord) -> dict[int, bytes]:
    """The EDNS options of a reply."""
    found = [rr for rr in reply.ar if rr.rtype == QTYPE.OPT]
    return {o.code: o.data for rr in found for o in rr.rdata if isinstance(o, EDNSOption)}
