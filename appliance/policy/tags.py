"""What is true of a name, as a set of tags; and which tags a target takes.

A name's tags come from two halves that know nothing of each other: our own (catalogue, school,
rules) and the lists. A target takes the names that have one of its tags, unless they have one that
it spares. Both halves can therefore be worked out apart and joined by union — which is what lets a
snapshot keep a million listed names while a rule changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from appliance.domains import parents
from appliance.policy.model import School, SchoolList, Target, TargetKind
from appliance.policy.services import Catalogue, Service

ANY = "any"  # every name has this tag
LIFELINE = "lifeline"
CIRCUMVENTION = "circumvention"
IN_DEFINITION = "social-media"
NOT_IN_DEFINITION = "not-social-media"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a name: its tags, and what to call it."""

    tags: frozenset[str]
    service: str = ""
    categories: tuple[str, ...] = ()  # the service's own first, then those of lists
    safe_search: str = ""  # the engine whose safe mode answers for this name

    def joined(self, listed: Facts) -> Facts:
        """Our own half and the lists' half of one name, together."""
        return Facts(
            tags=self.tags | listed.tags,
            service=self.service,
            categories=tuple(dict.fromkeys(self.categories + listed.categories)),
            safe_search=self.safe_search,
        )


@dataclass(frozen=True, slots=True)
class Taking:
    """Which tags bring a name under a target, and which keep it out all the same."""

    takes: frozenset[str]
    spares: frozenset[str] = frozenset()

    def covers(self, tags: frozenset[str]) -> bool:
        return not self.takes.isdisjoint(tags) and self.spares.isdisjoint(tags)


@dataclass(slots=True)
class _Claims:
    """What is said of one domain, by whom."""

    tags: set[str] = field(default_factory=set)  # for it and all below it
    service: str = ""  # … whose it is
    host_of: str = ""  # whose it is, exactly this name only
    is_plus: bool = False
    is_minus: bool = False
    safe_search: str = ""  # exactly this name only

    @property
    def is_exact_only(self) -> bool:
        return not (self.tags or self.service or self.is_plus or self.is_minus)


class Names:
    """Our own half: every domain that the catalogue or the school says something of."""

    def __init__(self, school: School, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._definition = school.definition
        self._claims: dict[str, _Claims] = {}
        self._in_definition = services_of_definition(school, catalogue)
        for service in catalogue.services.values():
            self._claim_service(service)
        for lifeline in catalogue.lifelines.values():
            self._tag(lifeline.domains, LIFELINE)
        self._tag(school.domains, LIFELINE)
        self._tag(filter(None, [school.appliance]), LIFELINE)
        for engine in catalogue.safe_search.values():
            for name in engine.names:
                self._claim(name).safe_search = engine.name
        for one in school.lists:
            for tag in list_tags(one, school, catalogue):
                self._tag(one.names, tag)
        for target in domain_targets(school):
            self._tag([target.name], str(target))
        for target in school.definition.plus:
            if target.kind is TargetKind.DOMAIN:
                self._claim(target.name).is_plus = True
        for target in school.definition.minus:
            if target.kind is TargetKind.DOMAIN:
                self._claim(target.name).is_minus = True

    def _claim(self, domain: str) -> _Claims:
        return self._claims.setdefault(domain, _Claims())

    def _tag(self, domains: Iterable[str], tag: str) -> None:
        for domain in domains:
            self._claim(domain).tags.add(tag)

    def _claim_service(self, service: Service) -> None:
        for domain in service.domains:
            self._claim(domain).service = service.name
        for host in service.hosts:
            self._claim(host).host_of = service.name
        self._tag(service.needs, needed_by(service.name))

    def facts(self, name: str) -> Facts:
        """Our half of what is true of this name."""
        chain = [(d, self._claims[d]) for d in parents(name) if d in self._claims]
        return self._facts(chain, self._claims.get(name))

    def entries(self) -> Iterator[tuple[str, bool, Facts]]:
        """Every domain with something said of it: (domain, exactly this name?, facts).

        A name has the facts of the narrowest entry it matches, so these are all there are.
        """
        for domain, claims in self._claims.items():
            chain = [(d, self._claims[d]) for d in parents(domain) if d in self._claims]
            if not claims.is_exact_only:
                yield domain, False, self._facts(chain, None)
            if claims.host_of or claims.safe_search:
                yield domain, True, self._facts(chain, claims)

    def _facts(self, chain: list[tuple[str, _Claims]], exact: _Claims | None) -> Facts:
        """The facts of a name that lies under each domain of a chain, narrowest first."""
        tags = {ANY}.union(*(claims.tags for _, claims in chain))
        owner = exact.host_of if exact else ""
        service = owner or next((c.service for _, c in chain if c.service), "")
        categories: tuple[str, ...] = ()
        if service:
            categories = self._catalogue.services[service].categories
            tags.add(f"service:{service}")
            tags.update(f"category:{category}" for category in categories)
            if any(self._catalogue.is_circumvention(category) for category in categories):
                tags.add(CIRCUMVENTION)
        tags.update(self._definition_tags(chain, service))
        listed = [
            tag.removeprefix("category:") for tag in sorted(tags) if tag.startswith("category:")
        ]
        return Facts(
            tags=frozenset(tags),
            service=service,
            categories=tuple(dict.fromkeys((*categories, *listed))),
            safe_search=exact.safe_search if exact else "",
        )

    def _definition_tags(self, chain: list[tuple[str, _Claims]], service: str) -> Iterator[str]:
        """Is it social media? The narrowest domain that `plus` or `except` names says so; else its
        service does. Where both name the same domain, `except` wins."""
        said = next((claims for _, claims in chain if claims.is_plus or claims.is_minus), None)
        if said is not None:
            yield NOT_IN_DEFINITION if said.is_minus else IN_DEFINITION
        elif service in self._in_definition:
            yield IN_DEFINITION
        elif service in {target.name for target in self._definition.minus}:
            yield NOT_IN_DEFINITION


def services_of_definition(school: School, catalogue: Catalogue) -> frozenset[str]:
    """The services that this school calls social media."""
    definition = school.definition
    kinds = set(definition.categories)
    meant = {s.name for s in catalogue.services.values() if not kinds.isdisjoint(s.categories)}
    meant |= {target.name for target in definition.plus if target.kind is TargetKind.SERVICE}
    meant -= {target.name for target in definition.minus if target.kind is TargetKind.SERVICE}
    return frozenset(meant)


def domain_targets(school: School) -> set[Target]:
    """Every domain that a rule, a grant, a channel or the pass list names."""
    targets = [target for rule in school.rules for target in rule.targets]
    targets += [target for grant in school.grants for target in grant.targets]
    targets += [channel.platform for channel in school.official_channels]
    return {target for target in targets if target.kind is TargetKind.DOMAIN}


def needed_by(service: str) -> str:
    return f"needed-by:{service}"


def taking(target: Target, opens: bool, school: School, catalogue: Catalogue) -> Taking:
    """Which names a target takes. What opens a service opens what it needs as well; what closes a
    service closes only its own names."""
    kind = target.kind
    if kind is TargetKind.EVERYTHING:
        return Taking(frozenset({ANY}))
    if kind is TargetKind.SERVICE:
        services = frozenset({target.name})
    elif kind is TargetKind.CATEGORY:
        services = frozenset(
            s.name for s in catalogue.services.values() if target.name in s.categories
        )
    elif kind is TargetKind.SOCIAL_MEDIA:
        services = services_of_definition(school, catalogue)
    else:
        services = frozenset()
    needs = frozenset(needed_by(service) for service in services) if opens else frozenset()
    spares = frozenset({NOT_IN_DEFINITION}) if kind is TargetKind.SOCIAL_MEDIA else frozenset()
    return Taking(frozenset({str(target)}) | needs, spares)


def list_tags(one: SchoolList, school: School, catalogue: Catalogue) -> Iterator[str]:
    """The tags of a name that stands on this list."""
    yield f"list:{one.name}"
    if one.category:
        yield f"category:{one.category}"
        if one.category in school.definition.categories:
            yield IN_DEFINITION
        if catalogue.is_circumvention(one.category):
            yield CIRCUMVENTION


def listed_facts(
    lists: Iterable[str], known: Mapping[str, SchoolList], school: School, catalogue: Catalogue
) -> Facts:
    """The lists' half of what is true of a name that stands on these lists."""
    used = [known[name] for name in sorted(lists) if name in known]
    tags = {tag for one in used for tag in list_tags(one, school, catalogue)}
    categories = tuple(dict.fromkeys(one.category for one in used if one.category))
    return Facts(frozenset(tags), categories=categories)
