"""Every domain that the catalogue or the school says something of, and what is true of a name.

Two floors: the ground that the catalogue lays, shared by every policy of one definition, and the
school's own few hundred domains on top. A change of the policy so costs what it changes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from appliance.domains import parents
from appliance.policy.model import Definition, School, TargetKind
from appliance.policy.services import Catalogue, CatalogueKey, Service
from appliance.policy.tags import (
    ANY,
    CIRCUMVENTION,
    IN_DEFINITION,
    LIFELINE,
    NOT_IN_DEFINITION,
    Facts,
    domain_targets,
    list_tags,
    needed_by,
    services_of_definition,
)

Entry = tuple[str, bool, Facts]  # a domain, exactly this name?, what is true of it


@dataclass(slots=True)
class _Claims:
    """What is said of one domain, by whom."""

    tags: frozenset[str] = frozenset()  # for it and all below it; most have none
    service: str = ""  # … whose it is
    host_of: str = ""  # whose it is, exactly this name only
    is_plus: bool = False
    is_minus: bool = False
    safe_search: str = ""  # exactly this name only

    @property
    def is_exact_only(self) -> bool:
        return not (self.tags or self.service or self.is_plus or self.is_minus)


ClaimsOf = Callable[[str], _Claims | None]


class _Ground:
    """What the catalogue says under one definition of social media: ten thousand domains that no
    grant and no device changes, so that policies share it."""

    def __init__(self, catalogue: Catalogue, definition: Definition) -> None:
        self.catalogue = catalogue
        self.claims: dict[str, _Claims] = {}
        self._in_definition = services_of_definition(definition, catalogue)
        self._minus = {target.name for target in definition.minus}
        for service in catalogue.services.values():
            self._claim_service(service)
        for lifeline in catalogue.lifelines.values():
            self._tag(lifeline.domains, LIFELINE)
        for engine in catalogue.safe_search.values():
            for name in engine.names:
                self._claim(name).safe_search = engine.name
        for target in definition.plus:
            if target.kind is TargetKind.DOMAIN:
                self._claim(target.name).is_plus = True
        for target in definition.minus:
            if target.kind is TargetKind.DOMAIN:
                self._claim(target.name).is_minus = True

    @cached_property
    def entries(self) -> dict[str, tuple[Entry, ...]]:
        """The entries of each domain, in the order of `_reversed`."""
        same: dict[Facts, Facts] = {}  # the ten domains of a service share theirs: 4 MB less
        return {
            domain: tuple(
                (name, exact, same.setdefault(facts, facts))
                for name, exact, facts in self.entries_of(domain, self.claims.get)
            )
            for domain in sorted(self.claims, key=reversed_name)
        }

    @cached_property
    def _reversed(self) -> list[str]:
        return [reversed_name(domain) for domain in self.entries]

    @cached_property
    def _domains(self) -> list[str]:
        return list(self.entries)

    def below(self, domain: str) -> list[str]:
        """The domains of the ground that lie under this one, itself among them."""
        first = reversed_name(domain)
        start = bisect_left(self._reversed, first)
        return self._domains[start : bisect_left(self._reversed, first[:-1] + "/", start)]

    def entries_of(self, domain: str, claims_of: ClaimsOf) -> Iterator[Entry]:
        claims = claims_of(domain)
        if claims is None:
            return
        if not claims.is_exact_only:
            yield domain, False, self.facts(domain, claims_of, exact=False)
        if claims.host_of or claims.safe_search:
            yield domain, True, self.facts(domain, claims_of, exact=True)

    def _claim(self, domain: str) -> _Claims:
        return self.claims.setdefault(domain, _Claims())

    def _tag(self, domains: Iterable[str], tag: str) -> None:
        for domain in domains:
            claims = self._claim(domain)
            claims.tags |= {tag}

    def _claim_service(self, service: Service) -> None:
        for domain in service.domains:
            self._claim(domain).service = service.name
        for host in service.hosts:
            self._claim(host).host_of = service.name
        self._tag(service.needs, needed_by(service.name))

    def facts(self, name: str, claims_of: ClaimsOf, *, exact: bool) -> Facts:
        """The facts of a name, or of all that lies under a domain, by what is said of each domain
        above it."""
        chain = [claims for domain in parents(name) if (claims := claims_of(domain)) is not None]
        own = claims_of(name) if exact else None
        tags = {ANY}.union(*(claims.tags for claims in chain))
        owner = own.host_of if own else ""
        service = owner or next((c.service for c in chain if c.service), "")
        categories: tuple[str, ...] = ()
        if service:
            categories = self.catalogue.services[service].categories
            tags.add(f"service:{service}")
            tags.update(f"category:{category}" for category in categories)
            if any(self.catalogue.is_circumvention(category) for category in categories):
                tags.add(CIRCUMVENTION)
        tags.update(self._definition_tags(chain, service))
        listed = [
            tag.removeprefix("category:") for tag in sorted(tags) if tag.startswith("category:")
        ]
        return Facts(
            tags=frozenset(tags),
            service=service,
            categories=tuple(dict.fromkeys((*categories, *listed))),
            safe_search=own.safe_search if own else "",
        )

    def _definition_tags(self, chain: list[_Claims], service: str) -> Iterator[str]:
        """Is it social media? The narrowest domain that `plus` or `except` names says so; else its
        service does. Where both name the same domain, `except` wins."""
        said = next((claims for claims in chain if claims.is_plus or claims.is_minus), None)
        if said is not None:
            yield NOT_IN_DEFINITION if said.is_minus else IN_DEFINITION
        elif service in self._in_definition:
            yield IN_DEFINITION
        elif service in self._minus:
            yield NOT_IN_DEFINITION


@lru_cache(maxsize=4)  # the policy in force, a draft, one of the past
def _ground(known: CatalogueKey, definition: Definition) -> _Ground:
    return _Ground(known.catalogue, definition)


class Names:
    """Our own half: every domain that the catalogue or the school says something of."""

    def __init__(self, school: School, catalogue: Catalogue) -> None:
        self._ground = _ground(CatalogueKey(catalogue), school.definition)
        self._own: dict[str, _Claims] = {}  # with what the ground says of the same domains
        self._tag(school.domains, LIFELINE)
        self._tag(filter(None, [school.appliance]), LIFELINE)
        for one in school.lists:
            for tag in list_tags(one, school, catalogue):
                self._tag(one.names, tag)
        for target in domain_targets(school):
            self._tag([target.name], str(target))

    def _tag(self, domains: Iterable[str], tag: str) -> None:
        for domain in domains:
            claims = self._own.get(domain)
            if claims is None:
                claims = self._own[domain] = _copy(self._ground.claims.get(domain))
            claims.tags |= {tag}

    def _claims_of(self, domain: str) -> _Claims | None:
        return self._own.get(domain) or self._ground.claims.get(domain)

    def facts(self, name: str) -> Facts:
        """Our half of what is true of this name."""
        return self._ground.facts(name, self._claims_of, exact=True)

    def prepare(self) -> None:
        """Work out now what the first to publish would else wait 0.1 s for."""
        len(self._ground.entries)

    def entries(self) -> Iterator[Entry]:
        """Every domain with something said of it: (domain, exactly this name?, facts).

        A name has the facts of the narrowest entry it matches, so these are all there are.
        """
        ground = self._ground
        anew = dict.fromkeys(self._own)
        for domain in self._own:
            anew |= dict.fromkeys(ground.below(domain))
        for domain, entries in ground.entries.items():
            if domain not in anew:
                yield from entries
        for domain in anew:
            yield from ground.entries_of(domain, self._claims_of)


def _copy(claims: _Claims | None) -> _Claims:
    return replace(claims) if claims else _Claims()


def reversed_name(domain: str) -> str:
    """uk.co.bbc. of bbc.co.uk: what lies under a domain stands behind it when sorted."""
    return ".".join(reversed(domain.split("."))) + "."
