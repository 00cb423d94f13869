"""What a teacher may mean while still typing: services of the catalogue, the likeliest first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from appliance.policy.decide import Policy
from appliance.policy.model import Target, TargetKind
from appliance.policy.services import Catalogue, Service

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


@dataclass(frozen=True, slots=True)
class _Entry:
    """One service as it is searched."""

    title: str  # folded: "youtube kids"
    joined: str  # without spaces: "youtubekids"
    words: tuple[str, ...]
    domains: tuple[str, ...]
    service: Service


class _Same:
    """A catalogue as a key: it is itself and no copy of it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.catalogue is other.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)


def typeahead(policy: Policy, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
    """The services whose title begins so, then those with such a word, such a domain, and those
    that have it anywhere."""
    wanted = fold(text[:LONGEST])
    if not wanted:
        return ()
    ranked = sorted(
        (
            (rank, len(entry.title), entry.title, entry.service)
            for entry in _index(_Same(policy.catalogue))
            if (rank := _rank(entry, wanted)) is not None
        ),
        key=lambda one: one[:3],
    )
    return tuple(suggestion(service) for *_, service in ranked[:limit])


def named(policy: Policy, text: str) -> Service | None:
    """The service that is called exactly so."""
    wanted = fold(text[:LONGEST]).replace(" ", "")
    entries = _index(_Same(policy.catalogue))
    exact = [entry for entry in entries if wanted in (entry.joined, entry.service.name)]
    return min(exact, key=lambda entry: entry.joined != wanted).service if exact else None


def near(policy: Policy, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
    """Services that are spelled nearly so, where nothing begins or sounds so."""
    by_name = {entry.joined: entry.service for entry in _index(_Same(policy.catalogue))}
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
def _index(known: _Same) -> tuple[_Entry, ...]:
    return tuple(_entries(known.catalogue))


def _entries(catalogue: Catalogue) -> Iterator[_Entry]:
    for service in catalogue.services.values():
        title = fold(service.title)
        words = (*title.split(), *fold(service.name).split())
        yield _Entry(
            title=title,
            joined=title.replace(" ", ""),
            words=tuple(dict.fromkeys(words)),
            domains=tuple(sorted(service.domains)),
            service=service,
        )


def _rank(entry: _Entry, wanted: str) -> int | None:
    joined = wanted.replace(" ", "")
    if entry.title == wanted or entry.joined == joined:
        return 0
    if entry.title.startswith(wanted) or entry.joined.startswith(joined):
        return 1
    if any(word.startswith(wanted) for word in entry.words) or f" {wanted}" in entry.title:
        return 2
    if len(wanted) < LEAST:
        return None
    if any(domain.startswith(joined) for domain in entry.domains):
        return 3
    return 4 if wanted in entry.title or joined in entry.joined else None
