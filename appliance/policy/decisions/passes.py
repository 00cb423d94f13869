"""Passes: a teacher opens services of the pass list at once, for one class and one lesson."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.errors import DecisionError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, lessons
from appliance.policy.decisions.grants import Wish
from appliance.policy.decisions.lessons import Lesson
from appliance.policy.decisions.needs import Needed, approvals_needed
from appliance.policy.model import GrantKind, School, Scope, Target
from appliance.policy.words import describe


@dataclass(frozen=True, slots=True)
class PassWish:
    """What a teacher wants to open, for which class, for what."""

    targets: tuple[Target, ...]
    scope: Scope
    aim: str  # what the class is to learn
    approved_by: tuple[str, ...]  # the teacher, and a second person where it needs one
    youngest_age: int | None = None
    id: str = ""


def give(policy: Policy, wish: PassWish, now: Instant, lesson: Lesson | None = None) -> School:
    """The school with a pass until the bell; of the lesson that runs now where none is given."""
    lesson = lesson or running_lesson(policy, now)
    _refuse_other(policy, wish, lesson, now)
    return grants.grant(
        policy,
        Wish(
            targets=wish.targets,
            scopes=(wish.scope,),
            start=max(now, lesson.start),
            end=lesson.end,
            reason=wish.aim,
            approved_by=wish.approved_by,
            kind=GrantKind.PASS,
            id=wish.id,
            youngest_age=wish.youngest_age,
        ),
        now,
    )


def running_lesson(policy: Policy, now: Instant) -> Lesson:
    """The lesson that runs now; DecisionError says when the next one begins."""
    lesson = lessons.running(policy, now)
    if lesson is not None and lesson.is_taught:
        return lesson
    following = lessons.following(policy, now)
    if following is None:
        raise DecisionError("No lesson is running now: a pass is for one lesson.")
    begins = policy.clock.local(following.start)
    day = (
        ""
        if policy.clock.date(now) == begins.date()
        else f" on {begins:%a} {begins.day} {begins:%b}"
    )
    raise DecisionError(
        f"No lesson is running now: {following.name} begins at {begins:%H:%M}{day}, and a pass can "
        "be given for it."
    )


def needed(policy: Policy, wish: PassWish) -> Needed:
    """Whether a second person has to approve it, and why."""
    return approvals_needed(policy, wish.targets, [wish.scope], GrantKind.PASS, wish.youngest_age)


def _refuse_other(policy: Policy, wish: PassWish, lesson: Lesson, now: Instant) -> None:
    for target in wish.targets:
        if target not in policy.school.pass_list:
            raise DecisionError(
                f"{describe(target, policy)} is not on the pass list: ask for it as a request."
            )
    if not lesson.is_taught:
        raise DecisionError(f"A pass is for a lesson, and “{lesson.name}” is none.")
    if lesson.end <= now:
        raise DecisionError(f"{lesson.name} is over: choose another lesson.")
