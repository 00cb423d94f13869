"""Numbers in the address of a page, or in a form: no larger than a book of ours can hold.

SQLite would not take a larger one, and int() neither "²", which is a digit to isdigit(), nor 5,000
digits: the page would fail where it should say "not found".
"""

from __future__ import annotations

from typing import Final

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST: Final = (1 << 53) - 1  # exact in every script and spreadsheet, too
DIGITS: Final = 16


class Number(IntegerConverter):
    """Of a request, a person, a row."""

    regex = rf"\d{{1,{DIGITS}}}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


def bound_numbers(app: Flask) -> None:
    """For every rule that is added from here on: <int:id> is such a one."""
    app.url_map.converters["int"] = Number


def whole(text: str) -> int:
    """A number from a form; 0, which nothing has, where it is none."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        return 0
    return min(int(text), LARGEST)
