"""The rows of the log as a file: what the page shows, all of it, for a spreadsheet or a program."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, abort, redirect, request, stream_with_context
from werkzeug.wrappers import Response as Answer

from appliance.errors import RequestError
from appliance.policy.clock import SchoolClock
from appliance.spreadsheet import Sheet
from appliance.store.flat import KEYS, flat
from appliance.store.rows import Row
from appliance.store.search import Wish, find
from webadmin.staff import room
from webadmin.staff.log import looking
from webadmin.staff.log.filters import Filters
from webadmin.staff.log.refused import address
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("export", __name__)

AT_ONCE: Final = 5_000  # rows: what a slow line holds up is 2 MB, and no database


@pages.get("/refused/rows.<kind>")
@allow(Permission.SEE_LOG)
def rows(kind: str) -> Response | Answer:
    """Every row that fits, the newest first. Who took what is noted before the first one leaves."""
    if kind not in _KINDS:
        abort(404)
    filters = Filters.of(request.args)
    if filters.device and not looking.may_look(filters.device):
        return redirect(address(filters))  # where the reason is asked for
    policy, now = room.policy(), room.now()
    try:
        wish = filters.wish(policy, now)
    except RequestError:
        return redirect(address(filters))  # where it is said what can't be read
    note("exported", "refused log", after={"filters": filters.query, "as": kind})
    write, type_ = _KINDS[kind]
    name = f"refused-{policy.clock.local(now):%Y-%m-%d-%H%M}.{kind}"
    lines = stream_with_context(write(wish, policy.clock))
    return Response(
        lines,
        content_type=type_,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(wish: Wish, clock: SchoolClock) -> Iterator[str]:
    file = io.StringIO(newline="")
    sheet = Sheet(file, KEYS)
    for some in _pages(wish):
        for row in some:
            cells = flat(row, clock).values()
            sheet.add([" ".join(cell) if isinstance(cell, list) else cell for cell in cells])
        yield _taken(file)
    yield _taken(file)


def _lines(wish: Wish, clock: SchoolClock) -> Iterator[str]:
    for some in _pages(wish):
        yield "".join(json.dumps(flat(row, clock), ensure_ascii=False) + "\n" for row in some)


def _pages(wish: Wish) -> Iterator[list[Row]]:
    """Each read to its end before it is sent: nothing in the record waits for a reader."""
    while some := find(room.record(), wish, limit=AT_ONCE):
        yield some
        wish = replace(wish, before_id=some[-1].id)


def _taken(file: io.StringIO) -> str:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


_KINDS: Final[dict[str, tuple[Callable[[Wish, SchoolClock], Iterator[str]], str]]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "jsonl": (_lines, "application/jsonl; charset=utf-8"),
}
