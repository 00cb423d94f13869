"""The audit trail: who did what, when, and what it was before."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template, request

from appliance.policy.clock import DAY_SECONDS, Instant
from appliance.policy.words import listed
from appliance.spreadsheet import Sheet
from appliance.store import audit
from appliance.store.audit import Audited, Wish
from appliance.store.office import people
from webadmin.staff import room
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow, may

pages = Blueprint("audit", __name__, url_prefix="/audit")
PAGE: Final = 50
MOST_ROWS: Final = 10_000  # of a download
LONGEST: Final = 100
_MOMENTS: Final = range(1_500_000_000, 5_000_000_000)  # no other number here is as large
# Whoever keeps the box sees that a colleague acted, and not what was said of a child.
_OF_CHILDREN: Final = ("case ", "report ")
_ABOUT_CHILDREN: Final = ("looked", "banned", "explained", "escalated")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing, as it was and as it is."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the trail, in plain words."""

    row: Audited
    who: str
    facts: tuple[Fact, ...]
    is_kept_back: bool  # there are facts, and they are not for this reader


@pages.get("")
@allow(Permission.SEE_AUDIT)
def trail() -> str:
    wish = _wish()
    rows = audit.find(room.record(), wish, PAGE + 1)
    return render_template(
        "staff/trail.html",
        lines=list(_lines(rows[:PAGE])),
        sent={key: request.args.get(key, "")[:LONGEST] for key in _FILTERS},
        logins=[one.login for one in people.everybody(room.office())],
        older=rows[PAGE - 1].id if len(rows) > PAGE else None,
        is_first=wish.before_id is None,
    )


@pages.get("/audit.csv")
@allow(Permission.SEE_AUDIT)
def export() -> Response:
    """What the filters show, all of it."""
    rows = audit.find(room.record(), replace(_wish(), before_id=None), MOST_ROWS)
    clock = room.policy().clock
    out = io.StringIO()
    sheet = Sheet(out, ("number", "at", "who", "what", "subject", "before", "after"))
    for line in _lines(rows):
        one = line.row
        at = clock.local(one.at_ms // 1000).isoformat()
        sheet.add(
            (
                *(one.id, at, line.who, one.what, one.subject),
                "; ".join(f"{fact.name}: {fact.before}" for fact in line.facts if fact.before),
                "; ".join(f"{fact.name}: {fact.after}" for fact in line.facts if fact.after),
            )
        )
    note("exported", "audit trail", after={"rows": len(rows)})
    answer = make_response("\ufeff" + out.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=audit.csv"
    return answer


_FILTERS: Final = ("who", "what", "subject", "since", "until")


def _wish() -> Wish:
    sent = request.args
    since, until = _day(sent.get("since", "")), _day(sent.get("until", ""))
    return Wish(
        who=sent.get("who", "").strip()[:LONGEST],
        what=sent.get("what", "").strip()[:LONGEST],
        subject=sent.get("subject", "").strip()[:LONGEST],
        since_ms=since and since * 1000,
        until_ms=until and (until + DAY_SECONDS) * 1000,  # that day is meant too
        before_id=sent.get("before", type=int),
    )


def _day(typed: str) -> Instant | None:
    """The first second of a day; None where that is none."""
    try:
        day = datetime.date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return room.policy().clock.instant(datetime.datetime.combine(day, datetime.time()))


def _lines(rows: list[Audited]) -> Iterator[Line]:
    names = {one.login: f"{one.name} ({one.login})" for one in people.everybody(room.office())}
    names[audit.DETECTION] = "Bellgate itself"
    sees_all = may(Permission.SEE_CASES)
    for row in rows:
        is_private = row.subject.startswith(_OF_CHILDREN) or row.what in _ABOUT_CHILDREN
        facts = () if is_private and not sees_all else tuple(_facts(row.before, row.after))
        has_any = bool(row.before or row.after)
        yield Line(row, names.get(row.who, row.who), facts, has_any and is_private and not sees_all)


def _facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fact]:
    """What has changed; where there is nothing to compare it with, all that was said."""
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if isinstance(was, dict) and isinstance(now, dict):
            for fact in _facts(was, now):
                yield replace(fact, name=f"{name}, {fact.name}")
        elif was != now:
            yield Fact(name, _said(was), _said(now))


def _said(value: Any) -> str:
    """A value in plain words."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value in _MOMENTS:
        return f"{room.policy().clock.local(value):%d %B %Y, %H:%M}".lstrip("0")
    if isinstance(value, list):
        return listed([_said(one) for one in value])
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_said(one) or 'nothing'}" for name, one in value.items())
    return str(value)
