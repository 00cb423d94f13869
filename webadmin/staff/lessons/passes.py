"""Passes: what is on the pass list opens with one tap, for one class, until the bell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, lessons, passes, standing, years
from appliance.policy.decisions.passes import PassWish
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import Grant, GrantKind, School, Scope, Target
from appliance.policy.words import describe
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.lessons.granted import facts
from webadmin.staff.lessons.slots import scope_choices, scope_titles
from webadmin.staff.permissions import Permission, allow, may

pages = Blueprint("passes", __name__, url_prefix="/passes")
USUAL_AIM = "Needed for this lesson"


@pages.get("")
@allow(Permission.ASK)
def passes_page() -> str:
    policy, now = room.policy(), room.now()
    running = lessons.running(policy, now)
    return render_template(
        "staff/passes.html",
        lesson=running if running and running.is_taught else None,
        following=lessons.following(policy, now),
        services=[(str(one), describe(one, policy), *_about(policy, one)) for one in _list(policy)],
        scopes=scope_choices(policy),
        chosen=request.args.get("scope", ""),
        aim=request.args.get("aim", ""),
        room_said=request.args.get("room", ""),
        mine=[one for one in _running() if _is_mine(one)],
        others=[one for one in _running() if not _is_mine(one)] if may(Permission.OPEN) else [],
        described=lambda one: [describe(target, policy) for target in one.targets],
        scope_titles=scope_titles,
        instant=policy.clock.instant,
    )


@pages.post("")
@allow(Permission.ASK)
def open_pass() -> Redirect:
    """For the class that was chosen, from now until the bell."""
    policy, form = room.policy(), request.form
    try:
        target, scope = Target.parse(form.get("target", "")), Scope.parse(form.get("scope", ""))
        wish = PassWish(
            targets=(target,),
            scope=scope,
            aim=form.get("aim", "").strip()[:500] or USUAL_AIM,
            approved_by=(room.me().name,),
            youngest_age=years.youngest(policy, [scope], form.get("room", "")[:100]),
        )
        if passes.needed(policy, wish).count > 1:
            flash(
                f"{describe(target, policy)} needs a second person for this class: ask for it, and "
                "the e-safety team decides.",
                "warning",
            )
            return redirect(_ask_instead(describe(target, policy)))
        lesson = passes.running_lesson(policy, room.now())
        put_in_force(
            lambda before: passes.give(before, replace(wish, id=_id(before)), room.now(), lesson),
            "opened a pass",
            f"{target} for {scope}",
            after={"aim": wish.aim, "until": lesson.end},
        )
    except ValueError:
        flash("Choose a class first.", "danger")
        return redirect(_here())
    except ApplianceError as fault:
        flash(str(fault), "danger")
        return redirect(_here())
    until = f"{policy.clock.local(lesson.end):%H:%M}"
    flash(f"{describe(target, policy)} is open until {until}.", "success")
    return redirect(_here())


@pages.post("/<name>/close")
@allow(Permission.ASK)
def close(name: str) -> Redirect:
    """Before the bell; a teacher their own, the e-safety team any."""
    found = next((one for one in _running() if one.id == name), None)
    if found is None or not (_is_mine(found) or may(Permission.OPEN)):
        flash("That pass is not open any more.", "warning")
        return redirect(url_for(".passes_page"))

    def end(policy: Policy) -> School:
        return grants.end(policy, [(GrantKind.PASS, name)], room.now())

    with told("It is closed again."):
        put_in_force(end, "closed a pass", f"pass {name}", before=facts(found))
    return redirect(url_for(".passes_page"))


def _here() -> str:
    """The page as it was left: the same class chosen, the same words typed."""
    return url_for(".passes_page", **_chosen())


def _ask_instead(site: str) -> str:
    return url_for("asking.ask", site=site, **_chosen())


def _chosen() -> dict[str, Any]:
    return {key: request.form.get(key, "")[:500] for key in ("scope", "room", "aim")}


def _list(policy: Policy) -> tuple[Target, ...]:
    return policy.school.pass_list


def _about(policy: Policy, target: Target) -> tuple[str, int]:
    """What a service is, and its own age limit."""
    service = policy.catalogue.services.get(target.name)
    return (service.about, service.minimum_age) if service else ("", 0)


def _running() -> list[Grant]:
    policy, now = room.policy(), room.now()
    return [
        one for one in standing.grants(policy, Standing.IN_FORCE, now) if one.kind is GrantKind.PASS
    ]


def _id(policy: Policy) -> str:
    """By which its owner is known again, whatever they are called."""
    taken = {one.id for one in policy.school.grants}
    return grants.unused(f"{_stem()}{room.now()}", taken)


def _is_mine(one: Grant) -> bool:
    return one.id.startswith(_stem())


def _stem() -> str:
    return f"pass-{room.me().id}-"


def mine() -> list[Grant]:
    """Those that are open now, and were opened by whoever asks."""
    return [one for one in _running() if _is_mine(one)]
