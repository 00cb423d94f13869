"""For whom and when: what can be chosen on the forms of lessons, and what a choice means."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import lessons
from appliance.policy.decisions.lessons import Lesson
from appliance.policy.model import EVERYONE, Scope, ScopeKind

DAYS_AHEAD: Final = 10  # school days: two weeks, which is as far as lessons are planned


@dataclass(frozen=True, slots=True)
class Slot:
    """One period of one date, as a form sends it: 2026-11-24|Lesson 2"""

    date: datetime.date
    lesson: Lesson

    def __str__(self) -> str:
        return f"{self.date.isoformat()}|{self.lesson.name}"


def slot(policy: Policy, text: str) -> Slot:
    """DecisionError where the school has no such period."""
    day, _, name = text.partition("|")
    try:
        date = datetime.date.fromisoformat(day)
    except ValueError as fault:
        raise DecisionError("Choose a lesson from the list.") from fault
    return Slot(date, lessons.find(policy, date, name))


def usual_slot(policy: Policy, now: Instant) -> str:
    """The lesson that runs, else the next one that is taught."""
    running = lessons.running(policy, now)
    chosen = running if running and running.is_taught else lessons.following(policy, now)
    return str(Slot(policy.clock.date(chosen.start), chosen)) if chosen else ""


def slot_choices(policy: Policy, now: Instant, chosen: str) -> list[SelectChoice]:
    """The periods of the next school days that are not over; one that was chosen before is kept."""
    clock, found = policy.clock, []
    today = clock.date(now)
    for day in lessons.school_days(policy, now, DAYS_AHEAD):
        for lesson in day.lessons:
            if lesson.end <= now:
                continue
            runs = " (now)" if lesson.start <= now else ""
            title = f"{lesson.title(clock)}{runs}"
            found.append(
                SelectChoice(str(Slot(day.date, lesson)), title, {}, _day(day.date, today))
            )
    if chosen and chosen not in [one.value for one in found]:
        found.insert(0, SelectChoice(chosen, chosen.replace("|", ", "), {}, "Chosen before"))
    return found


def scope_choices(policy: Policy, *, with_groups: bool = True) -> list[SelectChoice]:
    """Classes and rooms first, since a lesson is for one of them; then whole groups."""
    school = policy.school
    found = [
        SelectChoice(f"set:{one.name}", one.name, {}, "Classes and rooms")
        for one in school.device_sets
    ]
    if with_groups:
        found += [
            SelectChoice(f"group:{one.name}", f"all {one.name}", {}, "Whole groups")
            for one in school.groups
        ]
    return found


def scope_title(scope: Scope | str) -> str:
    """ "class-7b", "all pupils", "everyone" """
    one = Scope.parse(scope) if isinstance(scope, str) else scope
    if one == EVERYONE:
        return "everyone"
    return f"all {one.name}" if one.kind is ScopeKind.GROUP else one.name


def scope_titles(scopes: Iterable[Scope | str]) -> list[str]:
    return [scope_title(one) for one in scopes]


def _day(date: datetime.date, today: datetime.date) -> str:
    if date == today:
        return "Today"
    return f"{date:%A} {date.day} {date:%B}"
