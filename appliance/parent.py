"""A process that ends with the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LIBC = ctypes.CDLL(None)  # before any fork: a child should not load anything


def end_with(parent: int) -> None:
    """From now on this process is killed when `parent` ends, however it does. KILL and no politer
    signal: a child that hangs would hold a port or a lock against the next start."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)  # it was gone before we asked
