"""Downloads under way: a bar for each on a terminal, and nothing but lines anywhere else."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)


class Downloads:
    """What `refresh` tells of, as it happens; lines for stdout wait until the bars are gone."""

    def __init__(self, has_bars: bool) -> None:
        self.has_bars = has_bars
        self.lines: list[str] = []
        self.tasks: dict[str, TaskID] = {}
        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not has_bars,
        )

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()
        for line in self.lines:
            print(line)

    def tell(self, name: str, done: int, total: int) -> None:
        """Called from the threads that fetch; each list is fetched by one of them."""
        if not self.has_bars:
            return
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name)
        self.bars.update(self.tasks[name], completed=done, total=total or None)

    def end(self, name: str) -> None:
        task = self.tasks.pop(name, None)
        if task is not None:
            self.bars.remove_task(task)

    def say(self, line: str) -> None:
        if self.has_bars:
            self.lines.append(line)
        else:
            print(line, flush=True)
