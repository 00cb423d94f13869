"""What the processes of the pages tell whoever looks after the box: a line for each matter, and
no address of anybody who looked at a page."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Final

from gunicorn.config import Config
from gunicorn.glogging import Logger

from appliance.domains import shorten

# of a web address: a link that lets somebody in, and what was searched for
_SECRETS: Final = re.compile(r"(?<=/)[\w-]{20,}|(?<=\S)\?\S+")
LONGEST: Final = 1_000
PLACES: Final = 3  # of the code, the innermost first: enough to find the fault


class OneLine(logging.Formatter):
    """`staff: Exception on /requests [POST]: ValueError: … (requests.py:31 < app.py:1511)`"""

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program

    def format(self, record: logging.LogRecord) -> str:
        text = _SECRETS.sub("…", record.getMessage())
        if record.exc_info and record.exc_info[1]:
            text = f"{text}: {_in_short(record.exc_info[1])}"
        # hostile words in it could otherwise write lines of their own
        return f"{self.program}: {shorten(text, LONGEST)}"


class Log(Logger):
    """gunicorn's own words, in the same form."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(OneLine(str(cfg.proc_name)))


def log_to_stderr(program: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(program))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def _in_short(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)[-PLACES:]
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames)
    )
    return f"{type(fault).__name__}: {fault} ({places})"
