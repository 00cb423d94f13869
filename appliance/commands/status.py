"""bellgate status: what runs, what is recorded, and what is wrong."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from appliance import __version__
from appliance.checkup.finding import Finding
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.errors import SnapshotError, StoreError
from appliance.policy.snapshot import SNAPSHOTS, current, manifest_of
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
SILENT_SECONDS = 10.0  # the recorder says how it is every other second
ADVICE = "      → "

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("status", help=HELP)
def status(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    now = time.time()
    programs, said = running(folder), health.read(folder)
    record = _record(folder)
    findings = [
        *_about_programs(programs),
        *_about_recording(folder, programs, said, now),
        *(_about_pages(name, programs) for name in ("staff", "public")),
        _about_policy(folder),
        *_about_record(record),
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


def _record(folder: Path) -> tuple[Standing, dict[str, int]] | Finding:
    """The record's numbers and the bytes of each of the school's last days; or what is wrong."""
    try:
        with Record.look(folder / FILE) as record:
            found = standing(record)
    except StoreError as fault:
        return Finding("record", str(fault), "start Bellgate; bellgate check says what is missing")
    return found, {_day(one.day): one.bytes for one in found.wear}


def _about_programs(programs: list[Running]) -> Iterator[Finding]:
    resolvers = [one for one in programs if one.name.startswith("dns")]
    if not resolvers:
        yield Finding("dns", "no resolver runs here", "start Bellgate: bellgate run, or systemctl")
    else:
        memory = sum(one.memory_kb for one in resolvers) / 1024
        names = ", ".join(f"{one.name} (process {one.pid})" for one in resolvers)
        yield Finding("dns", f"{names}; {memory:.0f} MB")


def _about_recording(
    folder: Path, programs: list[Running], said: Health | None, now: float
) -> Iterator[Finding]:
    recorder = next((one for one in programs if one.name == "recording"), None)
    if recorder is None:
        yield Finding(
            "recording",
            "it does not run: what is asked waits in memory, and is dropped when that is full",
            "start Bellgate: bellgate run, or systemctl start bellgate-recording",
        )
        return
    if said is None or said.pid != recorder.pid:
        yield Finding("recording", f"process {recorder.pid} has just started")
        return
    silent = now - health.said_at(folder)
    if silent > SILENT_SECONDS:
        yield Finding(
            "recording",
            f"process {recorder.pid} has said nothing for {silent:.0f} seconds",
            "see its log; end that process, and it is started again",
        )
    for problem in said.problems:
        yield Finding("recording", problem, "see bellgate check and the log of recording")
    if not said.problems:
        last = "no question yet" if said.last_event is None else _ago(said.at - said.last_event)
        yield Finding(
            "recording",
            f"process {recorder.pid}, {recorder.memory_kb / 1024:.0f} MB; last question: {last}; "
            f"{said.stored:,} stored since it started, {said.waiting_bytes / 1e6:.1f} MB wait",
        )


def _about_pages(name: str, programs: list[Running]) -> Finding:
    one = next((one for one in programs if one.name == name), None)
    if one is None:
        return Finding(
            name,
            f"nobody can open the {name} pages: their program does not run",
            f"start Bellgate: bellgate run, or systemctl start bellgate-{name}",
        )
    return Finding(name, f"process {one.pid}; {one.memory_kb / 1024:.0f} MB")


def _about_policy(folder: Path) -> Finding:
    try:
        manifest = manifest_of(current(folder / SNAPSHOTS))
    except SnapshotError as fault:
        return Finding("policy", str(fault), "bellgate publish puts one in force")
    names = manifest["own_names"] + manifest["listed_names"]
    return Finding("policy", f"{manifest['policy'][:12]} in force, {names:,} names")


def _about_record(record: tuple[Standing, dict[str, int]] | Finding) -> Iterator[Finding]:
    if isinstance(record, Finding):
        yield record
        return
    found, days = record
    since = "" if found.oldest_ms is None else f" since {_date(found.oldest_ms)}"
    yield Finding(
        "record",
        f"{found.refused_rows:,} rows of refusals{since}, {found.names:,} names, "
        f"{found.bytes / 1e6:.1f} MB, {found.free_bytes / 1e6:.1f} MB of it free",
    )
    written = "; ".join(f"{day} {count / 1e6:.1f} MB" for day, count in days.items())
    yield Finding("card", f"written for the record: {written or 'nothing yet'}")
    if found.lost_refused or found.lost_allowed:
        yield Finding(
            "lost",
            f"{found.lost_refused:,} refused and {found.lost_allowed:,} allowed questions have no "
            "record, as there was no room for them in memory",
            "nothing brings them back; the log of recording says what was in the way then",
        )


def _for_machines(
    folder: Path,
    programs: list[Running],
    said: Health | None,
    record: tuple[Standing, dict[str, int]] | Finding,
    findings: list[Finding],
) -> dict[str, Any]:
    found, days = (None, {}) if isinstance(record, Finding) else record
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


def _ago(seconds: float) -> str:
    return f"{max(seconds, 0):.0f} seconds ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"


def _date(at_ms: int) -> str:
    return f"{datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC):%Y-%m-%d}"


def _day(ordinal: int) -> str:
    return datetime.date.fromordinal(ordinal).isoformat()
