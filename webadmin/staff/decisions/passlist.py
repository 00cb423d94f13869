"""The pass list: what teachers may open by themselves, for one class and one lesson."""

from __future__ import annotations

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
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from appliance.errors import ApplianceError
from appliance.policy.decisions import pass_list, standing
from appliance.policy.decisions.needs import minimum_age
from appliance.policy.decisions.standing import Standing
from appliance.policy.model import GrantKind
from appliance.policy.words import describe, listed
from webadmin.frame.fields import Form, refuse, text
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.decisions.granting import targets_of
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("passlist", __name__, url_prefix="/pass-list")


class AddForm(Form):
    what = StringField(
        "Site or app",
        [DataRequired("Type the site or app."), Length(max=300)],
        description="Such as YouTube or padlet.com. Several: with commas.",
    )


@pages.get("")
@allow(Permission.OPEN)
def the_list() -> str:
    return _page(AddForm())


@pages.post("")
@allow(Permission.OPEN)
def add() -> Response | Redirect:
    form = AddForm()
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        wanted = targets_of(room.policy(), text(form.what))
        put_in_force(
            lambda policy: pass_list.add(policy, wanted),
            "put on the pass list",
            listed([str(one) for one in wanted]),
            before=_facts(),
        )
    except ApplianceError as fault:
        refuse(form.what, str(fault))
        return make_response(_page(form), 409)
    flash("Teachers may open it for a lesson from now on.", "success")
    return redirect(url_for(".the_list"))


@pages.post("/remove")
@allow(Permission.OPEN)
def remove() -> Redirect:
    """What is open by it now closes too."""
    chosen = request.form.get("target", "")
    targets = [one for one in room.policy().school.pass_list if str(one) == chosen]
    with told("It is off the list, and whatever was open by it is closed."):
        put_in_force(
            lambda policy: pass_list.take_off(policy, targets, room.now()),
            "took off the pass list",
            listed([str(one) for one in targets]),
            before=_facts(),
        )
    return redirect(url_for(".the_list"))


def _facts() -> dict[str, object]:
    return {"pass list": [str(one) for one in room.policy().school.pass_list]}


def _page(form: AddForm) -> str:
    policy = room.policy()
    running = [
        one
        for one in standing.grants(policy, Standing.IN_FORCE, room.now())
        if one.kind is GrantKind.PASS
    ]
    return render_template(
        "staff/passlist.html",
        form=form,
        lines=[
            (
                target,
                describe(target, policy),
                minimum_age(policy, [target]),
                sum(target in one.targets for one in running),
            )
            for target in policy.school.pass_list
        ],
    )
