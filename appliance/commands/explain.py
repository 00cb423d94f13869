"""bellgate explain: what the answer to a name is, and why."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from appliance import running
from appliance.commands.asking import answer_each
from appliance.commands.choices import (
    DEFAULT_FOLDER,
    AsJson,
    Folder,
    ListFiles,
    PolicyFile,
    Profile,
    asker,
    chosen_file,
    moment,
    read_policy,
)
from appliance.errors import UsageError
from appliance.lists.listed import Claims
from appliance.live import policy_then
from appliance.policy import words
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.explain import Explainer
from appliance.policy.snapshot import SNAPSHOTS, Snapshot, current
from appliance.publish import list_files

HELP = """Say what the answer to each NAME is for a group or a device at a moment, and why.

Asks the policy in force, or one given with --policy or --profile. For a moment that is past it is
the policy that was in force then, as far as the record reaches back; lists are today's.

Example: bellgate explain --profile mersey-vale --group staff --at 2026-11-24T10:15 www.tiktok.com
"""
QUERY_TYPES = ("A", "AAAA", "HTTPS", "SVCB", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "ANY")

app = typer.Typer(rich_markup_mode=None)


@app.command("explain", help=HELP)
def explain(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Names to ask about.")
    ] = None,
    names_file: Annotated[
        str | None,
        typer.Option("--names-file", metavar="FILE", help="A name a line; - reads stdin."),
    ] = None,
    query_type: Annotated[
        str, typer.Option("--type", help="The type asked for; the verdict is the same for all.")
    ] = "A",
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="By the school's clock: 2026-11-24T10:15. Default: now."),
    ] = None,
    policy: PolicyFile = None,
    profile: Profile = None,
    group: Annotated[str | None, typer.Option(metavar="GROUP", help="Who asks: a group.")] = None,
    client: Annotated[
        str | None, typer.Option(metavar="IP", help="Who asks: a device's address.")
    ] = None,
    lists: ListFiles = None,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    if query_type.upper() not in QUERY_TYPES:
        raise UsageError(f"--type {query_type[:20]}: one of {', '.join(QUERY_TYPES)}")
    if not names and names_file is None:
        raise UsageError("which names? Give some, or a file of them with --names-file")
    is_live = policy is None and profile is None
    if is_live and lists:
        raise UsageError(
            "--list goes with --policy or --profile: the policy in force has its lists"
        )
    chosen = read_policy(chosen_file(policy, profile, folder), folder, lists or [])
    now = running.now(folder) if is_live else time.time()
    when = moment(at, chosen.clock, now)
    if is_live and at and when < now:
        chosen = _then(chosen, folder, when)
    if is_live:
        lists_of = Snapshot(current(folder / SNAPSHOTS)).lists_of
    else:
        lists_of = Claims(list_files(chosen, folder)[0]).lists_of
    who = asker(chosen, group, client)
    explainer = Explainer(chosen, who, when, lists_of)

    def answer(asked: str) -> str:
        explanation = explainer.explain(asked)
        if as_json:
            return json.dumps(explanation.contract(chosen.clock), ensure_ascii=False)
        return words.sentence(explanation, chosen)

    answer_each(_asked(names or [], names_file), answer, as_json=as_json)


def _then(chosen: Policy, folder: Path, when: Instant) -> Policy:
    """The policy that was in force at a moment; `chosen` where nothing else is known."""
    then = policy_then(folder, when, chosen.catalogue)
    if then is None:
        return chosen
    if then.policy.school != chosen.school:
        print(f"Asked is policy {then.version[:12]}, in force at that time.", file=sys.stderr)
    return then.policy


def _asked(names: list[str], names_file: str | None) -> Iterator[str]:
    """The names given, then those of the file; blank lines are passed over."""
    yield from names
    if names_file is None:
        return
    try:
        with _open(names_file) as lines:
            for line in lines:
                if line.strip():
                    yield line.strip()
    except OSError as fault:
        raise UsageError(f"--names-file {names_file}: {fault.strerror}") from fault


def _open(names_file: str) -> contextlib.AbstractContextManager[Iterable[str]]:
    if names_file == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
        return contextlib.nullcontext(sys.stdin)
    return Path(names_file).open(encoding="utf-8-sig", errors="replace")
