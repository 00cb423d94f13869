"""bellgate export: rows and numbers for other programs."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperCommand

from appliance import running
from appliance.commands.choices import DEFAULT_FOLDER, Folder, moment
from appliance.commands.recorded import clock_of
from appliance.disk import faults_as
from appliance.errors import UsageError
from appliance.policy.clock import SchoolClock
from appliance.spreadsheet import Sheet
from appliance.store import reports
from appliance.store.database import FILE, Record
from appliance.store.flat import KEYS, flat
from appliance.store.reports import By, Span
from appliance.store.search import Match, Wish, oldest
from appliance.store.writer import Rows
from appliance.tables import suggestion

HELP = """Write rows or numbers as CSV or JSON lines.

Rows: refused, allowed. Numbers: services, categories, groups, periods, rules, steps, hours,
devices, sites, new-sites, trends. Without --since: rows of all time, numbers of the last seven
days. A cell that a spreadsheet would take for a formula gets a quote before it.

Evidence of what was refused to a device, for somebody else to check: bellgate export evidence.

Example: bellgate export refused --since 2026-11-23 --group pupils --csv --output pupils.csv
"""

ROWS = {"refused": Rows.REFUSED, "allowed": Rows.ALLOWED}
NUMBERS = {
    "services": By.SERVICE,
    "categories": By.CATEGORY,
    "groups": By.GROUP,
    "periods": By.PERIOD,
    "rules": By.RULE,
    "steps": By.DECIDED_BY,
}


def _by(by: By, record: Record, span: Span) -> list[reports.Number]:
    return reports.numbers(record, by, span)


def _trends(record: Record, span: Span) -> list[reports.Trend]:
    return reports.trends(record, By.SERVICE, span)


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """Numbers of one kind, and where they come from."""

    kind: type[Any]
    read: Callable[[Record, Span], list[Any]]


REPORTS = {
    **{name: Report(reports.Number, partial(_by, by)) for name, by in NUMBERS.items()},
    "hours": Report(reports.Hour, reports.hours),
    "devices": Report(reports.DeviceNumber, partial(reports.devices, limit=sys.maxsize)),
    "sites": Report(reports.SiteNumber, partial(reports.sites, limit=-1)),
    "new-sites": Report(reports.SiteNumber, partial(reports.new_sites, limit=-1)),
    "trends": Report(reports.Trend, _trends),
}
VIEWS = (*ROWS, *REPORTS)
WEEK_SECONDS = 7 * 86_400
PRIVATE = 0o600
EVIDENCE = "evidence"


class Exports(TyperCommand):
    """Evidence has words of its own; whoever wants rows does not wait for what writes its PDF."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> Any:
        if args[:1] != [EVIDENCE]:
            return super().make_context(info_name, args, *rest, **more)
        app = importlib.import_module(f"appliance.commands.{EVIDENCE}").app
        command = typer.main.get_command(app)
        return command.make_context(f"{info_name} {EVIDENCE}", args[1:], *rest, **more)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("export", help=HELP, cls=Exports)
def export(
    view: Annotated[str, typer.Argument(metavar="VIEW", help=", ".join(VIEWS))],
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
    as_lines: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From then on: 2026-11-24T10:15.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Before then; now if left out.")
    ] = None,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="This domain and all below it; rows only.")
    ] = "",
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="Its name or address; rows only.")
    ] = "",
    group: Annotated[str, typer.Option(metavar="GROUP", help="Rows only.")] = "",
    service: Annotated[str, typer.Option(metavar="SERVICE", help="Rows only.")] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A new file; stdout if left out.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    if view not in VIEWS:
        known = ", ".join(VIEWS)
        raise UsageError(f"no view {view[:40]!r}{suggestion(view, VIEWS)}: there are {known}")
    if as_csv and as_lines:
        raise UsageError("--csv and --jsonl are two formats: give one of them")
    if view in REPORTS and (name or device or group or service):
        raise UsageError("--name, --device, --group and --service are for rows: refused, allowed")
    with Record.look(folder / FILE) as record:
        clock = clock_of(record)
        now = running.now(folder)
        begin = moment(since, clock, now, "--since") if since else None
        end = moment(until, clock, now, "--until") if until else int(now) + 1
        if view in ROWS:
            wish = Wish(
                since_ms=None if begin is None else begin * 1000,
                until_ms=end * 1000 if until else None,
                name=name,
                match=Match.UNDER,
                device=device,
                group=group,
                service=service,
            )
            head = KEYS
            found = (flat(row, clock) for row in oldest(record, wish, ROWS[view]))
        else:
            span = Span.touching(clock, end - WEEK_SECONDS if begin is None else begin, end)
            report = REPORTS[view]
            head = tuple(field.name for field in dataclasses.fields(report.kind))
            found = (_number(one, clock) for one in report.read(record, span))
        with _opened(output) as file:
            if as_lines:
                file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
            else:
                _write_sheet(file, head, found)


def _write_sheet(file: TextIO, head: Sequence[str], found: Iterator[dict[str, Any]]) -> None:
    sheet = Sheet(file, head)
    for one in found:
        sheet.add([" ".join(cell) if isinstance(cell, list) else cell for cell in one.values()])


def _number(one: Any, clock: SchoolClock) -> dict[str, Any]:
    """A number of a report, with the school's own hours."""
    content: dict[str, Any] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in dataclasses.asdict(one).items()
    }
    for key in ("hour", "first_hour"):
        if key in content:
            local = clock.local(int(content[key]) * 3600)
            content[key] = local.isoformat(timespec="minutes")
    return content


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """For whoever asked for it alone: personal data is in it."""
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        return
    with faults_as(UsageError, output):
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with open(handle, "w", encoding="utf-8", newline="") as file:
            yield file
