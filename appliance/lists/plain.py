"""Names out of a plain list file: one a line, `#` begins a comment, gzip or not."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from appliance.domains import normalise_site
from appliance.errors import ListError, NotAName

# What nearly every line is already; a million normalise_site calls would take four seconds more.
_READY = re.compile(r"(?=.{4,253}\n)(?:[a-z0-9_-]{1,63}\.)+(?![0-9]+\n)[a-z0-9_-]{1,63}\n")


def names_in(path: Path) -> Iterator[str]:
    """The names of a list, normalised; lines that hold none are passed over."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", errors="replace") as lines:
            for line in lines:
                if _READY.fullmatch(line):
                    yield line[:-1]
                elif name := _name_on(line):
                    yield name
    except (OSError, EOFError, zlib.error) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise ListError(f"{path}: {reason}") from fault


def _name_on(line: str) -> str | None:
    text = line.partition("#")[0].strip()
    try:
        name = normalise_site(text) if text else None
    except NotAName:
        return None
    return name if name and "." in name else None
