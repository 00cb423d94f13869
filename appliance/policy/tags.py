"""What is true of a name, as a set of tags; and which tags a target takes.

A name's tags come from two halves that know nothing of each other: our own (catalogue, school,
rules) and the lists. A target takes the names that have one of its tags, unless they have one that
it spares. Both halves can therefore be worked out apart and joined by union — which is what lets a
snapshot keep a million listed names while a rule changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from appliance.policy.model import Definition, School, SchoolList, Target, TargetKind
from appliance.policy.services import Catalogue

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


def services_of_definition(definition: Definition, catalogue: Catalogue) -> frozenset[str]:
    """The services that a school calls social media."""
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
        services = services_of_definition(school.definition, catalogue)
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
