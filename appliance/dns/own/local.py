"""What the box answers by itself: its own network's names, names that mean something by standard,
and questions that nobody should pass on.

Zones that are asked elsewhere come before all this: whoever calls has looked there first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from appliance import config
from appliance.dns.own.alias import ADDRESS_TYPES, Alias, Link, chained
from appliance.dns.own.discovery import ASKED_BY_ADDRESS, PREFIX, designations
from appliance.dns.own.hosts import HostsFile
from appliance.dns.own.localnames import Data, Known, Names, gather
from appliance.dns.own.shapes import (
    FAILED,
    NOT_IMPLEMENTED,
    REFUSED,
    minimal_any,
    nodata,
    nxdomain,
    parent,
    suffix,
)
from appliance.dns.own.special import CANARIES, DISCOVERY, LOOPBACK, ZONES, zone_of
from appliance.dns.wire import Class, Question, Shape, Type, labels_of
from appliance.domains import lies_under, normalise
from appliance.endpoint import Address

NEGATIVE_TTL: Final = 60  # seconds: what is not there may be added at any moment
LONGEST_TTL: Final = 3600
MOST_LINKS: Final = 8  # of a chain of CNAMEs

# RFC 6895 §3.1: these are no types of data but questions to the server itself; we answer two.
_META: Final = frozenset({0, Type.OPT, *range(128, 255)})
_TRANSFERS: Final = frozenset({Type.AXFR, Type.IXFR})  # our names are nobody's to copy

# What a validating resolver behind us asks of com or uk; a device that looks for a printer never
# does. RFC 4035 §4.2, RFC 8976: NS, SOA, DS, RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, ZONEMD
_OF_A_ZONE: Final = frozenset({2, 6, 43, 46, 47, 48, 50, 51, 63})

_LOOPBACK_DATA: Final[Known] = {
    Type.A: Data(LONGEST_TTL, (b"\x7f\0\0\1",)),
    Type.AAAA: Data(LONGEST_TTL, (bytes(15) + b"\1",)),
}


class Local:
    """The answers that need no upstream."""

    def __init__(
        self,
        settings: config.Local,
        *,
        appliance: str = "",
        domains: Sequence[str] = (),
        own: Sequence[Address] = (),
        encrypted: config.Encrypted | None = None,
    ) -> None:
        """`appliance` and `domains` are the school's, from its policy; `own` is where devices
        reach this box."""
        self._records = settings.records
        self._own = tuple(address for address in own if not address.is_unspecified)
        self._appliance = appliance
        self._domains = tuple(domains)
        self._secret = ""
        self._designations: tuple[bytes, ...] = ()
        if encrypted:
            self._designations = designations(encrypted, self._own)
        if encrypted and self._designations:
            self._secret = normalise(encrypted.name)
        self._secret_labels = labels_of(self._secret) if self._secret else b"?"  # ends no name
        self._files = [HostsFile(path) for path in settings.hosts]
        self._names = self._gather()

    def _gather(self) -> Names:
        hosts = [file.hosts for file in self._files]
        return gather(self._records, hosts, self._own_names(), self._own)

    def _own_names(self) -> Iterator[str]:
        """A short name is asked for with the school's domain behind it: devices put it there."""
        if self._appliance:
            name = normalise(self._appliance)
            if "." not in name:
                yield from (f"{name}.{domain}" for domain in self._domains)
            yield name
        if self._secret:
            yield self._secret

    @property
    def faults(self) -> list[str]:
        """What was written in vain, a sentence each."""
        return [*self._names.faults, *(fault for file in self._files for fault in file.faults)]

    def refresh(self) -> bool:
        """Read hosts files that have changed; True where one had: kept answers are old then. Two
        thousand devices take 0.1 s, so a thread may do it: the new names come into use at once."""
        has_changed = [file.refresh() for file in self._files]
        if any(has_changed):
            self._names = self._gather()
        return any(has_changed)

    def shape(
        self,
        question: Question,
        *,
        ttl: int = LONGEST_TTL,
        may_circumvent: bool = False,
        may_encrypt: bool = False,
    ) -> Shape | None:
        """Our own answer, or None: this is not ours. `ttl` is the time to the asker's next bell;
        `may_circumvent`: its group may go round the filter, so that no canary sings;
        `may_encrypt`: it may find this box's encrypted DNS."""
        qtype, qname, ttl = question.qtype, question.qname, max(ttl, 0)
        if question.qclass != Class.IN:
            # CHAOS asks for our version and name, for who attacks us (version.bind, id.server); a
            # refusal says less. Other classes hold nothing, and ANY would be several answers.
            return REFUSED if question.qclass == Class.CHAOS else NOT_IMPLEMENTED
        if qtype in _META:
            return REFUSED if qtype in _TRANSFERS else NOT_IMPLEMENTED
        if qtype == Type.ANY:
            return minimal_any(min(ttl, LONGEST_TTL))
        known = self._names.known.get(qname)
        if known is not None:
            return self._answer(question, known, ttl)
        if qname in CANARIES:
            return None if may_circumvent else nxdomain(min(ttl, NEGATIVE_TTL), parent(qname))
        if qname.endswith(self._secret_labels) and qname[qname[0] + 1 :] == self._secret_labels:
            return self._of_encrypted(question, ttl)
        zone = zone_of(question.name, qname)
        if zone is not None:
            return self._in_zone(question, zone, ttl, may_encrypt=may_encrypt)
        if lies_under(question.name, LOOPBACK):
            return self._answer(question, _LOOPBACK_DATA, ttl)
        if len(qname) == qname[0] + 2 and qtype not in _OF_A_ZONE:
            # One label is a printer or a mistyped search: the root's servers needn't know of it.
            return self._no_such(question, b"\0", ttl)
        return None

    def alias(self, question: Question) -> Alias | None:
        """The chain of a local name whose end is not ours: somebody has to ask for its target
        before the device gets addresses. Ask before `shape`, which has the CNAME alone."""
        if question.qtype not in ADDRESS_TYPES or question.qclass != Class.IN:
            return None
        known = self._names.known.get(question.qname)
        if known is None or Type.CNAME not in known:
            return None
        links, end = self._follow(known)
        if end is not None or not links:
            return None
        alias = Alias(tuple(links))
        target = links[-1].target
        if zone_of(alias.target, target) or len(target) <= target[0] + 2:
            return None  # nobody out there knows it either
        return alias

    def _answer(self, question: Question, known: Known, ttl: int) -> Shape:
        links: list[Link] = []
        if Type.CNAME in known and question.qtype != Type.CNAME:
            links, end = self._follow(known)
            if not links:
                return FAILED
            known = end or {}
        data = known.get(question.qtype)
        values, own_ttl = (data.values, data.ttl) if data else ((), NEGATIVE_TTL)
        return chained(question, links, values, min(ttl, own_ttl), NEGATIVE_TTL)

    def _follow(self, known: Known) -> tuple[list[Link], Known | None]:
        """The steps from a name on, and what its end has; None: the end is not ours. No steps at
        all where they would never end."""
        links: list[Link] = []
        at: Known | None = known
        while at is not None and Type.CNAME in at:
            if len(links) == MOST_LINKS:
                return [], None
            alias = at[Type.CNAME]
            links.append(Link(alias.values[0], alias.ttl))
            at = self._names.known.get(alias.values[0])
        return links, at

    def _of_encrypted(self, question: Question, ttl: int) -> Shape | None:
        """Below the name of our certificate: CLIENT.name is this box too, whichever device says
        so; _dns.name tells a device that knows the name how to speak to us."""
        if question.qname.startswith(PREFIX):
            return self._answer(question, {Type.SVCB: Data(NEGATIVE_TTL, self._designations)}, ttl)
        known = self._names.known.get(self._secret_labels)
        return None if known is None else self._answer(question, known, ttl)

    def _in_zone(
        self, question: Question, zone: str, ttl: int, *, may_encrypt: bool
    ) -> Shape | None:
        if zone == DISCOVERY:
            known: Known = {}
            if may_encrypt and self._designations and question.qname == ASKED_BY_ADDRESS:
                known = {Type.SVCB: Data(NEGATIVE_TTL, self._designations)}
            return self._answer(question, known, ttl)
        if question.name != zone:
            return self._no_such(question, suffix(question.qname, ZONES[zone]), ttl)
        if question.qtype == Type.DS:
            # The zone above has it, and with it the proof that ours may be unsigned (RFC 8375 §4,
            # RFC 6303 §6): a device that validates asks for it, and it tells nobody anything.
            return None
        if "." not in zone:
            return self._no_such(question, b"\0", ttl)
        return nodata(min(ttl, NEGATIVE_TTL))

    def _no_such(self, question: Question, zone: bytes, ttl: int) -> Shape:
        ttl = min(ttl, NEGATIVE_TTL)
        if question.qname in self._names.above:
            # RFC 8020: "no such name" would deny the names below it, and we know some.
            return nodata(ttl)
        return nxdomain(ttl, zone)
