"""What the catalogue knows, as plain values: services, categories, help lines, safe search.

`lists.catalogue` reads them from blocklists/; everything in policy gets them handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class CategoryKind(StrEnum):
    """What a category is a category of."""

    SERVICE = "service"  # social networks, games, …: what people use
    CIRCUMVENTION = "circumvention"  # ways round the filter: refused unless a group may
    CONTENT = "content"  # what lists hold: adult, gambling, malware


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    title: str  # "social networks"
    singular: str  # "a social network", as in "Facebook is a social network"
    kind: CategoryKind


@dataclass(frozen=True, slots=True)
class Service:
    """A named bundle of domains: TikTok, or a VPN brand."""

    name: str  # "tiktok": its file's name, and what a policy calls it
    title: str  # "TikTok"
    categories: tuple[str, ...]  # the first says best what it is
    about: str = ""
    minimum_age: int = 0  # the service's own age limit in the UK; 0 where it states none
    domains: frozenset[str] = frozenset()  # each with all that lies below it
    hosts: frozenset[str] = (
        frozenset()
    )  # exactly these: its hosts on infrastructure that others share
    needs: frozenset[str] = frozenset()  # not its own, but it does not work without them
    builds_on: tuple[str, ...] = ()  # services whose names are among its needs: WoW on Battle.net
    by_itself: bool = False  # devices ask for it without anybody meaning to
    addresses: tuple[str, ...] = ()  # where it answers, for the rules that see addresses
    checked: tuple[str, ...] = ()  # where its facts can be checked

    @property
    def names(self) -> frozenset[str]:
        """All that is its own."""
        return self.domains | self.hosts


@dataclass(frozen=True, slots=True)
class Lifeline:
    """Names that nobody closes: a help line, or what devices can't work without."""

    name: str
    title: str
    kind: str
    domains: frozenset[str]
    says: str = ""  # a line for a child; the page of a refused site shows those that have one
    link: str = ""  # where a tap on it leads: tel:…, sms:… or https://…


@dataclass(frozen=True, slots=True)
class SafeSearch:
    """A search engine's own safe mode: these names are answered as if they were another."""

    name: str
    title: str
    names: frozenset[str]
    strict: str
    moderate: str  # the same as strict where the engine has one safe mode only


@dataclass(frozen=True, slots=True)
class Source:
    """A public list that a school may subscribe to."""

    name: str
    title: str
    address: str
    format: str
    licence: str
    category: str
    every_hours: int
    least_names: int  # fewer are not believed
    over_blocks: str
    is_default: bool
    is_private: bool = False  # the school publishes it: its address may lie inside the network


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it, by name."""

    categories: Mapping[str, Category]
    services: Mapping[str, Service]
    lifelines: Mapping[str, Lifeline]
    safe_search: Mapping[str, SafeSearch]
    sources: Mapping[str, Source]

    def is_circumvention(self, category: str) -> bool:
        known = self.categories.get(category)
        return known is not None and known.kind is CategoryKind.CIRCUMVENTION

    def circumvents(self, service: Service) -> bool:
        """True for a way round the filter."""
        return any(map(self.is_circumvention, service.categories))


class CatalogueKey:
    """A catalogue as a key of what was made from it: it is itself, and no copy of it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CatalogueKey) and self.catalogue is other.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)
