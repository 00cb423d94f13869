"""What overrides and exemptions have in common: what is opened or closed, for whom, from when until
when, why, and whether a second person has to look at it first.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from appliance.errors import ApplianceError, DecisionError
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, opening, years
from appliance.policy.decisions.grants import Wish
from appliance.policy.decisions.needs import Needed, approvals_needed
from appliance.policy.model import Action, GrantKind, Scope, Target
from appliance.policy.words import listed
from appliance.store.office import asking
from appliance.store.office import wishes as office_wishes
from appliance.store.office.requests import Kind, Request
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.decisions.moments import read_moment
from webadmin.staff.lessons.slots import scope_titles
from webadmin.staff.noting import note

WIDE = {  # what is said for more than one site at once
    "social media": "social-media",
    "all social media": "social-media",
    "everything": "everything",
}
KINDS = {GrantKind.OVERRIDE: Kind.OVERRIDE, GrantKind.EXEMPTION: Kind.EXEMPTION}


class GrantForm(Form):
    """What, for whom, until when, why."""

    what = StringField(
        "Site, app or kind",
        [DataRequired("Type what it is about."), Length(max=300)],
        description="Such as TikTok, bbc.co.uk, social media, or everything. Several: with commas.",
    )
    scopes = SelectMultipleField(
        "For whom",
        [DataRequired("Choose at least one.")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    year = StringField(
        "Year or class",
        [Length(max=100)],
        description="Such as Year 6, where it is for pupils: some sites have an age limit.",
    )
    start = StringField("From", [DataRequired("Say when it begins.")])
    end = StringField("Until", [DataRequired("Say when it ends.")])
    reason = TextAreaField(
        "Why",
        [
            DataRequired("Write why: whoever looks at this in a year has only that."),
            Length(max=500),
        ],
    )
    clause = StringField("Clause of the policy", [Length(max=50)])


class OverrideForm(GrantForm):
    action = RadioField(
        "What happens",
        [DataRequired("Choose what happens.")],
        choices=choices(
            (
                (Action.ALLOW, "Open it"),
                (Action.BLOCK, "Close it"),
                (Action.RESTRICT, "Open it in its safe mode, where it has one"),
            )
        ),
        default=Action.ALLOW,
    )


class ExemptionForm(GrantForm):
    risk_assessment = TextAreaField(
        "Risk assessment",
        [Length(max=10_000)],
        description="Where the school's policy asks for one: what could happen, and what is done.",
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: in force, or before a second person."""

    request: Request | None
    needed: Needed


def targets_of(policy: Policy, typed: str) -> tuple[Target, ...]:
    """What somebody means who types this; DecisionError names what is not known."""
    found = []
    for one in filter(None, (part.strip() for part in typed.split(","))):
        found.append(_target(policy, one))
    if not found:
        raise DecisionError("Please say which site, app or kind.")
    return tuple(dict.fromkeys(found))


def everybody(policy: Policy) -> list[SelectChoice]:
    """Whom something can be for."""
    school = policy.school
    found = [("everyone", "everyone")]
    found += [(f"group:{one.name}", f"all {one.name}") for one in school.groups]
    found += [(f"set:{one.name}", one.name) for one in school.device_sets]
    found += [(f"device:{one.name}", one.name) for one in school.devices]
    return choices(found)


def wish_of(form: GrantForm, kind: GrantKind) -> Wish:
    """What the form says, as the policy would have it."""
    policy = room.policy()
    scopes = tuple(Scope.parse(one) for one in form.scopes.data or ())
    action = Action(text(form.action)) if isinstance(form, OverrideForm) else Action.ALLOW
    risk = text(form.risk_assessment) if isinstance(form, ExemptionForm) else ""
    return Wish(
        targets=targets_of(policy, text(form.what)),
        scopes=scopes,
        start=read_moment(policy, text(form.start), "when it begins"),
        end=read_moment(policy, text(form.end), "when it ends"),
        reason=text(form.reason),
        approved_by=(room.me().name,),
        kind=kind,
        action=action,
        risk_assessment=risk,
        clause=text(form.clause),
        youngest_age=years.youngest(policy, scopes, text(form.year)),
    )


def carry_out(form: GrantForm, kind: GrantKind) -> Outcome:
    """In force at once where one person is enough; else a colleague decides."""
    wish, policy = wish_of(form, kind), room.policy()
    opens = wish.action is not Action.BLOCK
    needed = Needed(1, ())
    if opens:
        needed = approvals_needed(policy, wish.targets, wish.scopes, kind, wish.youngest_age)
    if needed.count <= 1:
        said = listed([str(one) for one in wish.targets])
        put_in_force(
            lambda before: grants.grant(before, wish, room.now()),
            "opened" if opens else "closed",
            f"{kind} of {said}",
            after=_facts(wish),
        )
        return Outcome(None, needed)
    if wish.action is Action.RESTRICT:
        raise DecisionError("This takes two people, and they open it wholly: choose “Open it”.")
    if needed.risk_assessment and not wish.risk_assessment:
        raise DecisionError("This school's policy asks for a risk assessment: please write one.")
    return Outcome(_ask_a_colleague(form, kind, wish, needed), needed)


def _ask_a_colleague(form: GrantForm, kind: GrantKind, wish: Wish, needed: Needed) -> Request:
    with room.office().transaction():
        made = asking.ask(
            room.office(),
            KINDS[kind],
            office_wishes.Wish(
                typed=text(form.what),
                targets=tuple(map(str, wish.targets)),
                scopes=tuple(map(str, wish.scopes)),
                start=wish.start,
                end=wish.end,
                aim=wish.reason,
                room=text(form.year),
                risk_assessment=wish.risk_assessment,
            ),
            room.me(),
            at_ms=room.now_ms(),
            needed=needed.count - 1,  # who asks is one of them
            needed_why=" ".join(needed.reasons),
        )
        note("asked", f"request {made.id}", after=_facts(wish))
    return made


def put(form: GrantForm, kind: GrantKind, in_force: str) -> bool:
    """Carry it out and say so; where that can't be, what is wrong stands in the form."""
    try:
        outcome = carry_out(form, kind)
    except ApplianceError as fault:
        refuse(form.what, str(fault))
        return False
    if outcome.request:
        why = outcome.request.needed_why
        flash(f"This takes a second person. {why} A colleague finds it under Requests.", "warning")
    else:
        flash(in_force, "success")
    return True


def _facts(wish: Wish) -> dict[str, object]:
    return {
        "targets": list(map(str, wish.targets)),
        "scopes": scope_titles(wish.scopes),
        "from": wish.start,
        "until": wish.end,
        "action": str(wish.action),
        "reason": wish.reason,
    }


def _target(policy: Policy, typed: str) -> Target:
    wide = WIDE.get(typed.casefold())
    if wide:
        return Target.parse(wide)
    for category in policy.catalogue.categories.values():
        if typed.casefold() in (category.title.casefold(), f"category:{category.name}"):
            return Target.parse(f"category:{category.name}")
    found = opening.meant(policy, typed)
    if found is None:
        raise DecisionError(
            f"“{typed[:60]}” is neither a service we know, nor a kind, nor a site's name."
        )
    return found
