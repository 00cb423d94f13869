"""What a teacher may mean while still typing: services of the catalogue, the likeliest first."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from appliance.policy.decide import Policy
from appliance.policy.model import Target, TargetKind
from appliance.policy.services import Catalogue, CatalogueKey, Service

LONGEST = 60  # characters of what is typed that are looked at
LEAST = 2  # letters inside a word: a single one lies in nearly every title
_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One service that may be meant."""

    target: Target
    title: str
    about: str
    minimum_age: int


class _Column:
    """One text of each service, all in one: a search in 30 kB costs less than a thousand calls."""

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        self._owners: list[int] = []
        self._starts: list[int] = []
        lines, place = [""], 1
        for owner, line in texts:
            self._owners.append(owner)
            self._starts.append(place)
            lines.append(line)
            place += len(line) + 1
        self._text = "\n".join(lines) + "\n"

    def find(self, wanted: str) -> Iterator[int]:
        """The owners of the lines that have this; each line begins and ends with a newline."""
        place = self._text.find(wanted)
        while place >= 0:
            line = bisect_right(self._starts, place + wanted.startswith("\n")) - 1
            yield self._owners[line]
            end = self._text.find("\n", place + 1)  # once a line is enough
            place = self._text.find(wanted, end) if end >= 0 else -1


class _Index:
    """The services of one catalogue as they are searched."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.services = tuple(catalogue.services.values())
        titles = [fold(service.title) for service in self.services]
        joined = [title.replace(" ", "") for title in titles]
        names = [fold(service.name) for service in self.services]
        self.by_name = dict(zip(joined, self.services, strict=True))
        self._weights = [  # ways round the filter last; who has more domains is better known
            (catalogue.circumvents(service), -len(service.domains), service.name)
            for service in self.services
        ]
        self._titles = _Column(enumerate(titles))
        self._joined = _Column(enumerate(joined))
        self._names = _Column(enumerate(names))
        self._domains = _Column(
            (place, domain)
            for place, service in enumerate(self.services)
            for domain in sorted(service.domains)
        )

    def ranked(self, wanted: str) -> list[Service]:
        """The services found, the likeliest first."""
        best: dict[int, int] = {}
        for rank, found in enumerate(self._steps(wanted)):
            for place in found:
                best.setdefault(place, rank)
        ranked = sorted(best, key=lambda place: (best[place], self._weights[place]))
        return [self.services[place] for place in ranked]

    def _steps(self, wanted: str) -> Iterator[Iterable[int]]:
        joined = wanted.replace(" ", "")
        yield self._joined.find(f"\n{joined}\n")
        yield (*self._titles.find(f"\n{wanted}"), *self._joined.find(f"\n{joined}"))
        yield (
            *self._titles.find(f" {wanted}"),
            *self._names.find(f" {wanted}"),
            *self._names.find(f"\n{wanted}"),
        )
        if len(wanted) >= LEAST:
            yield self._domains.find(f"\n{joined}")
            yield (*self._titles.find(wanted), *self._joined.find(joined))


def typeahead(policy: Policy, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
    """The services whose title begins so, then those with such a word, such a domain, and those
    that have it anywhere."""
    wanted = fold(text[:LONGEST])
    if not wanted:
        return ()
    services = _index(CatalogueKey(policy.catalogue)).ranked(wanted)
    return tuple(suggestion(service) for service in services[:limit])


def named(policy: Policy, text: str) -> Service | None:
    """The service that is called exactly so."""
    wanted = fold(text[:LONGEST]).replace(" ", "")
    by_title = _index(CatalogueKey(policy.catalogue)).by_name
    return by_title.get(wanted) or policy.catalogue.services.get(text.strip().casefold())


def near(policy: Policy, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
    """Services that are spelled nearly so, where nothing begins or sounds so."""
    by_name = _index(CatalogueKey(policy.catalogue)).by_name
    wanted = fold(text[:LONGEST]).replace(" ", "")
    close = difflib.get_close_matches(wanted, by_name, n=limit, cutoff=0.7)
    return tuple(suggestion(by_name[name]) for name in close)


def suggestion(service: Service) -> Suggestion:
    target = Target(TargetKind.SERVICE, service.name)
    return Suggestion(target, service.title, service.about, service.minimum_age)


def fold(text: str) -> str:
    """Words as they are compared: small letters, one space between them, no signs."""
    return _WORD.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=2)  # the one in use, and the one before it
def _index(known: CatalogueKey) -> _Index:
    return _Index(known.catalogue)
