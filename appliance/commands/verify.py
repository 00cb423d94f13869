"""bellgate verify: is the record, or evidence of it, still what was sealed?"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.commands.progress import Progress
from appliance.disk import faults_as
from appliance.errors import BrokenStoreError, EvidenceError, UsageError
from appliance.keys import fingerprint
from appliance.recording import anchor, proof
from appliance.recording.anchor import Signed
from appliance.recording.evidence import bundle
from appliance.recording.findings import Findings, What
from appliance.recording.keyring import Keyring, followers
from appliance.store.database import FILE, Record

ANSWER_IS_NO = 1
SHOWN = 10

HELP = """Say whether the record is still what was sealed, or whether a file of evidence is.

Without FILE the record of this box is looked through, also while it is written. With FILE, evidence
that was exported is looked at: no record is needed for that, and no box.

Example: bellgate verify evidence.zip --key "3f9a 01c2 77de 5b10 9c44"
"""

app = typer.Typer(rich_markup_mode=None)


@app.command("verify", help=HELP)
def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Evidence.", show_default=False)
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="FINGERPRINT", help="Believe this key, and those it was followed by."
        ),
    ] = None,
    kept: Annotated[
        list[Path] | None,
        typer.Option("--anchor", metavar="FILE", help="Anchors that were kept elsewhere."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    known = Keyring(folder).known()
    anchors = [one for path in kept or () for one in _read_anchors(path)]
    if file:
        findings = bundle.verify(file, known, key, anchors)
    else:
        trusted = followers(known, key) if key else {one.key for one in known} or None
        if key and not trusted:
            raise UsageError(f"--key {key[:60]}: this box never had such a key")
        findings = _verify_record(folder / FILE, trusted, anchors, is_shown=not as_json)
    if as_json:
        print(json.dumps(_for_machines(findings)))
    else:
        _show(str(file) if file else "the record", findings, is_compared=bool(key or known))
    if not findings.is_good:
        raise typer.Exit(ANSWER_IS_NO)


def _read_anchors(path: Path) -> Iterable[Signed]:
    with faults_as(EvidenceError, path):
        text = path.read_text(encoding="utf-8", errors="replace")
    try:
        found = list(anchor.read(text))
    except ValueError as fault:
        raise EvidenceError(f"{path}: {fault}") from fault
    if not found or not all(one.is_good for one in found):
        raise EvidenceError(f"{path} holds no anchor whose signature is good")
    return found


def _verify_record(
    path: Path, trusted: set[str] | None, anchors: list[Signed], *, is_shown: bool
) -> Findings:
    shown = Progress("rows", is_shown=is_shown)
    try:
        with Record.look(path) as record:
            return proof.verify(record, trusted, anchors, lambda done, _: shown.tell(FILE, done))
    except BrokenStoreError as fault:
        findings = Findings()
        findings.add(What.ALTERED, str(fault))
        return findings
    finally:
        shown.end()


def _for_machines(findings: Findings) -> dict[str, Any]:
    return {
        "good": findings.is_good,
        "rows": findings.rows,
        "not_sealed_yet": findings.unsealed,
        "forgotten": findings.forgotten,
        "anchors": findings.anchors,
        "signed_by": [_short(key) for key in findings.signers],
        "faults": findings.count,
        "first": dataclasses.asdict(findings.faults[0]) if findings.faults else None,
        "told": [dataclasses.asdict(fault) for fault in findings.faults],
    }


def _show(what: str, findings: Findings, *, is_compared: bool) -> None:
    if not findings.is_good:
        first, *others = findings.faults
        print(f"ALTERED: {what} is not what was sealed: {first.sentence}.", file=sys.stderr)
        for fault in others[:SHOWN]:
            print(f"  then: {fault.sentence}", file=sys.stderr)
        if findings.count > SHOWN + 1:
            print(f"  and {findings.count - SHOWN - 1:,} more", file=sys.stderr)
        return
    print(f"Good: {findings.rows:,} rows of {what} are as they were sealed.")
    if findings.forgotten:
        print(
            f"{findings.forgotten:,} rows were forgotten when their time was over, and it says so."
        )
    if findings.unsealed:
        print(f"{findings.unsealed:,} newest rows are not sealed yet.")
    if findings.signers:
        print(f"Signed with {', '.join(map(_short, findings.signers))}.")
    if findings.signers and not is_compared:
        print(
            "Nobody has told whose key that is: compare it with what bellgate seal key prints on "
            "the school's box, or say --key FINGERPRINT."
        )


def _short(key: str) -> str:
    try:
        return fingerprint(key)
    except ValueError:
        return key[:24]
