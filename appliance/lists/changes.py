"""Two catalogues compared in plain English: what a newer one brings, takes and changes.

Short where it is long: a person reads this before saying yes, and nobody reads 400 lines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from appliance.policy.services import Catalogue, Category, Lifeline, SafeSearch, Service, Source
from appliance.policy.words import listed

MANY = 6  # names in a sentence before "and 12 more"
MANY_SENTENCES = 30  # of one kind, before the rest is counted

Item = TypeVar("Item", Service, Lifeline, SafeSearch, Source, Category)


def changes(before: Catalogue, after: Catalogue) -> list[str]:
    """A sentence each; empty where the two say the same."""
    return [
        *_changed("services", before.services, after.services, _service(after.categories)),
        *_changed("lifelines", before.lifelines, after.lifelines, _lifeline),
        *_changed("search engines", before.safe_search, after.safe_search, _engine),
        *_changed("public lists", before.sources, after.sources, _source),
        *_changed("categories", before.categories, after.categories, _category),
    ]


def few(names: Collection[str]) -> str:
    """a, b and c; or the first of many, and how many more there are."""
    words = sorted(names, key=lambda name: (name.lower(), name))
    if len(words) > MANY:
        words = [*words[:MANY], f"{len(words) - MANY:,} more"]
    return listed(words)


def _changed(
    what: str,
    before: Mapping[str, Item],
    after: Mapping[str, Item],
    tell: Callable[[Item, Item], Iterator[str]],
) -> Iterator[str]:
    """What came, what went, and what `tell` has to say of each that stayed."""
    yield from _counted(f"{what} added", [after[name] for name in after if name not in before])
    yield from _counted(f"{what} removed", [before[name] for name in before if name not in after])
    sentences, rest = [], []
    for was, now in ((before[name], after[name]) for name in before if name in after):
        if said := list(tell(was, now)):
            sentences.append(f"{was.title}: {'; '.join(said)}.")
        elif was != now:
            rest.append(now)
    yield from sentences[:MANY_SENTENCES]
    if len(sentences) > MANY_SENTENCES:
        yield f"{len(sentences) - MANY_SENTENCES:,} more {what} change in such ways."
    yield from _counted(f"{what} described in other words", rest)


def _counted(what: str, items: list[Item]) -> Iterator[str]:
    if items:
        yield f"{what.capitalize()} ({len(items):,}): {few([one.title for one in items])}."


def _service(
    categories: Mapping[str, Category],
) -> Callable[[Service, Service], Iterator[str]]:
    def tell(was: Service, now: Service) -> Iterator[str]:
        yield from _names("has", was.names, now.names)
        yield from _moved(was, now)
        yield from _names("needs", was.needs, now.needs)
        yield from _names("builds on", was.builds_on, now.builds_on)
        yield from _names("answers at", was.addresses, now.addresses)
        if was.categories != now.categories:
            kinds = listed([categories[name].title for name in now.categories])
            yield f"is now under {kinds}"
        if was.minimum_age != now.minimum_age:
            yield f"its minimum age is now {_age(now)} (was {_age(was)})"
        if was.title != now.title:
            yield f"is now called {now.title}"
        if was.by_itself != now.by_itself:
            yield f"devices {'now' if now.by_itself else 'no longer'} ask for it by themselves"

    return tell


def _names(verb: str, was: Collection[str], now: Collection[str]) -> Iterator[str]:
    added, removed = set(now) - set(was), set(was) - set(now)
    if added:
        yield f"now {verb} {few(added)}"
    if removed:
        yield f"no longer {verb} {few(removed)}"


def _moved(was: Service, now: Service) -> Iterator[str]:
    """Names that it keeps, but with what lies below them or without."""
    if wider := was.hosts & now.domains - was.domains:
        yield f"now has all below {few(wider)}"
    if narrower := was.domains & now.hosts - now.domains:
        yield f"now has nothing below {few(narrower)}"


def _age(service: Service) -> str:
    return str(service.minimum_age or "none")


def _lifeline(was: Lifeline, now: Lifeline) -> Iterator[str]:
    yield from _names("has", was.domains, now.domains)
    if (was.says, was.link) != (now.says, now.link):
        yield f"its line for children is now “{now.says}”, and leads to {now.link or 'nothing'}"


def _engine(was: SafeSearch, now: SafeSearch) -> Iterator[str]:
    yield from _names("has", was.names, now.names)
    if (was.strict, was.moderate) != (now.strict, now.moderate):
        yield f"its safe mode is now at {few({now.strict, now.moderate})}"


def _source(was: Source, now: Source) -> Iterator[str]:
    if was.address != now.address:
        yield f"comes now from {now.address}"


def _category(was: Category, now: Category) -> Iterator[str]:
    if was.kind is not now.kind:
        yield f"is now a kind of {now.kind}"
