"""bellgate lists: the public lists a school subscribes to, kept fresh and looked at."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.choices import (
    DEFAULT_FOLDER,
    AsJson,
    CatalogueFolder,
    Folder,
    PolicyFile,
    Profile,
    chosen_file,
    read_policy,
)
from appliance.commands.downloads import Downloads
from appliance.commands.listing import (
    Listing,
    outcome_for_machines,
    outcome_lines,
    review_lines,
    reviewed,
)
from appliance.commands.parsed import contract, summarise
from appliance.commands.progress import Progress
from appliance.errors import ListError, UsageError
from appliance.lists import catalogue, parse, remembered
from appliance.lists.fetch import Road
from appliance.lists.refresh import Result, Terms, refresh
from appliance.lists.review import Review, Yardstick
from appliance.lists.shelf import Shelf
from appliance.policy.decide import Policy
from appliance.policy.services import Source
from appliance.tables import suggestion

ANSWER_IS_NO = 1

app = typer.Typer(
    help="Public lists: refresh them, show what they add and over-block, parse one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Lists; all that are in use if none."),
]


@app.command("refresh")
def refresh_lists(
    names: Names = None,
    folder: Folder = DEFAULT_FOLDER,
    policy: PolicyFile = None,
    profile: Profile = None,
    blocklists: CatalogueFolder = catalogue.SHIPPED,
    force: Annotated[
        bool, typer.Option("--force", help="Fetch them whole, whether they are due or not.")
    ] = False,
    believe: Annotated[
        list[str] | None,
        typer.Option(
            "--believe", metavar="NAME", help="Take this list though it shrank or grew sharply."
        ),
    ] = None,
    proxy: Annotated[
        str, typer.Option(metavar="URL", help="Go through this proxy: http://proxy.example:8080")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Fetch the lists that are due; whatever goes wrong with one, its last good copy stays.

    Example: bellgate lists refresh hagezi-gambling --believe hagezi-gambling
    """
    chosen = read_policy(chosen_file(policy, profile, folder), folder, blocklists=blocklists)
    sources = _sources(chosen, names or [])
    unasked = [name for name in believe or [] if name not in sources]
    if unasked:
        raise UsageError(f"--believe {unasked[0]}: this list is not being refreshed")
    if not sources and not as_json:
        print('No public list is in use: a group of the policy subscribes with lists = ["…"].')
    needs = catalogue.school_needs(remembered.in_use(folder, blocklists))
    now = int(time.time())
    results = set()
    with Downloads(sys.stderr.isatty() and not as_json) as downloads:
        terms = Terms(
            yardstick=Yardstick(chosen, needs),
            road=Road(proxy=proxy),
            force=force,
            believe=frozenset(believe or []),
            progress=downloads.tell,
        )
        for outcome in refresh(sources, Shelf(folder), now, terms):
            results.add(outcome.result)
            downloads.end(outcome.name)
            listing = Listing(chosen, folder, outcome.name, now, outcome.record)
            if as_json:
                print(json.dumps(outcome_for_machines(outcome, listing), ensure_ascii=False))
            else:
                downloads.say("\n".join(outcome_lines(outcome, listing)))
    if Result.REFRESHED in results and not as_json:
        print("bellgate publish puts what is new in force.")
    if Result.FAILED in results:
        raise typer.Exit(ANSWER_IS_NO)


@app.command("show")
def show_lists(
    names: Names = None,
    folder: Folder = DEFAULT_FOLDER,
    policy: PolicyFile = None,
    profile: Profile = None,
    blocklists: CatalogueFolder = catalogue.SHIPPED,
    as_json: AsJson = False,
) -> None:
    """Show how the lists in use stand, what they add to our catalogue, and what they over-block.

    Example: bellgate lists show hagezi-social
    """
    chosen = read_policy(chosen_file(policy, profile, folder), folder, blocklists=blocklists)
    wanted = _wanted(chosen, names or [])
    if not wanted and not as_json:
        print('No list is in use: a group of the policy subscribes with lists = ["…"].')
    yardstick = Yardstick(chosen, catalogue.school_needs(remembered.in_use(folder, blocklists)))
    now = int(time.time())
    for name in wanted:
        listing = Listing(chosen, folder, name, now)
        review = _review(yardstick, listing)
        if as_json:
            print(json.dumps(listing.for_machines() | reviewed(review), ensure_ascii=False))
        else:
            print("\n".join([*listing.lines(), *review_lines(review)]))


@app.command("parse")
def parse_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list, packed or not.")],
    as_json: AsJson = False,
) -> None:
    """Show which names a list blocks and allows, and which of its lines DNS can't express.

    Reads hosts, plain names, AdBlock, dnsmasq, Unbound, RPZ and UT1 lists, also packed.

    Example: bellgate lists parse hosts.txt
    """
    if as_json:
        print(json.dumps(contract(parse.parse(file)), ensure_ascii=False))
        return
    shown = Progress("lines")
    try:
        summary = summarise(file, shown)
    finally:
        shown.end()
    print("\n".join(summary.lines(file.name)))


def _review(yardstick: Yardstick, listing: Listing) -> Review | None:
    """What this list does; None where there is no copy of it, or none that can be read."""
    try:
        return yardstick.review(listing.copy) if listing.copy else None
    except ListError as fault:
        print(fault, file=sys.stderr)
        return None


def _wanted(policy: Policy, names: list[str]) -> list[str]:
    """The lists that are named, else those in use."""
    for name in names:
        if name not in policy.lists:
            known = suggestion(name, policy.lists)
            raise UsageError(
                f"no list {name!r}{known}: neither the policy nor the catalogue has it"
            )
    return list(dict.fromkeys(names)) or list(policy.school.lists_in_use())


def _sources(policy: Policy, names: list[str]) -> dict[str, Source]:
    """Each wanted list that is public, with its source."""
    wanted = {name: policy.lists[name] for name in _wanted(policy, names)}
    for name in names:
        if not wanted[name].source:
            raise UsageError(f"the list {name} is the school's own: there is nothing to refresh")
    known = policy.catalogue.sources
    return {name: known[one.source] for name, one in wanted.items() if one.source}
