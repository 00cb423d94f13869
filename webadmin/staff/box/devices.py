"""The roll of devices: who is where, who has not been placed yet, and changes of many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Redirect
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from appliance.domains import shorten
from appliance.endpoint import Address
from appliance.errors import ApplianceError, DecisionError
from appliance.policy.decide import Policy
from appliance.policy.decisions import roll
from appliance.policy.decisions.roll import Entry, slug
from appliance.policy.marks import read_client_id, read_mac
from appliance.policy.model import Device, School
from webadmin.frame.fields import Form, choices, refuse, text
from webadmin.frame.proxies import read_address
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.box import devicelist
from webadmin.staff.box.devicelist import PAGE, STRANGERS_SHOWN, Wanted
from webadmin.staff.box.schoolforms import words
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("devices", __name__, url_prefix="/devices")
MOST_AT_ONCE: Final = 1_000


class DeviceForm(Form):
    name = StringField(
        "Name",
        [DataRequired("Type a name."), Length(max=100)],
        description="Such as ipad-07, or what stands on its sticker.",
    )
    group = SelectField("Group", [DataRequired("Choose a group.")])
    sets = StringField(
        "Sets",
        [Length(max=1_000)],
        description="A trolley, a room, a class: several with commas. New ones are made.",
    )
    addresses = StringField(
        "Addresses", [Length(max=1_000)], description="Such as 10.20.3.7, where they stay the same."
    )
    macs = StringField(
        "MAC addresses", [Length(max=1_000)], description="Such as 02:00:5e:10:00:01."
    )
    client_ids = TextAreaField(
        "Names for encrypted DNS",
        [Length(max=2_000)],
        description="By which a managed device names itself over TLS or HTTPS.",
    )


@pages.get("")
@allow(Permission.KEEP_DEVICES)
def devices() -> str:
    school, sent = room.policy().school, request.args
    wanted = Wanted(
        sent.get("group", "")[:64], sent.get("set", "")[:64], sent.get("text", "").strip()[:100]
    )
    found = devicelist.lines(wanted)
    number = max(1, sent.get("page", 1, type=int))
    strangers = devicelist.strangers()
    return render_template(
        "staff/devices.html",
        school=school,
        wanted=wanted,
        lines=found[(number - 1) * PAGE : number * PAGE],
        count=len(found),
        number=number,
        last=max(1, -(-len(found) // PAGE)),
        strangers=strangers[:STRANGERS_SHOWN],
        unplaced=len(strangers),
        day=room.policy().clock.date(room.now()).toordinal(),
    )


@pages.post("/place")
@allow(Permission.KEEP_DEVICES)
def place() -> Redirect:
    """A stranger gets a name and a group, with one tap."""
    sent = request.form
    name = slug(sent.get("name", "")[:100])
    address, mac = sent.get("address", "")[:64], sent.get("mac", "")[:32]
    group = sent.get("group", "")
    with told(f"{name} is in {group} now."):
        entry = Entry(
            # the hardware address stays when DHCP gives out another
            Device(name, group, () if mac else _addresses(address), _macs(mac)),
            _sets(sent.get("set", "")[:200]),
        )
        _put(lambda policy: roll.add(policy, entry), "placed", [name])
    return redirect(url_for(".devices"))


@pages.post("/many")
@allow(Permission.KEEP_DEVICES)
def many() -> Redirect:
    """All that are ticked move, join or leave a set, or go."""
    names, sent = request.form.getlist("device")[:MOST_AT_ONCE], request.form
    do, group, chosen = sent.get("do", "move"), sent.get("group", ""), sent.get("set", "").strip()
    was = {key: sent.get(f"was_{key}") or None for key in ("group", "set", "text")}
    back = redirect(url_for(".devices", group=was["group"], set=was["set"], text=was["text"]))
    if not names:
        flash("Tick the devices first.", "warning")
        return back
    changes: dict[str, Callable[[Policy], School]] = {
        "move": lambda policy: roll.move(policy, names, group),
        "join": lambda policy: roll.put_in_set(policy, names, slug(chosen)),
        "leave": lambda policy: roll.take_from_set(policy, names, slug(chosen)),
        "remove": lambda policy: roll.remove(policy, names, room.now()),
    }
    count = "1 device is" if len(names) == 1 else f"{len(names)} devices are"
    with told(f"{count} {_SAID.get(do, _SAID['move'])}."):
        _put(changes.get(do, changes["move"]), _DONE.get(do, "moved"), names)
    return back


@pages.get("/new")
@allow(Permission.KEEP_DEVICES)
def new() -> str:
    return _page(DeviceForm(group=room.policy().school.default_group.name))


@pages.post("/new")
@allow(Permission.KEEP_DEVICES)
def add() -> Response | Redirect:
    form = _prepared(DeviceForm())
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        entry = _entry(form, slug(text(form.name)))
        _put(lambda policy: roll.add(policy, entry), "added", [entry.device.name])
    except ApplianceError as fault:
        refuse(form.name, str(fault))
        return make_response(_page(form), 409)
    flash(f"{entry.device.name} is added.", "success")
    return redirect(url_for(".devices"))


@pages.get("/device/<name>")
@allow(Permission.KEEP_DEVICES)
def device(name: str) -> str:
    one = _known(name)
    return _page(
        DeviceForm(
            name=one.name,
            group=one.group,
            sets=", ".join(roll.sets_of(room.policy().school, name)),
            addresses=", ".join(map(str, one.addresses)),
            macs=", ".join(one.macs),
            client_ids="\n".join(one.client_ids),
        ),
        one,
    )


@pages.post("/device/<name>")
@allow(Permission.KEEP_DEVICES)
def change(name: str) -> Response | Redirect:
    one, form = _known(name), _prepared(DeviceForm())
    del form.name  # what was granted, banned and recorded hangs on it
    if not form.validate():
        return make_response(_page(form, one), 400)
    try:
        entry = _entry(form, name)
        _put(lambda policy: roll.change(policy, entry), "changed", [name])
    except ApplianceError as fault:
        refuse(form.group, str(fault))
        return make_response(_page(form, one), 409)
    flash(f"{name} is changed.", "success")
    return redirect(url_for(".devices"))


_DONE: Final = {
    "move": "moved",
    "join": "put into a set",
    "leave": "took out of a set",
    "remove": "removed",
}
_SAID: Final = {
    "move": "moved",
    "join": "in that set now",
    "leave": "in that set no more",
    "remove": "off the roll",
}


def _put(alter: Callable[[Policy], School], what: str, names: list[str]) -> None:
    """In force and in the audit trail, with what was before and what is now."""
    policy = room.policy()
    after = devicelist.facts(alter(policy), names)  # DecisionError before anything is noted
    before = devicelist.facts(policy.school, names)
    subject = f"device {names[0]}" if len(names) == 1 else f"{len(names)} devices"
    put_in_force(alter, what, subject, before=before, after=after)


def _entry(form: DeviceForm, name: str) -> Entry:
    """DecisionError says which mark is none."""
    return Entry(
        Device(
            name,
            text(form.group),
            _addresses(text(form.addresses)),
            _macs(text(form.macs)),
            _client_ids(text(form.client_ids)),
        ),
        _sets(text(form.sets)),
    )


def _addresses(typed: str) -> tuple[Address, ...]:
    found: list[Address] = []
    for word in words(typed):
        address = read_address(word)
        if address is None:
            raise DecisionError(f"“{shorten(word)}” is not an address such as 10.20.3.7.")
        found.append(address)
    return tuple(found)


def _macs(typed: str) -> tuple[str, ...]:
    return _each(read_mac, typed)


def _client_ids(typed: str) -> tuple[str, ...]:
    return _each(read_client_id, typed)


def _each(read: Callable[[str], str], typed: str) -> tuple[str, ...]:
    try:
        return tuple(read(word) for word in words(typed))
    except ValueError as fault:
        raise DecisionError(f"{fault}.") from fault


def _sets(typed: str) -> tuple[str, ...]:
    named = (slug(part) for part in typed.replace(";", ",").split(","))
    return tuple(dict.fromkeys(filter(None, named)))


def _known(name: str) -> Device:
    for one in room.policy().school.devices:
        if one.name == name:
            return one
    return abort(404)


def _prepared(form: DeviceForm) -> DeviceForm:
    form.group.choices = choices((one.name, one.name) for one in room.policy().school.groups)
    return form


def _page(form: DeviceForm, one: Device | None = None) -> str:
    return render_template("staff/device.html", form=_prepared(form), device=one)
