"""The wizard: a school's own policy in a few short steps, at the first run or anew. Each step is
kept when it is sent, so that going back, a reload or a sign-out lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Redirect
from wtforms import RadioField
from wtforms.validators import DataRequired

from appliance.errors import ApplianceError
from appliance.policy import ready
from appliance.policy.decide import Policy
from appliance.policy.decisions.first_school import keeping
from appliance.policy.model import School
from appliance.policy.offer import TIMES, offer
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.box import draft, settling, trying, upstreamform
from webadmin.staff.box.draft import TAUGHT_KINDS, Draft, Row
from webadmin.staff.box.schoolforms import (
    SchoolForm,
    is_placed,
    own_address,
    own_network,
    typed_default,
    typed_networks,
    typed_rows,
    wants_a_row,
    with_room,
)
from webadmin.staff.noting import note
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("wizard", __name__, url_prefix="/set-up")

# What is asked, in the order in which one answer leads to the next.
STEPS: Final = (
    ("", "Your account"),
    ("wizard.school", "Your school"),
    ("wizard.policy", "Starting policy"),
    ("wizard.networks", "Networks and groups"),
    ("wizard.timetable", "Timetable"),
    ("wizard.upstream", "Upstream"),
    ("wizard.test", "Try it"),
)
Answer = str | Response | Redirect
Step = Callable[[Draft], Answer]


class PolicyForm(Form):
    profile = RadioField("Starting policy", [DataRequired("Choose one of the five.")])


def step(view: Step) -> Callable[[], Answer]:
    """A page of the wizard: what was said so far is handed in; who has nothing begun, or has left
    out what this needs, is led there."""

    @wraps(view)
    def shown() -> Answer:
        found = draft.find()
        if found is None:
            return redirect(url_for("setup.school"))
        for needed, endpoint in ((found.name, "school"), (found.profile, "policy")):
            if view.__name__.removeprefix("take_") == endpoint:
                break
            if not needed:
                return redirect(url_for(f".{endpoint}"))
        return view(found)

    return shown


@pages.post("")
@allow(Permission.SET_UP)
def again() -> Redirect:
    """A school that is set up chooses another ready policy."""
    if draft.find() is None:
        draft.begin()
    return redirect(url_for(".policy" if (draft.find() or Draft()).name else ".school"))


@pages.post("/leave")
@allow(Permission.SET_UP)
def leave() -> Redirect:
    """What is in force stays as it is."""
    draft.drop()
    flash("Left as it was: nothing of it was put in force.", "success")
    return redirect(url_for("setup.school"))


@pages.get("/school")
@allow(Permission.SET_UP)
@step
def school(found: Draft) -> Answer:
    return _school_page(
        SchoolForm(name=found.name, contact=found.contact, domains="\n".join(found.domains))
    )


@pages.post("/school")
@allow(Permission.SET_UP)
@step
def take_school(found: Draft) -> Answer:
    form = SchoolForm()
    if not form.validate():
        return make_response(_school_page(form), 400)
    found.name, found.contact = text(form.name), text(form.contact)
    found.domains = form.sites()
    try:
        draft.made_of(Draft(found.name, found.contact, found.domains, ready.names()[0]))
    except ApplianceError as fault:
        refuse(form.domains, str(fault))
        return make_response(_school_page(form), 400)
    found.keep()
    return redirect(url_for(".policy"))


@pages.get("/policy")
@allow(Permission.SET_UP)
@step
def policy(found: Draft) -> Answer:
    return _policy_page(PolicyForm(profile=found.profile))


@pages.post("/policy")
@allow(Permission.SET_UP)
@step
def take_policy(found: Draft) -> Answer:
    form = _prepared(PolicyForm())
    if not form.validate():
        return make_response(_policy_page(form), 400)
    found.profile = text(form.profile)
    found.keep()
    return redirect(url_for(".networks"))


@pages.get("/networks")
@allow(Permission.SET_UP)
@step
def networks(found: Draft) -> Answer:
    return _networks_page(found)


@pages.post("/networks")
@allow(Permission.SET_UP)
@step
def take_networks(found: Draft) -> Answer:
    """What is wrong is kept too, and shown with the sentence that says so."""
    try:
        profile = draft.profile_of(found)
        draft.with_networks(found, typed_networks(profile), typed_default(profile))
        draft.made_of(Draft(**{**found.said(), "periods": []}))
    except ApplianceError as fault:
        return make_response(_networks_page(found, str(fault)), 400)
    found.keep()
    return redirect(url_for(".timetable"))


@pages.get("/timetable")
@allow(Permission.SET_UP)
@step
def timetable(found: Draft) -> Answer:
    return _timetable_page(found)


@pages.post("/timetable")
@allow(Permission.SET_UP)
@step
def take_timetable(found: Draft) -> Answer:
    rows = typed_rows()
    found.periods = [[*one] for one in (with_room(rows) if wants_a_row() else rows)]
    found.keep()
    if wants_a_row():
        return redirect(url_for(".timetable", _anchor="last"))
    try:
        draft.made_of(found)
    except ApplianceError as fault:
        return make_response(_timetable_page(found, str(fault)), 400)
    return redirect(url_for(".upstream"))


@pages.get("/upstream")
@allow(Permission.SET_UP)
@step
def upstream(found: Draft) -> Answer:
    chosen = settling.choice()
    return _upstream_page(upstreamform.form_of(chosen), chosen)


@pages.post("/upstream")
@allow(Permission.SET_UP)
@step
def take_upstream(found: Draft) -> Answer:
    chosen = settling.choice()
    form = upstreamform.form_of(chosen)
    code = upstreamform.settle(form, chosen)
    if code:
        return make_response(_upstream_page(form, chosen), code)
    return redirect(url_for(".test"))


@pages.get("/test")
@allow(Permission.SET_UP)
@step
def test(found: Draft) -> Answer:
    return _test_page(found)


@pages.post("/test")
@allow(Permission.SET_UP)
@step
def take_test(found: Draft) -> Answer:
    """The whole of it in force; the wizard is done."""
    try:
        _put_in_force(found)
    except ApplianceError as fault:
        return make_response(_test_page(found, str(fault)), 409)
    draft.drop()
    flash("It is in force on every resolver of this box.", "success")
    return redirect(url_for("setup.test"))


def _put_in_force(found: Draft) -> None:
    made = draft.made_of(found)
    live = room.context().live
    after = found.said()
    if live.is_published():

        def alter(policy: Policy) -> School:
            return keeping(made, policy.school)

        before = {"school": live.policy().school.name}
        put_in_force(alter, "set up the school", "policy", before=before, after=after)
        return
    note("set up the school", "policy", after=after)
    live.publish_first(made, room.now())


def page(template: str, number: int, **facts: Any) -> str:
    """One step, with all of them above it."""
    return render_template(f"staff/{template}", steps=STEPS, number=number, **facts)


def _school_page(form: SchoolForm) -> str:
    return page("wizard_school.html", 2, form=form)


def _prepared(form: PolicyForm) -> PolicyForm:
    form.profile.choices = choices((name, name) for name in ready.names())
    return form


def _policy_page(form: PolicyForm) -> str:
    known = room.context().live.catalogue()
    offers = [offer(name, ready.read(name, known), known, room.now()) for name in ready.names()]
    return page("wizard_policy.html", 3, form=_prepared(form), offers=offers, times=list(TIMES))


def _networks_page(found: Draft, wrong: str = "") -> str:
    profile = draft.profile_of(found)
    named = [one for texts in found.networks.values() for one in texts]
    groups = [group.name for group in profile.groups]
    default = found.default_group if found.default_group in groups else ""
    return page(
        "wizard_networks.html",
        4,
        groups=groups,
        networks=found.networks,
        default=default or profile.default_group.name,
        mine=None if is_placed(named) else own_network(),
        address=own_address(),
        wrong=wrong,
    )


def _timetable_page(found: Draft, wrong: str = "") -> str:
    rows: list[Row] = found.rows
    if not rows:
        rows = draft.rows_of(draft.profile_of(found).timetables[0].periods)
    return page("wizard_timetable.html", 5, rows=rows, kinds=TAUGHT_KINDS, wrong=wrong)


def _upstream_page(form: upstreamform.UpstreamForm, chosen: settling.Choice) -> str:
    return page("wizard_upstream.html", 6, form=form, choice=chosen)


def _test_page(found: Draft, wrong: str = "") -> str:
    made = draft.made_of(found)
    return page(
        "wizard_test.html",
        7,
        school=made,
        profile=draft.profile_of(found).name,
        trial=trying.trial(Policy(made, room.context().live.catalogue())),
        wrong=wrong,
        replaces=request.method == "GET" and room.context().live.is_published(),
    )
