"""The way through the pages: what stands beside each of them, as far as the reader may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, request

from webadmin.staff.permissions import Permission, may


@dataclass(frozen=True, slots=True)
class Place:
    """One page in the navigation."""

    title: str
    endpoint: str
    permission: Permission
    waits: str = ""  # the key of what is counted beside it


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    places: tuple[Place, ...]


PARTS: Final = (
    Part("", (Place("Desk", "desk.desk", Permission.ENTER),)),
    Part(
        "Lessons",
        (
            Place("Ask for a site", "asking.ask", Permission.ASK),
            Place("Open a pass", "passes.passes_page", Permission.ASK),
            Place("Topic notices", "notices.notices_page", Permission.ASK),
            Place("My requests", "asking.mine", Permission.ASK),
        ),
    ),
    Part(
        "E-safety",
        (
            Place("Requests", "deciding.requests_list", Permission.DECIDE, "requests"),
            Place("Reports", "triage.reports", Permission.TRIAGE, "reports"),
            Place("Cases", "cases.cases", Permission.SEE_CASES, "cases"),
            Place("Refused log", "refused.log", Permission.SEE_LOG),
            Place("Why?", "explaining.why", Permission.EXPLAIN),
            Place("Numbers", "numbers.numbers", Permission.SEE_NUMBERS),
        ),
    ),
    Part(
        "What is open",
        (
            Place("Overrides", "overrides.overrides", Permission.OPEN),
            Place("Exemptions", "exemptions.exemptions", Permission.OPEN),
            Place("Pass list", "passlist.the_list", Permission.OPEN),
            Place("Official channels", "channels.register", Permission.OPEN),
            Place("Device bans", "bans.bans_list", Permission.BAN),
        ),
    ),
    Part(
        "The box",
        (
            Place("Devices", "devices.devices", Permission.KEEP_DEVICES),
            Place("People", "people.people_list", Permission.KEEP_PEOPLE),
            Place("Health", "health.health", Permission.SEE_HEALTH),
            Place("Audit trail", "audit.trail", Permission.SEE_AUDIT),
            Place("School", "setup.school", Permission.SET_UP),
        ),
    ),
)


def parts() -> list[tuple[Part, list[Place]]]:
    """What the reader may see of it."""
    known = current_app.view_functions
    seen = [
        (part, [one for one in part.places if may(one.permission) and one.endpoint in known])
        for part in PARTS
    ]
    return [(part, places) for part, places in seen if places]


def is_here(place: Place) -> bool:
    """Whether the page that is shown belongs to this place."""
    here = request.endpoint or ""
    if here == place.endpoint:
        return True
    beside = {one.endpoint for part in PARTS for one in part.places}
    return here not in beside and here.partition(".")[0] == place.endpoint.partition(".")[0]


def show_the_way(app: Flask) -> None:
    app.jinja_env.globals.update(
        navigation=parts, is_here=is_here, endpoints=lambda: app.view_functions
    )
