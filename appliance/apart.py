"""Work that takes much memory, done in a process of its own: when it ends, the memory is back.

Python seldom gives memory back to the system, and whoever publishes a million names stays 50 MB
larger than before: too much for a supervisor that lives for months on a small box.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

from appliance.errors import ApplianceError, RunError
from appliance.parent import end_with

Result = TypeVar("Result")
_FORK = multiprocessing.get_context("fork")  # the work is a closure, and no thread of ours runs yet


def apart(work: Callable[[], Result]) -> Result:
    """What `work` returns. An error of ours comes back as RunError with the same words."""
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_do, args=(work, theirs, os.getpid()))
    with ours:
        process.start()
        theirs.close()
        try:
            is_done, outcome = ours.recv()
        except EOFError as fault:
            process.join()
            raise RunError(
                f"the work broke off with code {process.exitcode}; was there too little memory?"
            ) from fault
    process.join()
    if not is_done:
        raise RunError(outcome)
    result: Result = outcome
    return result


def _do(work: Callable[[], object], theirs: Connection, parent: int) -> None:
    end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # after Ctrl-C the parent speaks for both
    try:
        theirs.send((True, work()))
    except ApplianceError as fault:
        theirs.send((False, str(fault)))
