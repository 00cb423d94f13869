"""The first run: from a link that works once to a school's own policy in force, in a few short
steps. Each step is kept when it is sent, so that going back, a reload or a sign-out lose nothing.
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
from wtforms import PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from appliance.errors import ApplianceError, PeopleError
from appliance.policy import ready
from appliance.policy.decide import Policy
from appliance.policy.decisions.first_school import keeping
from appliance.policy.model import School
from appliance.policy.offer import TIMES, offer
from appliance.store.office import invitations
from appliance.store.office.invitations import Kind
from webadmin.frame.failures import failure
from webadmin.frame.fields import Form, choices, refuse, secret, text
from webadmin.staff import draft, room, settling, trying, upstreamform
from webadmin.staff.acting import put_in_force
from webadmin.staff.draft import TAUGHT_KINDS, Draft, Row
from webadmin.staff.keyring import hasher
from webadmin.staff.noting import note, note_arrival
from webadmin.staff.permissions import Permission, allow, open_to_all
from webadmin.staff.schoolforms import (
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
from webadmin.staff.session import current_session, sign_in
from webadmin.staff.wordings import PASSWORD_HELP

pages = Blueprint("firstrun", __name__)

# What is asked, in the order in which one answer leads to the next.
STEPS: Final = (
    ("", "Your account"),
    ("firstrun.school", "Your school"),
    ("firstrun.policy", "Starting policy"),
    ("firstrun.networks", "Networks and groups"),
    ("firstrun.timetable", "Timetable"),
    ("firstrun.upstream", "Upstream"),
    ("firstrun.test", "Try it"),
)
Answer = str | Response | Redirect
Step = Callable[[Draft], Answer]


class AccountForm(Form):
    name = StringField("Your name", [DataRequired("Type your name."), Length(max=100)])
    login = StringField(
        "Login",
        [DataRequired("Type a login."), Length(max=100)],
        description="Your school e-mail address, or a short name such as north.",
    )
    password = PasswordField(
        "Password",
        [DataRequired("Type a password."), Length(max=1_000)],
        description=PASSWORD_HELP,
    )
    again = PasswordField(
        "The same again",
        [
            DataRequired("Type it again."),
            EqualTo("password", "The two are not the same: type both again."),
        ],
    )


class PolicyForm(Form):
    profile = RadioField("Starting policy", [DataRequired("Choose one of the five.")])


@pages.get("/first-run/<token>")
@open_to_all
def begin(token: str) -> Answer:
    """Only looked at: nothing is spent until somebody has chosen a password."""
    try:
        _look(token)
    except PeopleError as fault:
        return _dead(fault)
    return _account_page(AccountForm())


@pages.post("/first-run/<token>")
@open_to_all
def take(token: str) -> Answer:
    form = AccountForm()
    try:
        _look(token)
    except PeopleError as fault:
        return _dead(fault)
    if not form.validate():
        return make_response(_account_page(form), 400)
    try:
        person = invitations.begin_box(
            room.office(),
            hasher(),
            token,
            login=text(form.login),
            name=text(form.name),
            password=secret(form.password),
            school="Bellgate",
            at_ms=room.now_ms(),
        )
    except PeopleError as fault:
        refuse(form.password, str(fault))
        return make_response(_account_page(form), 400)
    draft.begin()
    sign_in(current_session(), person)
    note_arrival("made the first account by a link", person.login)
    return redirect(url_for("secondstep.set_up"))


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


@pages.post("/set-up")
@allow(Permission.SET_UP)
def again() -> Redirect:
    """A school that is set up chooses another ready policy."""
    if draft.find() is None:
        draft.begin()
    return redirect(url_for(".policy" if (draft.find() or Draft()).name else ".school"))


@pages.post("/set-up/leave")
@allow(Permission.SET_UP)
def leave() -> Redirect:
    """What is in force stays as it is."""
    draft.drop()
    flash("Left as it was: nothing of it was put in force.", "success")
    return redirect(url_for("setup.school"))


@pages.get("/set-up/school")
@allow(Permission.SET_UP)
@step
def school(found: Draft) -> Answer:
    return _school_page(
        SchoolForm(name=found.name, contact=found.contact, domains="\n".join(found.domains))
    )


@pages.post("/set-up/school")
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


@pages.get("/set-up/policy")
@allow(Permission.SET_UP)
@step
def policy(found: Draft) -> Answer:
    return _policy_page(PolicyForm(profile=found.profile))


@pages.post("/set-up/policy")
@allow(Permission.SET_UP)
@step
def take_policy(found: Draft) -> Answer:
    form = _prepared(PolicyForm())
    if not form.validate():
        return make_response(_policy_page(form), 400)
    found.profile = text(form.profile)
    found.keep()
    return redirect(url_for(".networks"))


@pages.get("/set-up/networks")
@allow(Permission.SET_UP)
@step
def networks(found: Draft) -> Answer:
    return _networks_page(found)


@pages.post("/set-up/networks")
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


@pages.get("/set-up/timetable")
@allow(Permission.SET_UP)
@step
def timetable(found: Draft) -> Answer:
    return _timetable_page(found)


@pages.post("/set-up/timetable")
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


@pages.get("/set-up/upstream")
@allow(Permission.SET_UP)
@step
def upstream(found: Draft) -> Answer:
    chosen = settling.choice()
    return _upstream_page(upstreamform.form_of(chosen), chosen)


@pages.post("/set-up/upstream")
@allow(Permission.SET_UP)
@step
def take_upstream(found: Draft) -> Answer:
    chosen = settling.choice()
    form = upstreamform.form_of(chosen)
    code = upstreamform.settle(form, chosen)
    if code:
        return make_response(_upstream_page(form, chosen), code)
    return redirect(url_for(".test"))


@pages.get("/set-up/test")
@allow(Permission.SET_UP)
@step
def test(found: Draft) -> Answer:
    return _test_page(found)


@pages.post("/set-up/test")
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


def _look(token: str) -> None:
    """InvitationError where this link opens nothing, or is for another page."""
    found = invitations.look(room.office(), token, room.now_ms())
    if found.kind is not Kind.FIRST_RUN:
        raise PeopleError("this link is for another page: open it as it was given to you")


def _dead(fault: PeopleError) -> Response:
    return failure(410, "This link opens nothing", str(fault))


def _page(template: str, number: int, **facts: Any) -> str:
    return render_template(f"staff/{template}", steps=STEPS, number=number, **facts)


def _account_page(form: AccountForm) -> str:
    return _page("wizard_account.html", 1, form=form)


def _school_page(form: SchoolForm) -> str:
    return _page("wizard_school.html", 2, form=form)


def _prepared(form: PolicyForm) -> PolicyForm:
    form.profile.choices = choices((name, name) for name in ready.names())
    return form


def _policy_page(form: PolicyForm) -> str:
    known = room.context().live.catalogue()
    offers = [offer(name, ready.read(name, known), known, room.now()) for name in ready.names()]
    return _page("wizard_policy.html", 3, form=_prepared(form), offers=offers, times=list(TIMES))


def _networks_page(found: Draft, wrong: str = "") -> str:
    profile = draft.profile_of(found)
    named = [one for texts in found.networks.values() for one in texts]
    groups = [group.name for group in profile.groups]
    default = found.default_group if found.default_group in groups else ""
    return _page(
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
    return _page("wizard_timetable.html", 5, rows=rows, kinds=TAUGHT_KINDS, wrong=wrong)


def _upstream_page(form: upstreamform.UpstreamForm, chosen: settling.Choice) -> str:
    return _page("wizard_upstream.html", 6, form=form, choice=chosen)


def _test_page(found: Draft, wrong: str = "") -> str:
    made = draft.made_of(found)
    return _page(
        "wizard_test.html",
        7,
        school=made,
        profile=draft.profile_of(found).name,
        trial=trying.trial(Policy(made, room.context().live.catalogue())),
        wrong=wrong,
        replaces=request.method == "GET" and room.context().live.is_published(),
    )
