"""How much waits for somebody: the numbers beside the navigation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import g

from appliance.errors import StoreError
from appliance.store import cases
from appliance.store.cases import Status
from appliance.store.counter import reports
from appliance.store.office import requests
from webadmin.staff import room

_SHOWN_GRADES: Final = ("watch", "deliberate")  # noise is nobody's work


def _cases() -> int:
    return sum(
        count
        for (status, grade), count in cases.count(room.record()).items()
        if status is not Status.REVIEWED and grade in _SHOWN_GRADES
    )


def _requests() -> int:
    """Those that this person has a word in."""
    waiting = requests.waiting(room.office())
    return sum(one.may_be_decided_by(room.me().id) for one in waiting)


def _reports() -> int:
    return len(reports.waiting(room.counter()))


_COUNTS: Final[dict[str, Callable[[], int]]] = {
    "cases": _cases,
    "requests": _requests,
    "reports": _reports,
}


def count_waiting(what: str) -> int:
    """Counted once for each page; 0 while the record can't be read."""
    known: dict[str, int] = g.setdefault("waiting", {})
    if what not in known:
        try:
            known[what] = _COUNTS[what]() if what in _COUNTS else 0
        except StoreError:
            known[what] = 0
    return known[what]
