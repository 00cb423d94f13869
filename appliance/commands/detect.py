"""bellgate detect: attempts to get round the filter, graded fairly."""

from __future__ import annotations

import datetime
import json
import textwrap
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.commands.choices import (
    DEFAULT_FOLDER,
    AsJson,
    Folder,
    PolicyFile,
    Profile,
    chosen_file,
    profile_path,
    read_policy,
)
from appliance.commands.observed import STDIN, Reader
from appliance.commands.progress import Progress
from appliance.detection.casework import Case, Casework
from appliance.detection.order import TOLERANCE_SECONDS, TooLate
from appliance.detection.score import Grade
from appliance.domains import shorten
from appliance.errors import ObservedError, SnapshotError
from appliance.lists import remembered
from appliance.policy.decide import Policy
from appliance.policy.schedule import Schedule
from appliance.policy.words import listed
from appliance.recording.knowing import read_knowledge

STEP = 50_000  # lines between two words of progress
USUAL = "mersey-vale"  # all ready policies have the same bells
WIDTH = 96

app = typer.Typer(
    help="Attempts to get round the filter: noise told from what is meant.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def detect() -> None:
    """Attempts to get round the filter: noise told from what is meant."""


@app.command("replay")
def replay(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What was seen, a JSON object a line; - is stdin.")
    ],
    folder: Folder = DEFAULT_FOLDER,
    policy: PolicyFile = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Grade each device's attempts in a record of what was seen: noise, watch or deliberate.

    Lessons are those of --policy or --profile, else of the policy in force, else the usual ones.

    Example: bellgate detect replay yesterday.jsonl
    """
    chosen = _policy(policy, profile, folder)
    schedule = Schedule(chosen.school)
    known = read_knowledge(remembered.in_use(folder), chosen.catalogue)
    casework = Casework(known, schedule)
    cases = _replayed(Reader(file, schedule.clock), casework)
    for case in cases:
        if as_json:
            print(json.dumps(_for_machines(case, schedule), ensure_ascii=False))
        else:
            print("\n".join(_lines(case, schedule)) + "\n")
    if not as_json:
        print(_summary(cases))


def _policy(policy: Path | None, profile: str | None, folder: Path) -> Policy:
    try:
        return read_policy(chosen_file(policy, profile, folder), folder)
    except SnapshotError:
        return read_policy(profile_path(USUAL), folder)  # nothing is in force here yet


def _replayed(reader: Reader, casework: Casework) -> list[Case]:
    """Every case, the oldest first."""
    shown = Progress("lines")
    name = "standard input" if reader.file == STDIN else shorten(reader.file)
    closed: list[Case] = []
    count, last = 0, 0
    try:
        for count, seen in enumerate(reader, start=1):
            last = max(last, seen.at)
            closed += [case for case in casework.note(seen) if case.closed is not None]
            if count % STEP == 0:
                shown.tell(name, count)
    except TooLate as fault:
        raise ObservedError(
            f"{name}: observation {count:,} comes {fault.seconds:,} seconds after later ones: "
            f"sort the file by time first (up to {TOLERANCE_SECONDS} seconds do no harm)"
        ) from fault
    finally:
        shown.end()
    closed += [case for case in casework.settle(last) if case.closed is not None]
    return sorted(closed + casework.cases(), key=lambda case: (case.opened, case.device))


def _for_machines(case: Case, schedule: Schedule) -> dict[str, Any]:
    """The object that others build on: its keys and words stay as they are."""
    closed = None if case.closed is None else schedule.clock.local(case.closed).isoformat()
    return {
        "device": case.device,
        "opened": schedule.clock.local(case.opened).isoformat(),
        "closed": closed,
        "grade": case.grade,
        "kinds": case.kinds,
        "score": case.score,
        "for": case.speaks_for,
        "against": case.speaks_against,
        "events": case.events,
    }


def _lines(case: Case, schedule: Schedule) -> list[str]:
    opened = _moment(schedule.clock.local(case.opened))
    closed = "still open"
    if case.closed is not None:
        closed = f"closed {_moment(schedule.clock.local(case.closed))}"
    group = f" ({case.group})" if case.group else ""
    return [
        f"{shorten(case.device)}{group}: {case.grade}, score {case.score}",
        f"  opened {opened}, {closed}; {case.events:,} signs; {listed(case.kinds)}",
        *_said("for", case.speaks_for),
        *_said("against", case.speaks_against),
    ]


def _said(side: str, sentences: tuple[str, ...]) -> list[str]:
    lines = []
    for sentence in sentences:
        lines += textwrap.wrap(
            sentence, WIDTH, initial_indent=f"  {side:<8}", subsequent_indent=" " * 10
        )
        side = ""
    return lines


def _moment(when: datetime.datetime) -> str:
    return f"{when:%H:%M} on {when:%a} {when.day} {when:%b %Y}"


def _summary(cases: list[Case]) -> str:
    counts = Counter(case.grade for case in cases)
    graded = [f"{counts[grade]:,} {grade}" for grade in reversed(Grade)]
    return f"{len(cases):,} case{'' if len(cases) == 1 else 's'}: {listed(graded)}."
