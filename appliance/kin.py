"""A child that goes on as one of our programs without loading Python anew.

What its parent has loaded, before it froze it, both share for as long as neither touches it: of the
20 MB that a resolver takes, half. The kernel's own name of a process says which program it is,
since its command line stays its parent's.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

CRASHED: Final = 1
NAME: Final = Path("/proc/self/comm")  # up to 15 letters


def go_on_as(name: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Be the program of a command `python -m MODULE …`, in a process that was just forked, with all
    signals blocked. Nothing of the parent's is closed or undone: files that it had open have gone,
    and their numbers are other files' now."""
    code = CRASHED
    try:
        _, _, module, *_ = words
        _take_place(name, environ)
        sys.argv = list(words[2:])
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else CRASHED
    finally:
        fault = sys.exc_info()
        if fault[0] is not None:
            sys.excepthook(*fault)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def name_of(process: Path) -> str:
    """What a process of this folder of /proc calls itself."""
    return (process / "comm").read_text().strip()


def _take_place(name: str, environ: Mapping[str, str]) -> None:
    """As a new Python finds itself: signals, environment and name."""
    signal.set_wakeup_fd(-1)  # the parent's loop listens there
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.environ.clear()
    os.environ.update(environ)
    NAME.write_text(name)
