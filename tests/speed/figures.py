"""The figures of a run: a row for each, a column for each server, shown as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

FLOOR, UNBOUND = "floor", "unbound"
Rounds = dict[int, float]


class Figures:
    """Values by row and server, one a round; ratios are taken inside a round."""

    def __init__(self, servers: Sequence[str]) -> None:
        self.servers = servers
        self.rows: dict[str, dict[str, Rounds]] = defaultdict(lambda: defaultdict(dict))
        self.held_against: dict[str, tuple[str, ...]] = {}

    def note(self, row: str, server: str, number: int, value: float, *against: str) -> None:
        """The value of one round; `against` are the servers it is shown as a multiple of."""
        self.rows[row][server][number] = value
        if against:
            self.held_against[row] = against

    def lines(self) -> Iterator[str]:
        yield _line("", self.servers)
        yield _line("---", ["--:"] * len(self.servers))
        for row, columns in self.rows.items():
            yield _line(row, [_middle(columns.get(server)) for server in self.servers])
            for base in self.held_against.get(row, ()):
                if base in columns:
                    cells = [_ratio(columns.get(server), columns[base]) for server in self.servers]
                    yield _line(f"… × {base}", cells)


def _line(head: str, cells: Sequence[str]) -> str:
    return f"| {head} | {' | '.join(cells)} |"


def _middle(rounds: Rounds | None) -> str:
    if not rounds:
        return "–"
    values = list(rounds.values())
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


def _ratio(rounds: Rounds | None, base: Rounds) -> str:
    both = [value / base[number] for number, value in (rounds or {}).items() if base.get(number)]
    return f"{median(both):.2f}" if both else "–"


def number(value: float) -> str:
    """About three digits that count."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
        if abs(value) >= 0.1
        else f"{value:.3f}"
    )
