"""Expected results, as they lie beside the list files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from appliance.lists.entry import Entry, Scope, Unsupported
from appliance.lists.parse import ParsedList

ENDING = ".expected"
SUB = {"sub": Scope.BELOW}  # how the shared files call it


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file should say: its format, names with their scope, unsupported lines."""

    format: str
    block: dict[str, str]
    allow: dict[str, str]
    unsupported: int
    rows: list[list[str]] = field(default_factory=list)  # of other kinds


def lists_in(folder: Path) -> list[Path]:
    """The lists of a folder that have an expected result."""
    return [Path(str(path).removesuffix(ENDING)) for path in sorted(folder.glob(f"*{ENDING}"))]


def read(path: Path) -> Expected:
    rows = [
        line.split("\t")
        for line in Path(f"{path}{ENDING}").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    told = [row for row in rows if row[0] == "unsupported"]
    counted = len(told[0]) == 2 if told else False  # one row with a number, or a row a line
    return Expected(
        format=next(row[1] for row in rows if row[0] == "format"),
        block={row[1]: row[2] for row in rows if row[0] == "block"},
        allow={row[1]: row[2] for row in rows if row[0] == "allow"},
        unsupported=int(told[0][1]) if counted else len(told),
        rows=[row for row in rows if row[0] not in ("format", "block", "allow")],
    )


def scopes(entries: list[Entry]) -> dict[str, str]:
    return {one.name: f"{one.scope} important" if one.important else one.scope for one in entries}


def lines(unsupported: list[Unsupported]) -> list[int]:
    return [one.line for one in unsupported]


def same_names(parsed: ParsedList, expected: Expected) -> bool:
    names = [one.name for one in parsed.block], [one.name for one in parsed.allow]
    return names == (sorted(expected.block), sorted(expected.allow))
