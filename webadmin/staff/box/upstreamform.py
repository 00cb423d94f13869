"""Choosing whom this box asks: the form, and the password that a locked choice takes."""

from __future__ import annotations

from wtforms import BooleanField, PasswordField, RadioField, TextAreaField
from wtforms.validators import DataRequired, Length

from appliance.config import UPSTREAM_HELP
from appliance.errors import ApplianceError
from appliance.upstreams import ready_made
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.staff.box import settling
from webadmin.staff.box.schoolforms import words
from webadmin.staff.box.settling import OWN, SYSTEM, Choice
from webadmin.staff.door import confirming

_IWF = {
    "yes": "carries the IWF list",
    "no": "does not carry the IWF list",
    "ask": "ask the provider whether it carries the IWF list",
}


class UpstreamForm(Form):
    """One ready-made upstream, or the school's own."""

    chosen = RadioField("Whom to ask", [DataRequired("Choose one.")])
    servers = TextAreaField(
        "Its addresses",
        [Length(max=2_000)],
        description="Only where your provider gave you addresses of your own, one in a line: "
        f"{UPSTREAM_HELP}.",
    )
    locked = BooleanField(
        "Lock it",
        description="Once locked, a page changes it only with your password.",
    )
    password = PasswordField(
        "Your password",
        [Length(max=1_000)],
        description="The upstream is locked: changing it takes your password, and is audited.",
    )


def form_of(found: Choice) -> UpstreamForm:
    """As it stands in the file, or as it was just sent."""
    written = found.written
    form = UpstreamForm(
        chosen=found.chosen,
        servers="\n".join(map(str, written.servers)),
        locked=written.locked,
    )
    form.chosen.choices = choices(
        [
            (SYSTEM, "Whomever this box itself asks, as the network told it"),
            *((one.name, f"{one.title}; {_IWF[one.iwf]}") for one in ready_made().values()),
            (OWN, "Other addresses, written below"),
        ]
    )
    if not written.locked:
        del form.password
    return form


def settle(form: UpstreamForm, found: Choice) -> int:
    """Do what the form says: 0 where all is well, else the status of a page that says what is not.
    What changes nothing needs no password."""
    if not form.validate():
        return 400
    try:
        wish = settling.wish(
            text(form.chosen), words(text(form.servers)), locked=bool(form.locked.data)
        )
        if wish == found.written:
            return 0
        if found.written.locked:
            refused = confirming.refused(form.password)
            if refused:
                return 429 if refused.wait_seconds else 401
        settling.settle(wish)
    except ApplianceError as fault:
        refuse(form.chosen, str(fault))
        return 409
    return 0
