"""Whose a name is, as the catalogue has it: the same facts that `decide` goes by."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domains import parents
from appliance.policy.model import School
from appliance.policy.names import Names
from appliance.policy.services import Catalogue, Lifeline, Service
from appliance.policy.tags import LIFELINE, needed_by


@dataclass(frozen=True, slots=True)
class Ownership:
    """All that the catalogue says of one name."""

    name: str
    service: str  # empty where it is no service's
    held_by: str  # the domain or host of the service that says so
    categories: tuple[str, ...]
    needed_by: tuple[str, ...]  # services that don't work without it
    lifeline: str
    safe_search: str  # the engine whose safe mode answers for it

    @property
    def is_nobodys(self) -> bool:
        return not (self.service or self.needed_by or self.lifeline or self.safe_search)


class Register:
    """Answers whose a name is."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._names = Names(School(name=""), catalogue)  # no school: the catalogue alone speaks
        self._needed = {needed_by(name): name for name in catalogue.services}

    def ownership(self, name: str) -> Ownership:
        """Whose this name is. `name` is normalised."""
        facts = self._names.facts(name)
        service = self._catalogue.services.get(facts.service)
        is_lifeline = LIFELINE in facts.tags
        return Ownership(
            name=name,
            service=facts.service,
            held_by=_holding(service, name) if service else "",
            categories=facts.categories,
            needed_by=tuple(sorted(self._needed[tag] for tag in facts.tags & self._needed.keys())),
            lifeline=self._lifeline(name).name if is_lifeline else "",
            safe_search=facts.safe_search,
        )

    def _lifeline(self, name: str) -> Lifeline:
        """The lifeline that the narrowest domain of a name belongs to."""
        return next(
            lifeline
            for domain in parents(name)
            for lifeline in self._catalogue.lifelines.values()
            if domain in lifeline.domains
        )


def _holding(service: Service, name: str) -> str:
    if name in service.hosts:
        return name
    return next(domain for domain in parents(name) if domain in service.domains)


def names_below_of_others(service: Service, catalogue: Catalogue) -> dict[str, str]:
    """Names that lie under a service's domains and are another's, each with its owner: closing the
    service leaves them alone."""
    return {
        name: other.name
        for other in catalogue.services.values()
        if other.name != service.name
        for name in other.names
        if not service.domains.isdisjoint(parents(name))
    }
