"""Names asked about one after the other: each is answered, and what is no name gets a sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable

import typer

from appliance.errors import NotAName

BROKEN_INPUT = 2


def answer_each(asked: Iterable[str], answer: Callable[[str], str], *, as_json: bool) -> None:
    """Print the answer to each name; what no device could ask for ends in exit code 2, last of all,
    and for machines has a line all the same, so that lines and names stay side by side."""
    all_were_names = True
    for name in asked:
        try:
            print(answer(name))
        except NotAName as fault:
            all_were_names = False
            print(fault, file=sys.stderr)
            if as_json:
                print(json.dumps({"name": name, "error": str(fault)}))
    if not all_were_names:
        raise typer.Exit(BROKEN_INPUT)
