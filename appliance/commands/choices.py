"""What several commands let people choose: the policy, the moment, the asker."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from appliance.errors import UsageError
from appliance.lists import catalogue, remembered
from appliance.policy import document, ready
from appliance.policy.addresses import Addresses
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.decide import Policy
from appliance.policy.model import School, SchoolList, Who
from appliance.policy.snapshot import POLICY, SNAPSHOTS, current
from appliance.tables import IDENTIFIER, YEARS, suggestion

PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The policy document to ask.")
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="A ready policy: see bellgate policy profiles."),
]
Folder = Annotated[
    Path, typer.Option("--dir", metavar="DIR", help="Where this box keeps its data.")
]
ListFiles = Annotated[
    list[Path] | None,
    typer.Option("--list", metavar="FILE", help="A list refused to every group; may be repeated."),
]
CatalogueFolder = Annotated[
    Path,
    typer.Option(
        "--catalogue", metavar="DIR", help="Another blocklists folder.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines: one JSON object a line.")]

DEFAULT_FOLDER = Path("var")


def profile_path(name: str) -> Path:
    names = ready.names()
    if name not in names:
        raise UsageError(
            f"no profile {name!r}{suggestion(name, names)}: there are {', '.join(names)}"
        )
    return ready.path_of(name)


def chosen_file(policy: Path | None, profile: str | None, folder: Path) -> Path:
    """The document that --policy or --profile names, else the one in force."""
    if policy and profile:
        raise UsageError("--policy and --profile name two policies: give one of them")
    if profile:
        return profile_path(profile)
    return policy or current(folder / SNAPSHOTS) / POLICY


def read_policy(
    path: Path,
    folder: Path | None = None,
    lists: Iterable[Path] = (),
    blocklists: Path = catalogue.SHIPPED,
) -> Policy:
    """The policy of a document, with these list files refused to every group.

    A `folder` of data remembers the catalogue for the next time.
    """
    known = remembered.read_in_use(folder, blocklists)
    return Policy(with_lists(document.read_file(path, known), lists), known)


def with_lists(school: School, files: Iterable[Path]) -> School:
    """The school, with each of these files as a list that every group subscribes to."""
    extra: list[SchoolList] = []
    known = {one.file for one in school.lists}
    taken = {one.name for one in school.lists}
    for file in files:
        if not file.is_file():
            raise UsageError(f"--list {file}: there is no such file")
        if str(file.resolve()) in known:
            continue  # the policy in force has it from the last time
        name = file.name.partition(".")[0].lower()
        if not IDENTIFIER.match(name) or name in taken:
            raise UsageError(
                f"--list {file}: “{name}” can't be a list's name here; rename the file"
            )
        taken.add(name)
        extra.append(SchoolList(name=name, title=file.name, file=str(file.resolve())))
    names = tuple(one.name for one in extra)
    groups = tuple(dataclasses.replace(g, lists=g.lists + names) for g in school.groups)
    return dataclasses.replace(school, lists=(*school.lists, *extra), groups=groups)


def known_group(school: School, name: str) -> str:
    """This group's name, where the school has such a group."""
    if school.group(name) is None:
        names = [one.name for one in school.groups]
        raise UsageError(
            f"no group {name!r}{suggestion(name, names)}: there are {', '.join(names)}"
        )
    return name


def moment(text: str | None, clock: SchoolClock, now: float, option: str = "--at") -> Instant:
    """The moment of an option, by the school's clock unless it has an offset; `now` where it is
    left out."""
    if text is None:
        return int(now)
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError as fault:
        raise UsageError(f"{option} {text[:40]}: write a moment as 2026-11-24T10:15") from fault
    if when.year not in YEARS:
        raise UsageError(
            f"{option} {text[:40]}: the year is not one of ours, {YEARS[0]} to {YEARS[-1]}"
        )
    return clock.instant(when)


def asker(policy: Policy, group: str | None, client: str | None) -> Who:
    """--group or --client; the default group where neither is given."""
    school = policy.school
    if group and client:
        raise UsageError("--group and --client both say who asks: give one of them")
    if client:
        try:
            return Addresses.of(school).place(ipaddress.ip_address(client))
        except ValueError as fault:
            raise UsageError(f"--client {client[:60]}: not an address such as 10.20.3.7") from fault
    return Who(known_group(school, group) if group else school.default_group.name)
