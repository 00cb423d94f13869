"""bellgate restore: a backup in place of what is there."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from typing import Annotated

import typer

from appliance.backup import BEFORE, restore
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.running import alone

HELP = """Put a backup in place of what the data folder holds. Stop Bellgate first.

Every file of the backup is checked before anything changes, and what was there is set aside in the
same folder. A backup that a newer Bellgate has made is refused.

Example: bellgate restore --dir /var/lib/bellgate /media/usb/bellgate-2026-11-24.zip
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("restore", help=HELP)
def restore_backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    with alone(folder):
        stamp = f"{datetime.datetime.now(datetime.UTC):%Y%m%d-%H%M%S}"
        contents = restore(file, folder, stamp)
    if as_json:
        print(json.dumps(dataclasses.asdict(contents)))
        return
    print(f"{folder} is as it was at {contents.made}: {len(contents.files):,} files.")
    if (folder / f"{BEFORE}-{stamp}").is_dir():
        print(f"What was there before is in {folder / f'{BEFORE}-{stamp}'}: delete it when all is")
        print("well, for personal data in it outlives its time.")
