"""bellgate policy: the ready policies, whether a document is good, what it says, how two differ."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.choices import (
    DEFAULT_FOLDER,
    AsJson,
    Folder,
    Profile,
    chosen_file,
    profile_path,
    read_policy,
)
from appliance.errors import PolicyError, UsageError
from appliance.lists import remembered
from appliance.policy import document, export, ready
from appliance.policy.decide import Policy
from appliance.policy.difference import differences
from appliance.policy.summary import summary

ANSWER_IS_NO = 1

app = typer.Typer(
    help="The school's policy: ready ones, and yours checked, shown and compared.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("profiles")
def profiles(as_json: AsJson = False) -> None:
    """List the ready policies a school can start from.

    Example: bellgate policy profiles
    """
    width = max(map(len, ready.names()))
    for name in ready.names():
        first_line = profile_path(name).read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        if as_json:
            print(json.dumps({"name": name, "about": first_line}, ensure_ascii=False))
        else:
            print(f"{name:<{width}}  {first_line}")


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy document.")],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Say whether a document is a policy we can enforce; list every mistake if not.

    Example: bellgate policy check school.toml
    """
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file")
    try:
        school = document.read_file(file, remembered.read_in_use(folder))
    except PolicyError as fault:
        if as_json:
            mistakes = [dataclasses.asdict(mistake) for mistake in fault.mistakes]
            print(json.dumps({"file": str(file), "good": False, "mistakes": mistakes}))
        else:
            print(fault, file=sys.stderr)
        raise typer.Exit(ANSWER_IS_NO) from fault
    if as_json:
        print(json.dumps({"file": str(file), "good": True, "mistakes": []}))
        return
    print(
        f"{file}: good. {school.name}: {_count(len(school.groups), 'group')}, "
        f"{_count(len(school.rules), 'rule')}, {_count(len(school.timetables), 'timetable')}, "
        f"{_count(len(school.devices), 'device')}."
    )


@app.command("show")
def show(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A policy document.")
    ] = None,
    profile: Profile = None,
    folder: Folder = DEFAULT_FOLDER,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="The whole document, as export writes it.")
    ] = False,
) -> None:
    """Show a policy in plain words: the one in force, a profile's or a document's.

    Example: bellgate policy show --profile st-annes
    """
    policy = read_policy(chosen_file(file, profile, folder), folder)
    print(export.write(policy.school) if as_toml else summary(policy), end="")


@app.command("diff")
def diff(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A document's file, or a profile's name.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="The other.")],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Say in plain English who gains or loses what, and when, if B takes the place of A.

    Example: bellgate policy diff mersey-vale school.toml
    """
    found = differences(_file_or_profile(before, folder), _file_or_profile(after, folder))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join(found) or "No difference that anybody would notice.")


def _file_or_profile(name: str, folder: Path) -> Policy:
    path = Path(name)
    is_profile = not path.exists() and name in ready.names()
    return read_policy(profile_path(name) if is_profile else path, folder)


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
