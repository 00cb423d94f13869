"""The figures of several rounds, and how they are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median


class Table:
    """Figures by name, a value a round; some have a peer to be held against."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)
        self.units: dict[str, str] = {}
        self.peers: dict[str, str] = {}

    def note(self, name: str, value: float, unit: str, peer: str = "") -> None:
        """One round's value; `peer` is the name of another figure in the same unit."""
        self.values[name].append(value)
        self.units[name] = unit
        if peer:
            self.peers[name] = peer

    def lines(self) -> Iterator[str]:
        yield f"{'':46} {'median':>10} {'min–max':>22}  ratio to its peer"
        for name, values in self.values.items():
            spread = f"{_number(min(values))}–{_number(max(values))}"
            middle = f"{_number(median(values))} {self.units[name]}"
            yield f"{name:46} {middle:>10} {spread:>22}  {self._ratio(name)}".rstrip()

    def _ratio(self, name: str) -> str:
        peer = self.peers.get(name, "")
        if not self.values.get(peer):
            return ""
        return f"{median(self.values[name]) / median(self.values[peer]):.2f} × {peer.strip()}"


def _number(value: float) -> str:
    """About three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"
