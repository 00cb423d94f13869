"""The catalogue held against its own rules, which blocklists/README.md gives in words.

A fault must be mended before the catalogue goes out. A note is worth a look: most overlaps are
right, for the narrower name wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.domains import parents
from appliance.policy.services import Catalogue
from appliance.suffixes import is_public_suffix
from appliance.tables import suggestion

PLACES = 2  # where each service's facts can be checked: one page may be wrong, or gone


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth a look, about a service or a lifeline."""

    fault: bool
    service: str
    name: str  # the domain, the address or the key that it is about
    says: str

    def __str__(self) -> str:
        return f"{self.service}: {self.name} {self.says}"


def audit(
    catalogue: Catalogue, shared_domains: Iterable[str], school_needs: Iterable[str]
) -> list[Finding]:
    """All that is wrong with a catalogue, then all that is worth a look."""
    ground = _Ground(catalogue, shared_domains, school_needs)
    found = {finding for check in CHECKS for finding in check(ground)}
    return sorted(found, key=lambda one: (not one.fault, one.service, one.name, one.says))


@dataclass(frozen=True, slots=True)
class _Held:
    """A name of a service."""

    name: str
    service: str


class _Ground:
    """Whose each name is, looked up from above and from below."""

    def __init__(
        self, catalogue: Catalogue, shared_domains: Iterable[str], school_needs: Iterable[str]
    ) -> None:
        self.catalogue = catalogue
        self.services = list(catalogue.services.values())
        self.shared_domains = frozenset(shared_domains)
        self.school_needs = frozenset(school_needs)
        self.lifelines = {
            name: lifeline.name
            for lifeline in catalogue.lifelines.values()
            for name in lifeline.domains
        }
        self.domains: dict[str, str] = {}  # each with its owner, the first where there are two
        self.hosts: dict[str, str] = {}
        self._below: dict[str, list[_Held]] = {}
        for service in self.services:
            for name in sorted(service.domains):
                self.domains.setdefault(name, service.name)
            for name in sorted(service.hosts):
                self.hosts.setdefault(name, service.name)
            for name in sorted(service.names):
                for domain in parents(name):
                    if domain != name:
                        self._below.setdefault(domain, []).append(_Held(name, service.name))

    def holder(self, name: str) -> _Held | None:
        """Whose this name is: its own host, else the narrowest domain it lies under."""
        if name in self.hosts:
            return _Held(name, self.hosts[name])
        return next((_Held(d, self.domains[d]) for d in parents(name) if d in self.domains), None)

    def above(self, name: str) -> Iterator[_Held]:
        """Every domain of a service that takes this name in, and the host that is this name."""
        if name in self.hosts:
            yield _Held(name, self.hosts[name])
        yield from (_Held(d, self.domains[d]) for d in parents(name) if d in self.domains)

    def below(self, domain: str) -> list[_Held]:
        """Every name of a service below this domain."""
        return self._below.get(domain, [])


def _one_owner(ground: _Ground) -> Iterator[Finding]:
    for service in ground.services:
        for name in service.names:
            for owner in {ground.domains.get(name), ground.hosts.get(name)}:
                if owner is not None and owner != service.name:
                    says = f"belongs to {owner} too: a name has one owner"
                    yield Finding(True, service.name, name, says)


def _nothing_shared(ground: _Ground) -> Iterator[Finding]:
    remedy = "name the exact hosts instead"
    for shared in ground.shared_domains:
        for domain in parents(shared):
            if domain in ground.domains:
                owner = ground.domains[domain]
                if domain == shared:
                    says = f"is ground that many share: {remedy}"
                else:
                    says = f"takes in {shared}, which many share: {remedy}"
                yield Finding(True, owner, domain, says)


def _nothing_of_a_lifeline(ground: _Ground) -> Iterator[Finding]:
    for name, lifeline in ground.lifelines.items():
        for held in ground.above(name):
            says = f"takes in {name}, which is of the lifeline {lifeline}"
            yield Finding(True, held.service, held.name, says)
        for held in ground.below(name):
            says = f"lies under {name} of the lifeline {lifeline}: nobody could close it"
            yield Finding(True, held.service, held.name, says)


def _nothing_a_school_needs(ground: _Ground) -> Iterator[Finding]:
    for need in ground.school_needs:
        for held in ground.above(need):
            says = f"takes in {need}, which schools need"
            yield Finding(True, held.service, held.name, says)


def _needs_that_open_another(ground: _Ground) -> Iterator[Finding]:
    """What is opened with a service opens nothing of another, unless the file says so."""
    for service in ground.services:
        said = {service.name, *service.builds_on}
        for need in service.needs:
            holder = ground.holder(need)
            if holder and holder.service not in said:
                says = f"is needed, and is {holder.service}'s: name that in builds_on"
                yield Finding(True, service.name, need, says)
            for held in ground.below(need):
                if held.service not in said:
                    says = f"is needed, and takes in {held.name} of {held.service}"
                    is_fault = held.name in ground.domains
                    yield Finding(is_fault, service.name, need, says)


def _builds_on_services(ground: _Ground) -> Iterator[Finding]:
    known = ground.catalogue.services
    for service in ground.services:
        for name in service.builds_on:
            if name not in known:
                says = f"stands in builds_on and is no service{suggestion(name, known)}"
                yield Finding(True, service.name, name, says)
            elif ground.catalogue.circumvents(known[name]):
                says = "stands in builds_on and is a way round the filter"
                yield Finding(True, service.name, name, says)


def _checked_twice(ground: _Ground) -> Iterator[Finding]:
    for service in ground.services:
        if len(service.checked) < PLACES:
            yield Finding(True, service.name, "checked", "names fewer than two web addresses")
        for address in service.checked:
            if not _is_web_address(address):
                says = "stands under checked and is no web address"
                yield Finding(True, service.name, address, says)


def _overlaps(ground: _Ground) -> Iterator[Finding]:
    for service in ground.services:
        for name in service.names:
            for held in ground.above(name):
                if held.name != name and held.service != service.name:
                    says = f"lies under {held.name} of {held.service}"
                    yield Finding(False, service.name, name, says)


def _redundant(ground: _Ground) -> Iterator[Finding]:
    for service in ground.services:
        for name in service.names | service.needs:
            is_said_twice = name in service.hosts | service.needs
            wider = [d for d in parents(name) if d in service.domains]
            wider = [d for d in wider if d != name or is_said_twice]
            if wider:
                says = f"is there already: {wider[0]} takes it in"
                yield Finding(False, service.name, name, says)


def _implausible(ground: _Ground) -> Iterator[Finding]:
    for service in ground.services:
        for name in service.names | service.needs:
            if doubt := _doubt(name):
                yield Finding(False, service.name, name, doubt)
    for name, lifeline in ground.lifelines.items():
        if doubt := _doubt(name):
            yield Finding(False, lifeline, name, doubt)


CHECKS: tuple[Callable[[_Ground], Iterator[Finding]], ...] = (
    _one_owner,
    _nothing_shared,
    _nothing_of_a_lifeline,
    _nothing_a_school_needs,
    _needs_that_open_another,
    _builds_on_services,
    _checked_twice,
    _overlaps,
    _redundant,
    _implausible,
)


def _doubt(name: str) -> str:
    """Why nobody would ask for this name; empty where somebody might."""
    if "." not in name:
        return "is a single word and no domain"
    if not any(map(is_public_suffix, parents(name))):  # co.za is one, and za alone is none
        return f"ends in .{name.rpartition('.')[2]}, where nobody has a site"
    if is_public_suffix(name):
        return "is a public suffix: strangers have their sites under it"
    return ""


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and " " not in text
