"""What somebody asks for, before and after it stands in the office."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from appliance.errors import NotAName, RequestError
from appliance.policy.clock import DAY_SECONDS, Instant, SchoolClock
from appliance.policy.model import Scope, Target
from appliance.store.plain import written

TYPED_LENGTH: Final = 500
PLACE_LENGTH: Final = 100  # a room, a class, a lesson
AIM_LENGTH: Final = 2_000
RISK_LENGTH: Final = 10_000
TARGETS: Final = 50  # of one request; a site with what it needs has a handful
LESSON_DAYS: Final = 1  # for longer there are exemptions
LONGEST_DAYS: Final = 366 + 31
WEEK: Final = datetime.timedelta(days=7)

T = TypeVar("T", Target, Scope)


class Someone(Protocol):
    """Whoever does something: an account of the office."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be opened, for whom, when and why."""

    typed: str  # in the asker's own words
    targets: tuple[str, ...]  # as a policy has them: "service:padlet"
    scopes: tuple[str, ...]  # "set:trolley-3"
    start: Instant
    end: Instant  # not included
    aim: str  # what is to be learnt, or the reason
    room: str = ""  # or the class, as the asker calls it
    lesson: str = ""  # the period's name
    risk_assessment: str = ""


def checked(wish: Wish, longest_days: int = LONGEST_DAYS) -> Wish:
    """As it is kept; RequestError where it can't be asked so."""
    if wish.end <= wish.start:
        raise RequestError("it would end before it begins: choose a later end")
    if wish.end - wish.start > longest_days * DAY_SECONDS:
        days = "a day" if longest_days == 1 else f"{longest_days} days"
        raise RequestError(f"it would last longer than {days}, which is the most")
    return replace(
        wish,
        typed=_line(wish.typed, "what is to be opened", TYPED_LENGTH),
        targets=_each(wish.targets, Target, "site"),
        scopes=_each(wish.scopes, Scope, "class or device"),
        aim=written(wish.aim, "the reason", AIM_LENGTH, RequestError),
        room=_line(wish.room, "the room", PLACE_LENGTH, may_be_empty=True),
        lesson=_line(wish.lesson, "the lesson", PLACE_LENGTH, may_be_empty=True),
        risk_assessment=written(
            wish.risk_assessment,
            "the risk assessment",
            RISK_LENGTH,
            RequestError,
            may_be_empty=True,
        ),
    )


def next_week(moment: Instant, clock: SchoolClock) -> Instant:
    """The same time by the school's clock, whatever happens to that clock in between."""
    return clock.instant(clock.local(moment).replace(tzinfo=None) + WEEK)


def scopes_of(texts: Iterable[str]) -> tuple[str, ...]:
    """RequestError where one of them is nobody."""
    return _each(texts, Scope, "class or device")


def _each(texts: Iterable[str], kind: type[T], what: str) -> tuple[str, ...]:
    try:
        found = tuple(dict.fromkeys(str(kind.parse(text)) for text in texts))
    except (ValueError, NotAName) as fault:
        raise RequestError(str(fault)) from fault
    if not found:
        raise RequestError(f"no {what} is chosen: choose one")
    if len(found) > TARGETS:
        raise RequestError(f"{len(found)} are chosen at once: {TARGETS} is the most")
    return found


def _line(text: str, what: str, longest: int, *, may_be_empty: bool = False) -> str:
    return written(text, what, longest, RequestError, may_be_empty=may_be_empty, lines=False)
