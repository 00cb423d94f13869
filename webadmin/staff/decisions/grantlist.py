"""The lists of overrides and exemptions: what is in force, who opened it, and is it used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, request

from appliance.errors import StoreError
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, standing
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import Grant, GrantKind, School
from appliance.policy.words import describe
from appliance.store import uses
from appliance.store.office import deciding
from appliance.store.uses import LastUse
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.lessons.granted import facts
from webadmin.staff.lessons.slots import scope_titles

OVER_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One grant as a list shows it."""

    grant: Grant
    what: list[str]
    whom: list[str]
    start: int
    end: int
    use: LastUse | None  # None: never used
    ends_soon: bool


@dataclass(frozen=True, slots=True)
class Lists:
    in_force: list[Line]
    future: list[Line]
    over: list[Line]


def lists(kind: GrantKind) -> Lists:
    """All of one kind, as they stand."""
    policy, now = room.policy(), room.now()
    used = _last_uses()
    soon = {(one.kind, one.id) for one in standing.ending_this_week(policy, now)}

    def lines(state: Standing) -> list[Line]:
        return [
            _line(policy, one, used, (one.kind, one.id) in soon)
            for one in standing.grants(policy, state, now)
            if one.kind is kind
        ]

    return Lists(
        lines(Standing.IN_FORCE), lines(Standing.FUTURE), lines(Standing.OVER)[:OVER_SHOWN]
    )


def end(kind: GrantKind, ids: Sequence[str]) -> None:
    """End these now. DecisionError where one of them is not there any more."""
    before = [
        facts(one)
        for one in room.policy().school.grants
        if one.kind is kind and one.id in ids  # each kind counts its ids anew
    ]

    def alter(policy: Policy) -> School:
        return grants.end(policy, [(kind, id) for id in ids], room.now())

    put_in_force(alter, "ended", f"{kind} {', '.join(ids)}", before={"grants": before})
    for id in ids:
        deciding.ended(room.office(), id, at_ms=room.now_ms())


def end_ticked(kind: GrantKind) -> None:
    """End the ones that are ticked on the page, and say what became of it."""
    ids = request.form.getlist("id")
    if not ids:
        flash("Tick the ones that are to end.", "warning")
        return
    with told("It is ended." if len(ids) == 1 else f"{len(ids)} are ended."):
        end(kind, ids)


def _last_uses() -> dict[str, LastUse]:
    try:
        return uses.last_uses(room.record(), room.now_ms())
    except StoreError:
        return {}  # the list is worth more than the column


def _line(policy: Policy, one: Grant, used: dict[str, LastUse], ends_soon: bool) -> Line:
    return Line(
        one,
        [describe(target, policy) for target in one.targets],
        scope_titles(one.scopes),
        policy.clock.instant(one.start),
        policy.clock.instant(one.end),
        used.get(f"{one.kind}:{one.id}"),
        ends_soon,
    )
