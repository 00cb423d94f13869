"""For the e-safety team: what waits for somebody, and what ends soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.policy.clock import Instant
from appliance.policy.decisions import standing
from appliance.policy.words import describe, listed
from appliance.store import cases
from appliance.store.cases import CaseFile, Status
from appliance.store.counter import reports
from appliance.store.counter.reports import Report
from appliance.store.office import asking, requests
from appliance.store.office.requests import Request
from webadmin.staff import room

SHOWN: Final = 5
GRADES: Final = ("deliberate", "watch")  # noise is nobody's work


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests that wait: the soonest lesson first."""

    count: int
    first: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    count: int
    first: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """Those that nobody has reviewed."""

    by_grade: tuple[tuple[str, int], ...]
    first: tuple[CaseFile, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """One exception that is over before next Monday."""

    kind: str
    title: str
    whom: str
    end: Instant
    approved_by: str


def asked() -> Asked:
    asking.lapse(room.office(), room.now())
    found = requests.waiting(room.office())
    return Asked(len(found), tuple(found[:SHOWN]))


def reported() -> Reported:
    found = reports.waiting(room.counter())
    return Reported(len(found), tuple(found[:SHOWN]))


def open_cases() -> Cases:
    waiting = [status for status in Status if status is not Status.REVIEWED]
    counts = cases.count(room.record())
    numbers = [(grade, sum(counts.get((one, grade), 0) for one in waiting)) for grade in GRADES]
    found = cases.find(room.record(), statuses=waiting, grades=GRADES, limit=SHOWN)
    return Cases(tuple((grade, count) for grade, count in numbers if count), tuple(found))


def ending() -> tuple[Ending, ...]:
    policy = room.policy()
    return tuple(
        Ending(
            str(one.kind),
            listed([describe(target, policy) for target in one.targets[:3]])
            + (" and more" if len(one.targets) > 3 else ""),
            _whom([scope.name or "everyone" for scope in one.scopes]),
            policy.clock.instant(one.end),
            listed(one.approved_by),
        )
        for one in standing.ending_this_week(policy, room.now())
    )


def _whom(names: Sequence[str]) -> str:
    return listed(names[:3]) + (" and more" if len(names) > 3 else "")
