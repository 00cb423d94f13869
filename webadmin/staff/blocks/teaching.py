"""For a teacher: the lesson, what they have asked for, what is open for their class now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import lessons
from appliance.policy.decisions.lessons import Lesson
from appliance.policy.words import describe, listed
from appliance.store.office import asking, requests
from appliance.store.office.requests import Request
from webadmin.staff import room
from webadmin.staff.lessons import passes

SHOWN: Final = 5
DAYS: Final = 7  # for which what came of a request is still news


@dataclass(frozen=True, slots=True)
class OpenPass:
    """What this teacher has opened, until the bell."""

    id: str
    title: str
    whom: str
    end: Instant


@dataclass(frozen=True, slots=True)
class Teaching:
    lesson: Lesson | None  # that runs now
    following: Lesson | None
    requests: tuple[Request, ...]
    passes: tuple[OpenPass, ...]
    has_passes: bool  # whether this school gives any


def teaching() -> Teaching:
    policy, now = room.policy(), room.now()
    asking.lapse(room.office(), now)
    running = lessons.running(policy, now)
    since_ms = room.now_ms() - DAYS * 86_400_000
    mine = [
        one
        for one in requests.of_person(room.office(), room.me().id)
        if one.settled_ms is None or one.settled_ms >= since_ms or one.end > now
    ]
    return Teaching(
        lesson=running if running and running.is_taught else None,
        following=lessons.following(policy, now),
        requests=tuple(mine[:SHOWN]),
        passes=tuple(_open_passes(policy)),
        has_passes=bool(policy.school.pass_list),
    )


def _open_passes(policy: Policy) -> list[OpenPass]:
    return [
        OpenPass(
            one.id,
            listed([describe(target, policy) for target in one.targets]),
            listed([scope.name or "everyone" for scope in one.scopes]),
            policy.clock.instant(one.end),
        )
        for one in passes.mine()
    ]
