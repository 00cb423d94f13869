"""blocklists/ → Catalogue: small TOML files that people mend, each checked against its schema."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from appliance.domains import normalise_site, shorten
from appliance.errors import CatalogueError, Mistake
from appliance.lists.detect import Format
from appliance.policy.services import (
    Catalogue,
    Category,
    CategoryKind,
    Lifeline,
    SafeSearch,
    Service,
    Source,
)
from appliance.tables import IDENTIFIER, IDENTIFIER_HELP, Document, Table, suggestion

SHIPPED = (
    Path(__file__).resolve().parents[2] / "blocklists"
)  # so in a checkout and in site-packages

SERVICES = "services"  # a file for each
CIRCUMVENTION = "circumvention"  # a file for each kind

LIFELINE_KINDS = (
    "help line",
    "reporting",
    "safeguarding",
    "school",
    "certificates",
    "time",
    "captive portal",
    "updates",
)
LONGEST_HOURS = 24 * 31

_LINK = re.compile(r"(?:tel|sms):\+?[0-9]{3,15}|https://[a-z0-9.-]+(?:/[A-Za-z0-9./_-]*)?")
_A_NAME = "a domain name such as example.com"

Item = TypeVar("Item")


def read(folder: Path = SHIPPED, own: Path | None = None) -> Catalogue:
    """The whole catalogue of a folder, a school's own files read over it; CatalogueError names the
    first file that is wrong, with all its mistakes."""
    categories = _by_name(_each(folder / "categories.toml", _category))
    folders = [folder, *filter(None, [own])]
    files = {path.name: path for one in folders for path in files_of(one, SERVICES)}
    services = _by_name(_service_file(files[name], categories) for name in sorted(files))
    ways_round: dict[str, Service] = {}
    for one in folders:
        ways_round |= _circumvention_files(one, categories, taken=services)
    return Catalogue(
        categories=categories,
        services=services | ways_round,
        lifelines=_by_name(_each(folder / "lifelines.toml", _lifeline)),
        safe_search=_by_name(_each(folder / "safesearch.toml", _safe_search)),
        sources=_by_name(_each(folder / "sources.toml", _source(categories))),
    )


def files_of(folder: Path, room: str) -> list[Path]:
    """The files of services/ or circumvention/; a school's own folder need not have both."""
    return sorted((folder / room).glob("*.toml"))


def edition(folder: Path = SHIPPED) -> datetime.date:
    """The day that a catalogue carries: the later one is the newer."""
    document = _open(folder / "edition.toml")
    day = document.root.date("edition", "a day such as 2026-11-21", required=True)
    document.finish()
    return day or datetime.date.min


def text(folder: Path, name: str) -> bytes:
    """A file of the folder as it is, for another room that reads it: signals.toml, habits.toml."""
    try:
        return (folder / name).read_bytes()
    except OSError as fault:
        reason = fault.strerror or "it can't be read"
        raise CatalogueError(name, [Mistake(0, "", reason)]) from fault


def school_needs(folder: Path = SHIPPED) -> frozenset[str]:
    """The names that schools need, by which lists are judged."""
    return _shared(folder, "school_needs")


def shared_domains(folder: Path = SHIPPED) -> frozenset[str]:
    """Ground that many share: no service holds any of it whole."""
    return _shared(folder, "domains")


def _shared(folder: Path, key: str) -> frozenset[str]:
    document = _open(folder / "shared.toml")
    names = {one: _names(document.root, one, required=True) for one in ("domains", "school_needs")}
    document.finish()
    return names[key]


def _by_name(items: Iterable[Item]) -> dict[str, Item]:
    return {item.name: item for item in items}  # type: ignore[attr-defined]


def _open(path: Path) -> Document:
    try:
        return Document(path.read_bytes(), path.name, CatalogueError)
    except OSError as fault:
        reason = fault.strerror or "it can't be read"
        raise CatalogueError(str(path), [Mistake(0, "", reason)]) from fault


def _each(path: Path, read_one: Callable[[str, Table], Item]) -> Iterator[Item]:
    """Each named table of a file, as a value."""
    document = _open(path)
    items = [read_one(name, table) for name, table in document.root.each_table("a table [name]")]
    document.finish()
    yield from items


def _names(table: Table, key: str, *, required: bool = False) -> frozenset[str]:
    return frozenset(table.read_each(key, normalise_site, _A_NAME, required=required))


def _category(name: str, table: Table) -> Category:
    return Category(
        name=name,
        title=table.text("title", 'what it is called, such as "social networks"', required=True),
        singular=table.text("singular", 'as in "Facebook is …": "a social network"', required=True),
        kind=CategoryKind(table.one_of("kind", [str(kind) for kind in CategoryKind])),
    )


def _service_file(path: Path, categories: dict[str, Category]) -> Service:
    document = _open(path)
    table = document.root
    if not IDENTIFIER.match(path.stem):
        document.note((), f"the file's name is not one we can use: {IDENTIFIER_HELP}")
    kinds = table.read_each(
        "categories",
        _known(categories, CategoryKind.SERVICE),
        "categories of categories.toml",
        required=True,
    )
    service = _service(path.stem, table, kinds)
    document.finish()
    return service


def _circumvention_files(
    folder: Path, categories: dict[str, Category], taken: Container[str]
) -> dict[str, Service]:
    """Every way round the filter that a folder names; none may have the name of a service."""
    found: dict[str, Service] = {}
    for path in files_of(folder, CIRCUMVENTION):
        for service in _each(path, _circumvention(path, categories)):
            if service.name in taken or service.name in found:
                raise CatalogueError(
                    path.name, [Mistake(0, service.name, "this name is taken by another service")]
                )
            found[service.name] = service
    return found


def _circumvention(path: Path, categories: dict[str, Category]) -> Callable[[str, Table], Service]:
    """Every entry of circumvention/vpn.toml is of the category vpn."""
    if (
        not categories.get(path.stem)
        or categories[path.stem].kind is not CategoryKind.CIRCUMVENTION
    ):
        raise CatalogueError(
            path.name,
            [Mistake(0, "", f"no circumvention category {path.stem} stands in categories.toml")],
        )
    return lambda name, table: _service(name, table, (path.stem,))


def _service(name: str, table: Table, categories: tuple[str, ...]) -> Service:
    service = Service(
        name=name,
        title=table.text("name", "what people call it", required=True, longest=80),
        categories=categories,
        about=table.text("about", "one line for a teacher: what it is", required=True, longest=300),
        minimum_age=table.whole(
            "minimum_age", "the service's own age limit, such as 13", range(22)
        ),
        domains=_names(table, "domains"),
        hosts=_names(table, "hosts"),
        needs=_names(table, "needs"),
        builds_on=table.words("builds_on", "services whose names are among its needs"),
        by_itself=table.flag(
            "by_itself", "true where devices ask for it without anybody meaning to"
        ),
        addresses=table.read_each(
            "addresses", _network, "an address or a network, such as 1.1.1.1"
        ),
        checked=table.words(
            "checked", "a web address where these facts can be checked", required=True
        ),
    )
    if not service.domains and not service.hosts and not service.addresses:
        table.wrong("domains", "missing: the domains that are its own")
    return service


def _lifeline(name: str, table: Table) -> Lifeline:
    lifeline = Lifeline(
        name=name,
        title=table.text("name", "what people call it", required=True, longest=80),
        kind=table.one_of("kind", LIFELINE_KINDS),
        domains=_names(table, "domains", required=True),
        says=table.text("says", "a line for a child, such as a number to call", longest=120),
        link=table.text("link", "where a tap on it leads: tel:…, sms:… or https://…"),
    )
    if lifeline.link and not _LINK.fullmatch(lifeline.link):
        table.wrong("link", f"{shorten(lifeline.link)} will not do: tel:…, sms:… or https://…")
    if lifeline.link and not lifeline.says:
        table.wrong("says", "missing: what is shown of this link")
    table.words("checked", "a web address where these facts can be checked", required=True)
    return lifeline


def _safe_search(name: str, table: Table) -> SafeSearch:
    needs = "the name whose address answers instead"
    strict = table.text("strict", needs, required=True)
    moderate = table.text("moderate", needs) or strict
    engine = SafeSearch(
        name=name,
        title=table.text("name", "what people call it", required=True, longest=80),
        names=_names(table, "names", required=True),
        strict=table.attempt("strict", normalise_site, strict) or "",
        moderate=table.attempt("moderate", normalise_site, moderate) or "",
    )
    table.words("checked", "a web address where these facts can be checked", required=True)
    return engine


def _source(categories: dict[str, Category]) -> Callable[[str, Table], Source]:
    def source(name: str, table: Table) -> Source:
        category = table.text("category", "a category of categories.toml", required=True)
        table.attempt("category", _known(categories, *CategoryKind), category)
        address = table.text("address", "where it is published: https://…", required=True)
        if not address.startswith(("https://", "http://")):
            table.wrong("address", "only http:// and https:// addresses will do")
        return Source(
            name=name,
            title=table.text("name", "what people call it", required=True, longest=80),
            address=address,
            format=table.one_of("format", list(Format)),
            licence=table.text(
                "licence", "its licence, or what its owner says of use", required=True
            ),
            category=category,
            every_hours=table.whole(
                "every_hours", "hours between refreshes", range(1, LONGEST_HOURS), default=24
            ),
            least_names=table.whole(
                "least_names", "fewer names are not believed", range(1, 10**8), default=1
            ),
            over_blocks=table.text("over_blocks", "what it refuses that a school needs"),
            is_default=table.flag("default", "true where a new school is subscribed to it"),
            is_private=table.flag("private", "true where it lies inside the school's network"),
        )

    return source


def _known(categories: dict[str, Category], *kinds: CategoryKind) -> Callable[[str], str]:
    """A reader of category names that takes only those of these kinds."""
    names = [name for name, category in categories.items() if category.kind in kinds]

    def known(name: str) -> str:
        if name not in names:
            raise ValueError(f'no category "{name}" of this kind{suggestion(name, names)}')
        return name

    return known


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))
