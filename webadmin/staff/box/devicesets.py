"""Sets of devices: a class trolley, a room, a year's tablets."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from appliance.policy.decisions import roll
from appliance.policy.decisions.roll import slug
from appliance.policy.model import School
from webadmin.staff import room
from webadmin.staff.acting import put_in_force, told
from webadmin.staff.box.schoolforms import words
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("devicesets", __name__, url_prefix="/device-sets")


@pages.get("")
@allow(Permission.KEEP_DEVICES)
def device_sets() -> str:
    return render_template("staff/devicesets.html", sets=room.policy().school.device_sets)


@pages.post("")
@allow(Permission.KEEP_DEVICES)
def make() -> Redirect:
    name = slug(request.form.get("name", "")[:200])
    names = words(request.form.get("devices", ""))
    with told(f"{name} is made."):
        put_in_force(
            lambda policy: roll.make_set(policy, name, names),
            "made a set",
            f"set {name}",
            after={"devices": names},
        )
    return redirect(url_for(".device_sets"))


@pages.post("/<name>/rename")
@allow(Permission.KEEP_DEVICES)
def rename(name: str) -> Redirect:
    new_name = slug(request.form.get("name", "")[:200])
    with told(f"{name} is called {new_name} now."):
        put_in_force(
            lambda policy: roll.rename_set(policy, name, new_name),
            "renamed a set",
            f"set {name}",
            before={"name": name},
            after={"name": new_name},
        )
    return redirect(url_for(".device_sets"))


@pages.post("/<name>/fill")
@allow(Permission.KEEP_DEVICES)
def fill(name: str) -> Redirect:
    """More devices into a set that is there."""
    names = words(request.form.get("devices", ""))
    before = _members(room.policy().school, name)
    with told(f"{name} is filled."):
        put_in_force(
            lambda policy: roll.put_in_set(policy, names, name),
            "filled a set",
            f"set {name}",
            before={"devices": before},
            after={"devices": [*before, *names]},
        )
    return redirect(url_for(".device_sets"))


def _members(school: School, name: str) -> list[str]:
    return [device for one in school.device_sets if one.name == name for device in one.devices]
