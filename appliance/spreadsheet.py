"""Tables for spreadsheets, in which nothing that a device has asked for can turn into a formula.

Anybody can ask for a name such as =cmd|'/c calc'!A1, and somebody at the school opens the export.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Final, TextIO

# OWASP, CSV Injection: what spreadsheets take for the beginning of a formula, and what may hide one
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Cell = str | int | float | None


class Sheet:
    """Rows as CSV, RFC 4180."""

    def __init__(self, file: TextIO, head: Sequence[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow(head)

    def add(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([inert(cell) for cell in cells])


def inert(cell: Cell) -> Cell:
    """Text that a spreadsheet shows as it is; numbers are no danger."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_DANGEROUS):
        return f"'{cell}"
    return cell
