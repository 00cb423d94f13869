"""Bytes of a list → its lines, numbered from 1, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

LONGEST_LINE = 65_536  # the longest real rule read so far has 20,000 characters ($denyallow)
_CUT = "\ufffd".encode()  # no name holds it: whatever a cut line ended in is not mistaken for one

Line = tuple[int, str]


def lines_of(stream: IO[bytes]) -> Iterator[Line]:
    """Each line without its end; blanks in front stay, since they mean something in a zone."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            _skip_line(stream)
            line += _CUT
        text = line.decode("utf-8", "replace").rstrip()
        yield number, text.removeprefix("\ufeff") if number == 1 else text


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass
