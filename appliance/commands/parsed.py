"""A list as it was read: one object for machines, counts and reasons for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.commands.progress import Progress
from appliance.domains import shorten
from appliance.lists import parse
from appliance.lists.entry import Entry, Scope, Unsupported

STEP = 50_000  # lines between two words of progress
SHOWN = 3  # lines of each kind of unsupported ones


def contract(parsed: parse.ParsedList) -> dict[str, Any]:
    """The object that others build on: its keys and words stay as they are."""
    return {
        "format": parsed.format,
        "block": [_name(one) for one in parsed.block],
        "allow": [_name(one) for one in parsed.allow],
        "unsupported": [asdict(one) for one in parsed.unsupported],
    }


def _name(entry: Entry) -> dict[str, str]:
    """The contract has two scopes: all below a name is told as its subtree."""
    scope = Scope.SUBTREE if entry.scope is Scope.BELOW else entry.scope
    return {"name": entry.name, "scope": scope}


@dataclass(slots=True)
class Summary:
    """A list in numbers; of a million names none is kept."""

    format: str
    blocks: int = 0
    allows: int = 0
    counts: dict[str, int] = field(default_factory=dict)  # of unsupported lines, by reason
    first: dict[str, list[Unsupported]] = field(default_factory=dict)

    def note(self, one: Entry | Unsupported) -> None:
        if isinstance(one, Unsupported):
            self.counts[one.why] = self.counts.get(one.why, 0) + 1
            if self.counts[one.why] <= SHOWN:
                self.first.setdefault(one.why, []).append(one)
        elif one.allows:
            self.allows += 1
        else:
            self.blocks += 1

    def lines(self, name: str) -> Iterable[str]:
        yield f"{shorten(name)}, format {self.format}"
        yield f"{self.blocks:>10,} entries block"
        yield f"{self.allows:>10,} entries allow"
        yield f"{sum(self.counts.values()):>10,} lines are not supported"
        for why in sorted(self.counts, key=lambda why: -self.counts[why]):
            yield f"\n{self.counts[why]:>10,} × {why}"
            for one in self.first[why]:
                yield f"{'line':>14} {one.line}: {one.text}"
            if self.counts[why] > SHOWN:
                yield f"{'…':>10}"


def summarise(file: Path, shown: Progress) -> Summary:
    reading = parse.reading(file)
    summary = Summary(reading.format)
    for count, one in enumerate(reading.entries, start=1):
        summary.note(one)
        if count % STEP == 0:
            shown.tell(file.name, count)
    return summary
