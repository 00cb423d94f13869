"""bellgate catalogue: is it good, what it knows of a service, and whose a name is."""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.commands import editions
from appliance.commands.asking import answer_each
from appliance.commands.choices import (
    DEFAULT_FOLDER,
    AsJson,
    CatalogueFolder,
    Folder,
)
from appliance.domains import normalise
from appliance.errors import CatalogueError, UsageError
from appliance.lists import catalogue, remembered
from appliance.lists.audit import Finding, audit
from appliance.lists.library import Library
from appliance.lists.ownership import Ownership, Register, names_below_of_others
from appliance.policy.services import Catalogue, Service
from appliance.policy.words import listed
from appliance.recording.knowing import read_knowledge, unknown_services
from appliance.tables import suggestion

ANSWER_IS_NO = 1
WIDTH = 100

app = typer.Typer(
    help="What the catalogue of services knows; check it, update it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("check")
def check(
    folder: Folder = DEFAULT_FOLDER,
    blocklists: CatalogueFolder = catalogue.SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Count what the catalogue holds; say what is wrong with it, and what is worth a look.

    Example: bellgate catalogue check --catalogue blocklists
    """
    place = remembered.in_use(folder, blocklists)
    try:
        known = catalogue.read(place, Library(folder).own)
        knowing = read_knowledge(place, known)
        found = audit(known, catalogue.shared_domains(place), catalogue.school_needs(place))
        found += unknown_services(knowing)
        about = _counts(known) | {
            "signs": len(knowing.signals.kinds),
            "habits": len(knowing.habits),
            "edition": catalogue.edition(place).isoformat(),
            "own": _own_files(place, Library(folder).own),
        }
    except CatalogueError as fault:
        if as_json:
            print(json.dumps({"good": False, "mistakes": str(fault).splitlines()}))
        else:
            print(fault, file=sys.stderr)
        raise typer.Exit(ANSWER_IS_NO) from fault
    is_good = not any(finding.fault for finding in found)
    if as_json:
        findings = [_finding_for_machines(finding) for finding in found]
        print(json.dumps(about | {"good": is_good, "findings": findings}, ensure_ascii=False))
    else:
        print("\n".join([*_count_lines(about, known), *_finding_lines(found)]))
    if not is_good:
        raise typer.Exit(ANSWER_IS_NO)


def _counts(known: Catalogue) -> dict[str, Any]:
    services = [one for one in known.services.values() if not known.circumvents(one)]
    ways_round = [one for one in known.services.values() if known.circumvents(one)]
    return {
        "services": len(services),
        "names": len({name for one in services for name in one.names}),
        "by_category": dict(Counter(one.categories[0] for one in services).most_common()),
        "circumvention": {
            "entries": len(ways_round),
            "names": len({name for one in ways_round for name in one.names}),
            "addresses": len({address for one in ways_round for address in one.addresses}),
        },
        "lifelines": len(known.lifelines),
        "lifeline_names": len({n for one in known.lifelines.values() for n in one.domains}),
        "sources": len(known.sources),
    }


def _own_files(place: Path, own: Path | None) -> list[str]:
    """What the school's own files do to the catalogue."""
    if own is None:
        return []
    takes_place = {path.name for path in catalogue.files_of(place, catalogue.SERVICES)}
    services = [
        f"{catalogue.SERVICES}/{path.name} "
        + ("takes the place of ours" if path.name in takes_place else "is added")
        for path in catalogue.files_of(own, catalogue.SERVICES)
    ]
    ways_round = [
        f"{catalogue.CIRCUMVENTION}/{path.name} is read over ours"
        for path in catalogue.files_of(own, catalogue.CIRCUMVENTION)
    ]
    return services + ways_round


def _count_lines(about: dict[str, Any], known: Catalogue) -> list[str]:
    ways_round = about["circumvention"]
    by_category = [
        f"{known.categories[name].title} {count:,}" for name, count in about["by_category"].items()
    ]
    return [
        f"The catalogue of {about['edition']}:",
        f"  {about['services']:,} services with {about['names']:,} names, "
        "by the first category of each:",
        *_wrapped(by_category, "    "),
        f"  {ways_round['entries']:,} ways round the filter with {ways_round['names']:,} names "
        f"and {ways_round['addresses']:,} addresses",
        f"  {about['lifelines']:,} lifelines with {about['lifeline_names']:,} names",
        f"  {about['sources']:,} public lists",
        f"  {about['signs']:,} kinds of signs that somebody gets round the filter, and "
        f"{about['habits']:,} habits of devices that only look so",
        *(f"The school's own: {said}." for said in about["own"]),
    ]


def _finding_lines(found: list[Finding]) -> list[str]:
    faults = sum(finding.fault for finding in found)
    notes = f", {len(found) - faults:,} worth a look" if len(found) > faults else ""
    verdict = f"{faults:,} to mend{notes}" if faults else f"clean: nothing to mend{notes}"
    return [*(f"{'fault' if one.fault else 'note'}: {one}" for one in found), verdict]


def _finding_for_machines(finding: Finding) -> dict[str, Any]:
    return {
        "fault": finding.fault,
        "service": finding.service,
        "name": finding.name,
        "says": finding.says,
    }


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A service, such as youtube.")],
    folder: Folder = DEFAULT_FOLDER,
    blocklists: CatalogueFolder = catalogue.SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Show what a service is, its names, and what opening and closing it opens and closes.

    Example: bellgate catalogue show youtube
    """
    known = remembered.read_in_use(folder, blocklists)
    service = known.services.get(name.lower())
    if service is None:
        near = suggestion(name.lower(), known.services)
        raise UsageError(f"no service {name!r}{near}: `bellgate catalogue who` asks about names")
    others = names_below_of_others(service, known)
    if as_json:
        print(json.dumps(_service_for_machines(service, known, others), ensure_ascii=False))
    else:
        print("\n".join(_service_lines(service, known, others)))


def _service_for_machines(
    service: Service, known: Catalogue, others: dict[str, str]
) -> dict[str, Any]:
    return {
        "name": service.name,
        "title": service.title,
        "about": service.about,
        "categories": service.categories,
        "circumvention": known.circumvents(service),
        "minimum_age": service.minimum_age or None,
        "domains": sorted(service.domains),
        "hosts": sorted(service.hosts),
        "needs": sorted(service.needs),
        "builds_on": service.builds_on,
        "addresses": service.addresses,
        "opens": sorted(service.names | service.needs),
        "closes": sorted(service.names),
        "spares": others,
        "checked": service.checked,
    }


def _service_lines(service: Service, known: Catalogue, others: dict[str, str]) -> list[str]:
    titles = [known.categories[name].title for name in service.categories]
    age = f"; minimum age {service.minimum_age}" if service.minimum_age else ""
    spared = [f"{name} ({known.services[owner].title})" for name, owner in sorted(others.items())]
    parts = {
        "Its domains, each with all below it:": sorted(service.domains),
        "Its hosts, exactly these:": sorted(service.hosts),
        "Its addresses:": service.addresses,
        "Needs, though they are not its own:": sorted(service.needs),
        "Builds on:": [_title(name, known) for name in service.builds_on],
        "Below its domains, but another's, and not closed with it:": spared,
        "Checked at:": service.checked,
    }
    lines = [f"{service.title} ({service.name}): {listed(titles)}{age}", f"  {service.about}"]
    for heading, items in parts.items():
        if items:
            lines += [f"  {heading}", *_wrapped(items, "    ")]
    closed = f"Closing it closes its {_count(len(service.names), 'name')}"
    opened = f"opening it opens {_count(len(service.names | service.needs), 'name')}"
    with_needs = ", what it needs included" if service.needs else ""
    return [*lines, f"  {closed}; {opened}{with_needs}."]


@app.command("who")
def who(
    names: Annotated[list[str], typer.Argument(metavar="DOMAIN...", help="Names to ask about.")],
    folder: Folder = DEFAULT_FOLDER,
    blocklists: CatalogueFolder = catalogue.SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Say whose each name is: a service's, a lifeline's, or nobody's.

    Example: bellgate catalogue who v19-webapp.tiktokv.com
    """
    known = remembered.read_in_use(folder, blocklists)
    register = Register(known)

    def answer(asked: str) -> str:
        found = register.ownership(normalise(asked))
        if as_json:
            return json.dumps(_ownership_for_machines(found))
        return _ownership_sentence(found, known)

    answer_each(names, answer, as_json=as_json)


def _ownership_for_machines(found: Ownership) -> dict[str, Any]:
    return {
        "name": found.name,
        "service": found.service or None,
        "by": found.held_by or None,
        "categories": found.categories,
        "needed_by": found.needed_by,
        "lifeline": found.lifeline or None,
        "safe_search": found.safe_search or None,
    }


def _ownership_sentence(found: Ownership, known: Catalogue) -> str:
    if found.is_nobodys:
        return f"{found.name}: nobody's; neither a service nor a lifeline has it"
    said = []
    if found.service:
        titles = listed([known.categories[name].title for name in found.categories])
        title = _title(found.service, known)
        said.append(f"{title}, by its {found.held_by}; under {titles}")
    if found.lifeline:
        said.append(f"lifeline {known.lifelines[found.lifeline].title}: nobody closes it")
    if found.safe_search:
        said.append(f"{known.safe_search[found.safe_search].title}, held to its safe mode")
    if found.needed_by:
        needed = listed([_title(name, known) for name in found.needed_by])
        said.append(f"needed by {needed}, and opened with them")
    return f"{found.name}: {'; '.join(said)}"


def _title(name: str, known: Catalogue) -> str:
    """YouTube (youtube); a name that nothing has stays as it is."""
    return f"{known.services[name].title} ({name})" if name in known.services else name


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _wrapped(items: Iterable[str], indent: str) -> list[str]:
    return textwrap.wrap(
        ", ".join(items),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


app.add_typer(editions.app)
