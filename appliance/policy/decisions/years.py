"""Classes and their children's ages: "Year 6", "6B", "Reception" or "post-16" say how old."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.policy.decide import Policy
from appliance.policy.model import Scope, ScopeKind

YEAR_TO_AGE = 4  # in England a child is at least N + 4 years old in Year N
LAST_YEAR = 13
_STAGES = (  # as schools say it; what stands first is looked for first
    (re.compile(r"\b(?:pre-?school|nursery)\b"), 3, 4),
    (re.compile(r"\breception\b|\byr\b"), 4, 5),
    (re.compile(r"\b(?:eyfs|early years|foundation stage)\b"), 3, 5),
    (re.compile(r"\b(?:ks ?1|key stage 1|infants?)\b"), 5, 7),
    (re.compile(r"\b(?:ks ?2|key stage 2|juniors?)\b"), 7, 11),
    (re.compile(r"\b(?:ks ?3|key stage 3)\b"), 11, 14),
    (re.compile(r"\b(?:ks ?4|key stage 4|gcse)\b"), 14, 16),
    (re.compile(r"\b(?:ks ?5|key stage 5|sixth form|6th form|post ?-?16|a-?levels?)\b"), 16, 18),
)
_YEARS = re.compile(
    r"\b(?:years?|yrs?|y) ?(\d{1,2})(?: ?[a-z])?\b((?: ?(?:/|,|&|and|to|-) ?\d{1,2}\b)*)"
)
_CLASS = re.compile(r"(?<!\w)(?<!room )(?<!lab )(?<!trolley )(\d{1,2}) ?[a-z]\b")


class Ages(NamedTuple):
    """How old the children of a class are, in whole years."""

    youngest: int
    oldest: int


def parse(text: str) -> Ages | None:
    """The ages of a class as people call it; None where its name says nothing."""
    said = " ".join(re.sub(r"[_.]|(?<=[a-z])-(?=\d)|(?<=\d)-(?=[a-z])", " ", text.lower()).split())
    found = [*_stages(said), *_numbered(said)]
    if not found:
        return None
    return Ages(min(ages.youngest for ages in found), max(ages.oldest for ages in found))


def youngest(policy: Policy, scopes: Iterable[Scope], said: str = "") -> int | None:
    """The least age among those something is for, as far as the names of class, sets and groups
    tell; None where they tell nothing."""
    names = [said, *(scope.name for scope in scopes if scope.kind is not ScopeKind.EVERYONE)]
    return min((ages.youngest for ages in map(parse, names) if ages), default=None)


def _stages(said: str) -> Iterator[Ages]:
    for stage, first, last in _STAGES:
        if stage.search(said):
            yield Ages(first, last)


def _numbered(said: str) -> Iterator[Ages]:
    """Year 6; Years 5 and 6; 6B."""
    for found in _YEARS.finditer(said):
        for year in (found[1], *re.findall(r"\d+", found[2])):
            yield from _year(int(year))
    for found in _CLASS.finditer(said):
        yield from _year(int(found[1]))


def _year(year: int) -> Iterator[Ages]:
    if 1 <= year <= LAST_YEAR:
        yield Ages(year + YEAR_TO_AGE, year + YEAR_TO_AGE + 1)
