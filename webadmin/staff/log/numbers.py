"""Numbers of the whole school: what was refused, when and to whom in general; no device in them."""

from __future__ import annotations

import io

from flask import Blueprint, Response, render_template, request

from appliance.spreadsheet import Sheet
from webadmin.staff.log.figures import SPANS, work_out
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow, may

pages = Blueprint("numbers", __name__)

GOVERNORS = "governors"


@pages.get("/numbers")
@allow(Permission.SEE_NUMBERS)
def numbers() -> str:
    """For a screen, or for paper."""
    return render_template(
        "staff/numbers.html",
        numbers=work_out(_wanted(), is_exact=_is_exact()),
        spans=SPANS,
        is_exact=_is_exact(),
        wanted_for=GOVERNORS if request.args.get("for") == GOVERNORS else None,
    )


@pages.get("/numbers.csv")
@allow(Permission.SEE_NUMBERS)
def sheet() -> Response:
    """The same, for a spreadsheet."""
    found = work_out(_wanted(), is_exact=_is_exact())
    note("exported", "numbers", after={"span": found.span})
    file = io.StringIO(newline="")
    cells = Sheet(file, ("table", "what", "number"))
    cells.add(["Refused", SPANS[found.span], found.total])
    for table in found.tables:
        for what, number in table.rows:
            cells.add([table.title, what, number])
    for attempt in found.attempts:
        cells.add(["Signs of ways round the filter", attempt.kind, attempt.signs])
    for one in found.exceptions:
        cells.add(["Exceptions used", one.kind, one.used])
        cells.add(["Exceptions not used", one.kind, one.unused])
    return Response(
        file.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="numbers-{found.span}.csv"'},
    )


def _wanted() -> str:
    wanted = request.args.get("span", "")
    return wanted if wanted in SPANS else "week"


def _is_exact() -> bool:
    """Whoever may see the rows sees the numbers; on paper for governors they are as for these."""
    return may(Permission.SEE_LOG) and request.args.get("for") != GOVERNORS
