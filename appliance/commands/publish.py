"""bellgate publish: put a policy in force."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from typing import Annotated

import typer

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
from appliance.publish import publish

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
    chosen = read_policy(chosen_file(policy, profile, folder), folder, lists or [])
    shown = _Progress(sys.stderr.isatty() and not as_json)
    published = publish(
        chosen, folder, int(time.time()), progress=shown.tell, may_shrink=may_shrink
    )
    shown.end()
    if as_json:
        print(json.dumps(dataclasses.asdict(published)))
        return
    lists_said = f"{published.listed_names:,} listed names"
    if published.lists_reused and published.listed_names:
        lists_said += " (unchanged)"
    print(
        f"In force: policy {published.policy_version[:12]}, {published.own_names:,} own names, "
        f"{lists_said}, in {published.seconds:.1f} s."
    )
    for name in published.missing_lists:
        print(f"The list {name} has not been fetched yet: published without it.", file=sys.stderr)


class _Progress:
    """One line that counts up while lists are read."""

    def __init__(self, is_shown: bool) -> None:
        self.is_shown = is_shown
        self.is_open = False

    def tell(self, name: str, count: int) -> None:
        if self.is_shown:
            print(f"\r\x1b[KReading {name}: {count:,} names", end="", file=sys.stderr, flush=True)
            self.is_open = True

    def end(self) -> None:
        if self.is_open:
            print(file=sys.stderr)
