"""The school as it is set up: its name, whose network is which, its bells, whom the box asks."""

from __future__ import annotations

from dataclasses import replace

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    url_for,
)
from werkzeug.wrappers import Response as Redirect

from appliance.errors import ApplianceError
from appliance.policy.decide import Policy
from appliance.policy.decisions.first_school import Facts, first_school, with_bells
from appliance.policy.model import School
from webadmin.frame.fields import refuse, text
from webadmin.staff import room
from webadmin.staff.acting import put_in_force
from webadmin.staff.box import draft, settling, trying, upstreamform
from webadmin.staff.box.draft import TAUGHT_KINDS, Row
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
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("setup", __name__, url_prefix="/school")


@pages.get("")
@allow(Permission.SET_UP)
def school() -> str:
    """Everything at a glance, with a way to change each."""
    return render_template(
        "staff/setup.html",
        school=room.policy().school,
        choice=settling.choice(),
        is_begun=draft.find() is not None,
        rows_of=draft.rows_of,
    )


@pages.get("/name")
@allow(Permission.SET_UP)
def name() -> str:
    now = room.policy().school
    return _name_page(
        SchoolForm(name=now.name, contact=now.contact, domains="\n".join(now.domains))
    )


@pages.post("/name")
@allow(Permission.SET_UP)
def rename() -> Response | Redirect:
    form = SchoolForm()
    if not form.validate():
        return make_response(_name_page(form), 400)
    facts = Facts(text(form.name), text(form.contact), tuple(form.sites()))

    def alter(policy: Policy) -> School:
        made = first_school(policy.school, facts)
        return replace(made, official_channels=policy.school.official_channels)

    try:
        put_in_force(alter, "changed", "school", before=_facts(), after=_said(facts))
    except ApplianceError as fault:
        refuse(form.domains, str(fault))
        return make_response(_name_page(form), 409)
    return _done("The school's name and sites are changed.")


@pages.get("/networks")
@allow(Permission.SET_UP)
def networks() -> str:
    now = room.policy().school
    return _networks_page(draft.networks_of(now), now.default_group.name)


@pages.post("/networks")
@allow(Permission.SET_UP)
def place_networks() -> Response | Redirect:
    now = room.policy().school
    typed, default = typed_networks(now), now.default_group.name
    try:
        default = typed_default(now)
        put_in_force(
            lambda policy: _placed(policy.school, typed, default),
            "changed",
            "networks",
            before={**draft.networks_of(now), "nobody's": now.default_group.name},
            after={**typed, "nobody's": default},
        )
    except ApplianceError as fault:
        return make_response(_networks_page(typed, default, str(fault)), 409)
    return _done("The networks are changed.")


@pages.get("/timetable/<name>")
@allow(Permission.SET_UP)
def timetable(name: str) -> str:
    return _timetable_page(name, _rows_in_force(name))


@pages.post("/timetable/<name>")
@allow(Permission.SET_UP)
def ring(name: str) -> Response | Redirect:
    before, rows = _rows_in_force(name), typed_rows()
    if wants_a_row():
        return make_response(_timetable_page(name, with_room(rows)))
    try:
        periods = draft.periods_of(rows)
        put_in_force(
            lambda policy: with_bells(policy.school, name, periods),
            "changed",
            f"timetable {name}",
            before={"bells": [" ".join(row) for row in before]},
            after={"bells": [" ".join(row) for row in draft.rows_of(periods)]},
        )
    except ApplianceError as fault:
        return make_response(_timetable_page(name, rows, str(fault)), 409)
    return _done("The bells are changed, and every resolver rings by them.")


@pages.get("/upstream")
@allow(Permission.SET_UP)
def upstream() -> str:
    chosen = settling.choice()
    return _upstream_page(upstreamform.form_of(chosen), chosen)


@pages.post("/upstream")
@allow(Permission.SET_UP)
def settle() -> Response | Redirect:
    chosen = settling.choice()
    form = upstreamform.form_of(chosen)
    code = upstreamform.settle(form, chosen)
    if code:
        return make_response(_upstream_page(form, chosen), code)
    return _done("The upstream is written down. It holds when Bellgate is started the next time.")


@pages.get("/test")
@allow(Permission.SET_UP)
def test() -> str:
    policy = room.policy()
    return render_template(
        "staff/setup_test.html",
        trial=trying.trial(policy),
        addresses=trying.own_addresses(),
        policy=policy,
    )


def _placed(school: School, networks: dict[str, list[str]], default: str) -> School:
    facts = Facts(
        school.name,
        school.contact,
        school.domains,
        networks={group: tuple(texts) for group, texts in networks.items()},
        default_group=default,
    )
    return replace(school, groups=first_school(school, facts).groups)


def _rows_in_force(name: str) -> list[Row]:
    for one in room.policy().school.timetables:
        if one.name == name:
            return draft.rows_of(one.periods)
    return abort(404)


def _facts() -> dict[str, object]:
    now = room.policy().school
    return {"name": now.name, "contact": now.contact, "domains": list(now.domains)}


def _said(facts: Facts) -> dict[str, object]:
    return {"name": facts.name, "contact": facts.contact, "domains": list(facts.domains)}


def _done(sentence: str) -> Redirect:
    flash(sentence, "success")
    return redirect(url_for(".school"))


def _name_page(form: SchoolForm) -> str:
    return render_template("staff/setup_name.html", form=form)


def _networks_page(networks: dict[str, list[str]], default: str, wrong: str = "") -> str:
    named = [one for texts in networks.values() for one in texts]
    return render_template(
        "staff/setup_networks.html",
        groups=[group.name for group in room.policy().school.groups],
        networks=networks,
        default=default,
        mine=None if is_placed(named) else own_network(),
        address=own_address(),
        wrong=wrong,
    )


def _timetable_page(name: str, rows: list[Row], wrong: str = "") -> str:
    return render_template(
        "staff/setup_timetable.html", name=name, rows=rows, kinds=TAUGHT_KINDS, wrong=wrong
    )


def _upstream_page(form: upstreamform.UpstreamForm, chosen: settling.Choice) -> str:
    return render_template("staff/setup_upstream.html", form=form, choice=chosen)
