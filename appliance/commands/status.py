"""bellgate status: what runs, what is recorded, and what is wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import typer

from appliance import __version__
from appliance.checkup.finding import Finding
from appliance.checkup.policy import about_manifest
from appliance.checkup.programs import (
    about_page_program,
    about_recording,
    about_resolver_programs,
)
from appliance.checkup.record import about_record, days_of
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.errors import StoreError
from appliance.processes import Running, running
from appliance.recording import health
from appliance.recording.health import Health
from appliance.store.database import FILE, Record
from appliance.store.standing import Standing, standing

HELP = """Say what runs, when the last question came in, how large the record is, what is wrong.

Exit code 0: all is well; 1: something is wrong. bellgate check looks at settings and network too.

Example: bellgate status --dir /var/lib/bellgate
"""

ANSWER_IS_NO = 1
ADVICE = "      → "

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("status", help=HELP)
def status(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    now = time.time()
    programs, said = running(folder), health.read(folder)
    record = _record(folder)
    findings = [
        *about_resolver_programs(programs),
        *about_recording(folder, programs, said, now),
        *(about_page_program(name, programs) for name in ("staff", "public")),
        about_manifest(folder),
        *([record] if isinstance(record, Finding) else about_record(record, days_of(record))),
    ]
    if as_json:
        print(json.dumps(_for_machines(folder, programs, said, record, findings)))
    else:
        print(f"Bellgate {__version__} in {folder}")
        for finding in findings:
            print(f"{'ok' if finding.is_well else 'wrong':<5} {finding.matter}: {finding.says}")
            if not finding.is_well:
                print(f"{ADVICE}{finding.do}")
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(ANSWER_IS_NO)


def _record(folder: Path) -> Standing | Finding:
    """The record's numbers, or what is wrong."""
    try:
        with Record.look(folder / FILE) as record:
            return standing(record)
    except StoreError as fault:
        return Finding("record", str(fault), "start Bellgate; bellgate check says what is missing")


def _for_machines(
    folder: Path,
    programs: list[Running],
    said: Health | None,
    record: Standing | Finding,
    findings: list[Finding],
) -> dict[str, Any]:
    found, days = (None, {}) if isinstance(record, Finding) else (record, days_of(record))
    return {
        "ok": all(one.is_well for one in findings),
        "version": __version__,
        "dir": str(folder),
        "programs": [
            {"name": one.name, "pid": one.pid, "memory_kb": one.memory_kb} for one in programs
        ],
        "problems": [
            {"matter": one.matter, "says": one.says, "do": one.do}
            for one in findings
            if not one.is_well
        ],
        "last_event": said and said.last_event,
        "stored": said and said.stored,
        "waiting_bytes": said and said.waiting_bytes,
        "lost_refused": found and found.lost_refused,
        "lost_allowed": found and found.lost_allowed,
        "schema": found and found.schema,
        "database_bytes": found and found.bytes,
        "refused_rows": found and found.refused_rows,
        "written_bytes": days,
    }
