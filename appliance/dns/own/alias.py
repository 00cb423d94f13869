"""Names that another name answers for: local CNAMEs, and search engines in their safe mode.

A device asks once and wants addresses: it is given the CNAME and the addresses behind it, all in
one reply, since a stub resolver follows nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError

from appliance.dns.own.shapes import FAILED, pointer, soa
from appliance.dns.wire import TO_QUESTION, Class, Question, Shape, Type, dotted, record

_FIELDS = Struct("!HHIH")  # of a record, between its owner and its data
_HEAD = _FIELDS.size
_LENGTHS: dict[int, int] = {Type.A: 4, Type.AAAA: 16}
ADDRESS_TYPES = frozenset(_LENGTHS)


@dataclass(frozen=True, slots=True)
class Link:
    """One step: what the name before it is called in truth."""

    target: bytes  # as labels
    ttl: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A chain that leads out of what we know: somebody has to ask for its target."""

    links: tuple[Link, ...]

    @property
    def target(self) -> str:
        return dotted(self.links[-1].target)

    def shape(self, question: Question, addresses: Sequence[bytes] | None, ttl: int) -> Shape:
        """The chain and the packed addresses of its target; none: there are none of this type.
        None says that the target could not be found out."""
        if addresses is None:
            return FAILED
        return chained(question, self.links, addresses, max(ttl, 0), max(ttl, 0))


def chained(
    question: Question, links: Sequence[Link], data: Sequence[bytes], ttl: int, negative_ttl: int
) -> Shape:
    """The links from the asked name on, then the data of the asked type, or a SOA where there is
    none. Names point back into the reply, so the shape is good for this very name only."""
    records, owner = b"", TO_QUESTION
    for link in links:
        link_record = record(Type.CNAME, min(link.ttl, ttl), link.target, owner)
        next_owner = pointer(question.end + len(records) + len(owner) + _HEAD)
        records, owner = records + link_record, next_owner
    if not data:
        return Shape(
            answers=len(links), authorities=1, records=records + soa(min(negative_ttl, ttl), owner)
        )
    records += b"".join(record(question.qtype, ttl, value, owner) for value in data)
    return Shape(answers=len(links) + len(data), records=records)


def addresses_in(records: bytes, count: int, qtype: int) -> list[bytes]:
    """The addresses of this type among the first `count` records, whoever owns them: the answers
    of an upstream, however many names it went through. ValueError where they are cut short."""
    found, at = [], 0
    try:
        for _ in range(count):
            while size := records[at]:
                if size >= 0xC0:
                    at += 1
                    break
                at += size + 1
            at += 1
            kind, class_, _, length = _FIELDS.unpack_from(records, at)
            at += _HEAD + length
            if at > len(records):
                raise ValueError("the records are cut short")
            if kind == qtype and class_ == Class.IN and length == _LENGTHS.get(kind):
                found.append(records[at - length : at])
    except (IndexError, StructError) as fault:
        raise ValueError("the records are cut short") from fault
    return found
