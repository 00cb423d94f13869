"""Archives as the University of Toulouse publishes them: a folder a category, some files in each.

`domains` block with all below them; lines of `urls` have a path and those of `expressions` are
patterns, so DNS can follow neither; `usage` tells whether a category is meant for blocking at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO

from appliance.lists.entry import Entry, Found, Unsupported, Why
from appliance.lists.formats import free
from appliance.lists.formats.names import without_comment
from appliance.lists.formats.reader import Reader, unsupported
from appliance.lists.text import lines_of

Member = tuple[str, IO[bytes]]

LONGEST_USAGE = 1_000  # bytes; real ones have a dozen


def _read_url(line: str) -> Iterator[Found]:
    if without_comment(line):
        yield Why.PATH


READERS = {
    "domains": free.domains(),
    "urls": Reader(_read_url),
    "expressions": free.expressions(),
    "very_restrictive_expression": free.expressions(),
}


def is_of_ut1(name: str) -> bool:
    return PurePosixPath(name).name in READERS


def usages(members: Iterable[Member]) -> dict[str, str]:
    """What each category that tells it is for; black means: to be blocked."""
    told: dict[str, str] = {}
    for name, stream in members:
        path = PurePosixPath(name)
        if path.name == "usage":
            text = stream.read(LONGEST_USAGE).decode("utf-8", "replace")
            told[path.parent.name] = " ".join(text.split())
    return told


def read(members: Iterable[Member], told: dict[str, str]) -> Iterator[Entry | Unsupported]:
    for name, stream in members:
        path = PurePosixPath(name)
        reader = READERS.get(path.name)
        if reader is None:
            continue
        usage = told.get(path.parent.name, "black")
        if path.name == "domains" and "black" not in usage.split():
            yield unsupported(1, f"{path.parent.name}: {usage}", Why.USAGE)
        else:
            yield from reader.read(lines_of(stream))
