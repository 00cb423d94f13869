"""bellgate seal: the key that the record is sealed with, and the anchors of its days."""

from __future__ import annotations

import datetime
import json
import time
from typing import Annotated

import typer

from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.errors import UsageError
from appliance.keys import fingerprint
from appliance.recording.keyring import Keyring
from appliance.store import seals
from appliance.store.database import FILE, Record, told
from appliance.store.sealed import Sealed

ANSWER_IS_NO = 1

app = typer.Typer(
    help="The key that the record is sealed with, and the anchors of its days.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("key")
def key(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Print the fingerprints of this box's keys, the one in use last.

    Example: bellgate seal key
    """
    known = Keyring(folder).known()
    for one in known:
        if as_json:
            about = {"key": one.key, "fingerprint": fingerprint(one.key), "since": str(one.since)}
            print(json.dumps(about))
        else:
            print(f"{fingerprint(one.key)}   since {one.since}")
    if not known:
        raise typer.Exit(ANSWER_IS_NO)


@app.command("rotate")
def rotate(
    folder: Folder = DEFAULT_FOLDER,
    is_lost: Annotated[
        bool, typer.Option("--lost", help="The old private key is gone: it can't sign the new one.")
    ] = False,
) -> None:
    """Seal with a new key from now on; what was sealed before stays as it is.

    The old key can never sign again; that it was this box's stays known, and it signs the new one.

    Example: bellgate seal rotate
    """
    made = Keyring(folder).rotate(_today(), is_lost=is_lost)
    print(
        f"From now on the record is sealed with {fingerprint(made)}: tell those who keep anchors."
    )


@app.command("anchor")
def anchor(
    day: Annotated[
        str | None,
        typer.Option("--day", metavar="DAY", help="Of which day; the last one that is over."),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print a day's anchor, to be kept outside the box: it shows for ever whether that day's record
    was altered, even by somebody who has the box and its key.

    Example: bellgate seal anchor --day 2026-11-24
    """
    wanted = _day(day) if day else None
    with Record.look(folder / FILE) as record, told(record.path):
        days = [one for kind in Sealed for one in seals.segments(record, kind) if one.anchor]
    newest = wanted or max((one.day for one in days), default=0)
    found = [one for one in days if one.day == newest]
    if not found:
        raise UsageError(
            f"there is no anchor of {day}: a day has one when it is over and something was refused"
            if day
            else "there is no anchor yet: the first one is made when the first day is over"
        )
    print("\n".join(one.anchor for one in found), end="")


def _day(text: str) -> int:
    try:
        return datetime.date.fromisoformat(text).toordinal()
    except ValueError as fault:
        raise UsageError(f"--day {text[:40]}: write a day as 2026-11-24") from fault


def _today() -> datetime.date:
    return datetime.datetime.fromtimestamp(time.time(), datetime.UTC).date()
