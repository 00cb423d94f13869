"""bellgate cases: the e-safety team's files on attempts to get round the filter."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from appliance import running
from appliance.commands.casetext import Shown
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.commands.recorded import clock_of
from appliance.errors import StoreError, UsageError
from appliance.store import cases, handling
from appliance.store.attachments import LARGEST, TAKEN, Keeper
from appliance.store.cases import GRADES, Outcome, Status
from appliance.store.database import FILE, Record
from appliance.tables import suggestion

Number = Annotated[int, typer.Argument(metavar="ID", help="The case's number.", min=1)]
By = Annotated[
    str,
    typer.Option("--by", metavar="NAME", help="Who does it, for the audit.", show_default="you"),
]

app = typer.Typer(
    help="Cases: attempts to get round the filter, what speaks for and against, what came of them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def of_cases() -> None:
    """Cases: attempts to get round the filter, what speaks for and against, what came of them."""


@app.command("list")
def list_cases(
    is_open: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
    grade: Annotated[
        str, typer.Option(metavar="GRADE", help=f"Only {', '.join(GRADES)}; noise is left out.")
    ] = "",
    device: Annotated[str, typer.Option(metavar="NAME", help="Only this device's.")] = "",
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """The cases, the gravest first. What a device does by itself is no case for people, and left
    out unless --grade noise asks for it.

    Example: bellgate cases list --open --grade deliberate
    """
    if grade and grade not in GRADES:
        raise UsageError(
            f"--grade {grade[:40]}: no such grade{suggestion(grade, GRADES)}: there are "
            f"{', '.join(GRADES)}"
        )
    with Record.look(folder / FILE) as record:
        found = cases.find(
            record,
            statuses=[Status.OPEN] if is_open else (),
            grades=[grade] if grade else GRADES[1:],
            device=device,
        )
        shown = Shown(clock_of(record))
        noise = sum(n for (_, one), n in cases.count(record).items() if one == GRADES[0])
    for one in found:
        print(json.dumps(shown.case(one), ensure_ascii=False) if as_json else shown.line(one))
    if not (as_json or grade):
        more = f"; {noise:,} more of noise: bellgate cases list --grade noise" if noise else ""
        print(f"{len(found):,} case{'' if len(found) == 1 else 's'}{more}.")


@app.command("show")
def show(
    number: Number, by: By = "", folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False
) -> None:
    """One case: what speaks for and against, each sign, the refusals behind it, its history. That
    you looked is audited.

    Example: bellgate cases show 12
    """
    with Record.look(folder / FILE) as record:
        whole = cases.show(record, number)
        shown = Shown(clock_of(record))
    try:
        with _change(folder) as record:
            handling.looked(record, number, who=_who(by), at_ms=_now_ms(folder))
    except StoreError as fault:  # a full disk must not hide a case from those who need it
        typer.echo(f"That you looked could not be noted: {fault}", err=True)
    if as_json:
        print(json.dumps(shown.whole(whole), ensure_ascii=False))
    else:
        print("\n".join(shown.lines(whole)))


@app.command("note")
def note(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be written down.")],
    by: By = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Write something into a case. Nothing that was written can be changed or taken back.

    Example: bellgate cases note 12 "Spoke with Dan and his mother." --by "Ms Clark"
    """
    with _change(folder) as record:
        handling.note(record, number, text, who=_who(by), at_ms=_now_ms(folder))
    print(f"Noted in case {number}.")


@app.command("review")
def review(
    number: Number,
    outcome: Annotated[
        Outcome, typer.Option(help="What came of it.", metavar=f"[{'|'.join(Outcome)}]")
    ],
    lesson: Annotated[str, typer.Option(metavar="TEXT", help="What the school learns from it.")],
    by: By = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Judge a case and close it; attempts from now on are another one.

    Example: bellgate cases review 12 --outcome fixed --lesson "Private Relay is now off by MDM."
    """
    with _change(folder) as record:
        found = handling.review(
            record, number, outcome, lesson, who=_who(by), at_ms=_now_ms(folder)
        )
    print(f"Case {number} is reviewed by {found.reviewer}: {outcome}.")


@app.command("reopen")
def reopen(number: Number, by: By = "", folder: Folder = DEFAULT_FOLDER) -> None:
    """Look at a case again. What was said of it stays in its history.

    Example: bellgate cases reopen 12
    """
    with _change(folder) as record:
        handling.reopen(record, number, who=_who(by), at_ms=_now_ms(folder))
    print(f"Case {number} is open again.")


@app.command(
    "attach",
    help=f"""Add a file to a case: {TAKEN}, up to {LARGEST // 1_000_000} MB; its content says what
    it is. It is kept under its hash, and never run or shown as a page.

    Example: bellgate cases attach 12 screenshot.png --by "Ms Clark"
    """,
)
def attach(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to add.")],
    by: By = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    with _change(folder) as record:
        kept = handling.attach(
            record, Keeper(folder), number, file, who=_who(by), at_ms=_now_ms(folder)
        )
    print(f"{kept.name} ({kept.type}, {kept.bytes:,} bytes) is with case {number}.")
    print(f"SHA-256 {kept.sha256}")


@contextmanager
def _change(folder: Path) -> Iterator[Record]:
    with Record.change(folder / FILE) as record:
        yield record


def _now_ms(folder: Path) -> int:
    return int(running.now(folder) * 1000)


def _who(by: str) -> str:
    """Who sits at the console, where they don't say."""
    return by.strip() or f"{_user()} at the console"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return "somebody"
