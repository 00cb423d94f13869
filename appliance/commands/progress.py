"""One line on the terminal that counts up while lists are read."""

from __future__ import annotations

import sys


class Progress:
    """Shown on stderr, and only where somebody looks at it."""

    def __init__(self, unit: str, *, is_shown: bool = True) -> None:
        self.unit = unit
        self.is_shown = is_shown and sys.stderr.isatty()
        self.is_open = False

    def tell(self, name: str, count: int) -> None:
        if self.is_shown:
            print(
                f"\r\x1b[KReading {name}: {count:,} {self.unit}",
                end="",
                file=sys.stderr,
                flush=True,
            )
            self.is_open = True

    def end(self) -> None:
        if self.is_open:
            print(file=sys.stderr)
            self.is_open = False
