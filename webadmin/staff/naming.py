"""What roles and browsers are called on these pages."""

from __future__ import annotations

import re
from typing import Final

from flask import Flask

from appliance.store.office.roles import Role

ROLES: Final = {
    Role.TEACHER: "Teacher",
    Role.E_SAFETY: "E-safety team",
    Role.SAFEGUARDING_LEAD: "Safeguarding lead",
    Role.NETWORK_MANAGER: "Network manager",
    Role.GOVERNOR: "Governor",
}
MAY: Final = {
    Role.TEACHER: "asks for sites, opens passes for a class, puts up topic notices",
    Role.E_SAFETY: "decides on requests, works on cases and reports, sees what was refused",
    Role.SAFEGUARDING_LEAD: "all that the e-safety team may, and sees who looked at what",
    Role.NETWORK_MANAGER: "looks after the box, devices and people; sees no child's record",
    Role.GOVERNOR: "sees the numbers of the whole school, and no device",
}
# The first that is found counts: nearly every browser also claims to be another one.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("CrOS", "a Chromebook"),
    ("iPad", "an iPad"),
    ("iPhone", "an iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """ "Firefox on Windows" """
    name = next((name for sign, name in _BROWSERS if re.search(rf"\b{sign}/", agent)), "A browser")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{name} on {system}" if system else name


def role_title(role: Role) -> str:
    return ROLES[role]


def add_names(app: Flask) -> None:
    app.jinja_env.filters.update(browser=browser, role_title=role_title)
