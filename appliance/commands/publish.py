"""bellgate publish: put a policy in force."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from appliance import running
from appliance.commands.choices import (
    DEFAULT_FOLDER,
    AsJson,
    Folder,
    ListFiles,
    PolicyFile,
    Profile,
    chosen_file,
    read_policy,
)
from appliance.commands.progress import Progress
from appliance.live import changing
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.words import listed
from appliance.publish import Published, publish

HELP = """Freeze a policy and its lists into a snapshot and put it in force.

Without --policy or --profile the policy in force is published anew, with today's lists.

Example: bellgate publish --policy school.toml --list adult.txt.gz
"""

app = typer.Typer(rich_markup_mode=None)


@app.command("publish", help=HELP)
def publish_policy(
    policy: PolicyFile = None,
    profile: Profile = None,
    lists: ListFiles = None,
    folder: Folder = DEFAULT_FOLDER,
    may_shrink: Annotated[
        bool,
        typer.Option("--may-shrink", help="Believe a snapshot ten times smaller than the last."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    with contextlib.suppress(OSError):  # `publish` says so in its own words
        folder.mkdir(parents=True, exist_ok=True)  # now, so that the catalogue is remembered there
    chosen_file(policy, profile, folder)  # says what is missing before anything is locked
    is_anew = policy is None and profile is None
    with changing(folder) if is_anew else contextlib.nullcontext():
        chosen = read_policy(chosen_file(policy, profile, folder), folder, lists or [])
        now = int(running.now(folder))
        published = publish_and_show(
            chosen, folder, now, may_shrink=may_shrink, is_shown=not as_json
        )
    if as_json:
        print(json.dumps(dataclasses.asdict(published)))
        return
    print(in_force(published))
    if published.missing_lists:
        print(without(published), file=sys.stderr)


def publish_and_show(
    policy: Policy, folder: Path, now: Instant, *, may_shrink: bool = False, is_shown: bool = True
) -> Published:
    """Put a policy in force, with progress for whoever looks."""
    shown = Progress("lines", is_shown=is_shown)
    try:
        return publish(policy, folder, now, progress=shown.tell, may_shrink=may_shrink)
    finally:
        shown.end()


def in_force(published: Published) -> str:
    """What is in force now, in a sentence."""
    lists_said = f"{published.listed_names:,} listed names"
    if published.lists_reused and published.listed_names:
        lists_said += " (unchanged)"
    return (
        f"In force: policy {published.policy_version[:12]}, {published.own_names:,} own names, "
        f"{lists_said}, in {published.seconds:.1f} s."
    )


def without(published: Published) -> str:
    """Which lists it has to do without."""
    missing = listed(published.missing_lists)
    return f"Published without {missing}, not fetched yet: bellgate lists refresh fetches them."
