"""bellgate export evidence: what was refused to a device, for somebody else to check."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.choices import DEFAULT_FOLDER, Folder, moment
from appliance.disk import faults_as
from appliance.errors import EvidenceError, UsageError
from appliance.recording.evidence.gather import clock_of, gather
from appliance.recording.evidence.wanted import Wanted
from appliance.recording.keyring import Keyring
from appliance.store.attachments import Keeper
from appliance.store.database import FILE, Record

EVIDENCE_HELP = """One ZIP with what was refused to a device, to be checked by anybody, anywhere.

It holds the entries for people (PDF), for spreadsheets (CSV) and for machines, the policy as it
was, and what ties all of it to the signed seal of each day. A case's evidence also holds what
speaks for and against, what came of it, and its attachments.

Example: bellgate export evidence dan.zip --device dans-tablet --from 2026-11-24
"""

PRIVATE = 0o600

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("evidence", help=EVIDENCE_HELP)
def evidence(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What is written.")],
    device: Annotated[
        str, typer.Option("--device", metavar="NAME", help="A device, or an address.")
    ] = "",
    case: Annotated[int, typer.Option("--case", metavar="ID", help="Its number.")] = 0,
    since: Annotated[
        str | None,
        typer.Option("--from", "--since", metavar="WHEN", help="Such as 2026-11-24T08:00."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", "--until", metavar="WHEN", help="Before then.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    if bool(device) == bool(case):
        raise UsageError("say whose evidence it is: --device NAME or --case ID")
    now = int(time.time())
    with Record.look(folder / FILE) as record:
        clock = clock_of(record)
        wanted = Wanted(
            device=device,
            case=case,
            since_ms=moment(since, clock, now, "--from") * 1000 if since else None,
            until_ms=moment(until, clock, now, "--to") * 1000 if until else None,
        )
        made = gather(record, Keyring(folder), Keeper(folder), wanted, now)
    with faults_as(EvidenceError, file):  # for whoever asked for it alone: it is about a child
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with open(handle, "wb") as out:
            out.write(made.data)
    for name in made.left_out:
        typer.echo(f"Not in it: {name}", err=True)
    left_out = f", {made.unsealed:,} of the last minutes left out" if made.unsealed else ""
    print(f"{file}: {made.rows:,} entries{left_out}. Check it anywhere: bellgate verify {file}")
