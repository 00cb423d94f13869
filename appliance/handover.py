"""From the command to the programs it has prepared: `bellgate run` turns into foreground.py.

Apart from both, so that the command does not load resolvers only to be replaced by them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

WELCOME: Final = "BELLGATE_WELCOME"  # the link is a key: others of this box may read command lines
_ENVIRON: Final = {
    # glibc gives each thread a heap of its own, and seldom anything back
    "MALLOC_ARENA_MAX": "1",
}


def turn_into_programs(
    file: Path, folder: Path, offset: float, wanted: Sequence[str], link: str
) -> NoReturn:
    """Run these programs in place of this one, under its number and with the locks it holds."""
    words = [sys.executable, "-m", "appliance.foreground", *options(file, folder, offset)]
    words += ["--only", ",".join(wanted)]
    environ = {**_ENVIRON, **os.environ, WELCOME: link}
    os.execve(words[0], words, environ)  # nosec B606: our own Python and module, no shell


def options(file: Path, folder: Path, offset: float) -> tuple[str, ...]:
    """What every program of ours is told."""
    return "--config", str(file), "--dir", str(folder), "--clock-offset", f"{offset:.3f}"


def say(sentence: str) -> None:
    """For the one who looks on; stdout has the ready line only."""
    print(sentence, file=sys.stderr, flush=True)
