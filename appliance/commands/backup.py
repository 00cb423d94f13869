"""bellgate backup: this box in one file."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from appliance.backup import back_up
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder

HELP = """Write the record, the policy in force, settings, lists and keys into one file.

The box goes on working meanwhile; the record in it is whole at one moment. The file has personal
data and keys in it: keep it where only those may go who may see both.

Example: bellgate backup --dir /var/lib/bellgate /media/usb/bellgate-2026-11-24.zip
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("backup", help=HELP)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    is_shown = sys.stderr.isatty() and not as_json
    contents = back_up(folder, file, time.time(), _show if is_shown else lambda done, of: None)
    if as_json:
        print(json.dumps(dataclasses.asdict(contents)))
        return
    size = file.stat().st_size / 1e6
    print(
        f"{file}: {len(contents.files):,} files of {folder}, {size:.1f} MB. It has personal data "
        "and keys in it: keep it safe."
    )


def _show(done: int, of: int) -> None:
    end = "\n" if done == of else ""
    print(f"\rCopying the record: {done * 100 // max(of, 1)} %", end=end, file=sys.stderr)
