"""What an application is given when it is made: where its data lie, and what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from appliance.config import Config
from appliance.live import Live

LARGEST_FORM: Final = 1 << 20  # bytes: a device list of a large school is a tenth of that
LARGEST_UPLOAD: Final = 12 << 20  # a screen print, and the form around it


@dataclass(frozen=True)
class Context:
    """One box, as its pages see it."""

    folder: Path
    config: Config
    clock: Callable[[], float]  # seconds since 1970; a trial's may be set
    phones: Callable[[], float] = time.time  # what telephones show, which know of no trial
    live: Live = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "live", Live(self.folder))

    @property
    def now(self) -> int:
        """This second."""
        return int(self.clock())

    @property
    def now_ms(self) -> int:
        return int(self.clock() * 1000)
