"""Which records of a message belong to what was asked.

From the asked name a chain of CNAMEs leads to the name that the answer stands at (RFC 1034
§3.6.2). What lies on it belongs, in whatever order it came; of the authority section only what
proves a no, from a zone that the chain runs through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from appliance.dns.answers.records import Names, Record, lies_under
from appliance.dns.wire import LONGEST_NAME, Malformed, Rcode

LONGEST_CHAIN: Final = 16  # links; unbound stops at 11, BIND at 17
MOST_PROOFS: Final = 32  # an NXDOMAIN with NSEC3 has eight; each is held against every zone

# Plain numbers: comparing with a member of an IntEnum costs three times as much
_CNAME, _SOA, _DNAME, _OPT, _RRSIG, _NSEC, _NSEC3, _ANY = 5, 6, 39, 41, 46, 47, 50, 255
_ABOUT_MESSAGES = frozenset([_OPT, *range(128, _ANY)])  # RFC 6895 §3.1: never data of a name
_DENIALS = (_NSEC, _NSEC3)
_OF_PROOFS = frozenset([_SOA, _RRSIG, *_DENIALS])
_SIGNER: Final = 18  # where the signer's name stands in the data of a signature

Wanted = set[tuple[bytes, int]]  # owners and types


class Chain(NamedTuple):
    """What belongs to a question in the answer section."""

    names: list[bytes]  # from the asked one to where the answer stands
    records: list[Record]
    is_there: bool  # the last name has what was asked for


def follow(names: Names, key: bytes, found: list[Record]) -> Chain:
    """The chain from the asked name on."""
    qtype, qclass = key[-4] << 8 | key[-3], key[-2] << 8 | key[-1]
    if qtype == _CNAME or qtype in _ABOUT_MESSAGES or qtype == _ANY:
        return _search(names, key[:-4], qtype, [r for r in found if r.class_ == qclass])
    # Nearly all answers come in order with nothing else among them: one look at each record then
    last, is_there = key[:-4], False
    chain = [last]
    for owner, kind, class_, _, data, _ in found:
        if owner == last and class_ == qclass:
            if kind == qtype:
                is_there = True
                continue
            if kind == _CNAME and not is_there and len(chain) <= LONGEST_CHAIN:
                last = names.known[data]
                if last not in chain:
                    chain.append(last)
                    continue
        return _search(names, key[:-4], qtype, [r for r in found if r.class_ == qclass])
    return Chain(chain, found, is_there)


def _search(names: Names, qname: bytes, qtype: int, found: list[Record]) -> Chain:
    """The chain out of records in any order, with strangers among them."""
    aliases: dict[bytes, bytes] = {}
    trees: dict[bytes, bytes] = {}  # DNAME: RFC 6672
    for owner, kind, _, _, data, _ in found:
        if kind == _CNAME:
            aliases.setdefault(owner, names.known[data])
        elif kind == _DNAME:
            trees.setdefault(owner, names.known[data])
    chain = [qname]
    wanted: Wanted = set()
    if qtype == _ANY:
        wanted |= {(qname, r.kind) for r in found if r.kind not in _ABOUT_MESSAGES}
    else:
        if qtype != _CNAME:
            _walk(chain, wanted, aliases, trees)
        if qtype not in _ABOUT_MESSAGES:
            wanted.add((chain[-1], qtype))
    kept = [r for r in found if (r.owner, r.kind) in wanted or _signs(names, r, wanted)]
    # A second CNAME or DNAME of one name would lead where nobody has looked
    led = {_CNAME: aliases, _DNAME: trees}
    kept = [r for r in kept if r.kind not in led or names.known[r.data] == led[r.kind][r.owner]]
    is_there = any(r.owner == chain[-1] and qtype in (r.kind, _ANY) for r in kept)
    return Chain(chain, kept, is_there)


def _walk(
    chain: list[bytes], wanted: Wanted, aliases: dict[bytes, bytes], trees: dict[bytes, bytes]
) -> None:
    """Add link after link until one leads nowhere further."""
    while True:
        name = chain[-1]
        target = aliases.get(name)
        if target:
            wanted.add((name, _CNAME))
        for parent in _parents(name) if trees else ():
            if parent in trees:
                moved = name[: -len(parent)] + trees[parent]
                if target is None or target == moved:  # else the tree has no part in this link
                    wanted.add((parent, _DNAME))
                    target = moved
                    break
        if target is None:
            return
        if target in chain or len(chain) > LONGEST_CHAIN or len(target) > LONGEST_NAME:
            raise Malformed(Rcode.SERVFAIL)
        chain.append(target)


def _parents(name: bytes) -> Iterator[bytes]:
    """Every domain above a name, the root last."""
    while name[0]:
        name = name[name[0] + 1 :]
        yield name


def _signs(names: Names, record: Record, wanted: Wanted) -> bool:
    """Is this the signature of a record that is wanted?"""
    return record[1] == _RRSIG and (record[0], covered(names, record)) in wanted


def covered(names: Names, signature: Record) -> int:
    """The type that a signature is for."""
    if signature.end - signature.data <= _SIGNER:
        raise Malformed(Rcode.SERVFAIL)
    return int.from_bytes(names.message[signature.data : signature.data + 2], "big")


def proofs(names: Names, key: bytes, authority: Iterable[Record], chain: Chain) -> list[Record]:
    """What proves a no, or that an answer comes from a wildcard. NSECs and signatures reach only
    who asked with DO: no upstream sends them otherwise."""
    qclass = key[-2] << 8 | key[-1]
    near = [r for r in authority if r[1] in _OF_PROOFS and r[2] == qclass][:MOST_PROOFS]
    if not near:
        return []
    last, soa = chain.names[-1], None
    if not chain.is_there:
        soa = next((r for r in near if r.kind == _SOA and lies_under(last, r.owner)), None)
    zones = {soa.owner} if soa else set()
    for record in near:
        if record.kind == _RRSIG and covered(names, record) in _DENIALS:
            signer, _ = names.read(record.data + _SIGNER)
            if any(lies_under(name, signer) for name in chain.names):
                zones.add(signer)

    def proves(record: Record) -> bool:
        about = covered(names, record) if record.kind == _RRSIG else record.kind
        if about == _SOA:
            is_its_signature = record.kind == _RRSIG and soa and record.owner == soa.owner
            return record is soa or bool(is_its_signature)
        return about in _DENIALS and any(lies_under(record.owner, zone) for zone in zones)

    return [record for record in near if proves(record)]
