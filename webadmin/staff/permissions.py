"""Who may do what: a table, and a door that is shut for every page that is not in it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum, auto
from typing import Any, Final, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from appliance.store.office import secondfactor
from appliance.store.office.people import Person
from appliance.store.office.roles import Role

View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "permission"


class Permission(StrEnum):
    """One thing that a person may do here."""

    SECURE = auto()  # one's own account: password, second factor, sessions
    ENTER = auto()  # the first page, and all that follows
    ASK = auto()  # request a site for a lesson, open a pass, put up a topic notice
    DECIDE = auto()  # on requests
    SEE_LOG = auto()  # what was refused, to which device
    SEE_CASES = auto()
    HANDLE_CASES = auto()
    TRIAGE = auto()  # reports of bad sites
    OPEN = auto()  # overrides, exemptions, the pass list, official channels
    BAN = auto()
    EXPLAIN = auto()  # any name, device and moment
    SEE_NUMBERS = auto()  # of the whole school; no device in them
    KEEP_DEVICES = auto()
    KEEP_PEOPLE = auto()
    SEE_HEALTH = auto()
    SEE_AUDIT = auto()
    SET_UP = auto()  # the school's name, networks, timetable, starting policy


P = Permission
_E_SAFETY: Final = frozenset(
    {P.ENTER, P.ASK, P.DECIDE, P.SEE_LOG, P.SEE_CASES, P.HANDLE_CASES, P.TRIAGE, P.OPEN, P.BAN}
    | {P.EXPLAIN, P.SEE_NUMBERS}
)
TABLE: Final[dict[Role, frozenset[Permission]]] = {
    Role.TEACHER: frozenset({P.ENTER, P.ASK}),
    Role.E_SAFETY: _E_SAFETY,
    # answers for the others' looks at children's records, and so sees them
    Role.SAFEGUARDING_LEAD: _E_SAFETY | {P.SEE_AUDIT},
    # keeps the box, and needs no child's record for it
    Role.NETWORK_MANAGER: frozenset(
        {P.ENTER, P.EXPLAIN, P.KEEP_DEVICES, P.KEEP_PEOPLE, P.SEE_HEALTH, P.SEE_AUDIT, P.SET_UP}
    ),
    Role.GOVERNOR: frozenset({P.ENTER, P.SEE_NUMBERS}),
}


BEFORE_SECOND_FACTOR: Final = frozenset({Permission.SECURE})


def permissions(person: Person | None) -> frozenset[Permission]:
    """All that somebody's roles may do together; whoever still lacks the second factor that their
    role needs may do nothing but set it up."""
    if person is None:
        return frozenset()
    if secondfactor.is_missing(person):
        return BEFORE_SECOND_FACTOR
    return frozenset({Permission.SECURE}).union(*(TABLE[role] for role in person.roles))


def may(permission: Permission) -> bool:
    """Whether the one who is signed in may."""
    return permission in g.permissions


def allow(permission: Permission) -> Callable[[View], View]:
    """This page is for whoever has this permission."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def open_to_all(view: View) -> View:
    """This page comes before signing in."""
    setattr(view, _MARK, None)
    return view


def permission_of(view: Callable[..., Any]) -> Permission | None:
    """LookupError where nobody has said who may see it."""
    try:
        found: Permission | None = getattr(view, _MARK)
    except AttributeError as fault:
        raise LookupError(f"{view.__module__}.{view.__name__} has no permission") from fault
    return found


def guard(app: Flask) -> None:
    """No page is shown before its permission is found and held."""

    def check() -> Response | None:
        if request.endpoint is None:
            return None  # no such page: said as such
        needed = permission_of(app.view_functions[request.endpoint])
        if needed is None or needed in g.permissions:
            return None
        if g.person is None:
            if request.method != "GET":
                abort(403)
            return redirect(url_for("signin.sign_in", next=request.full_path.rstrip("?")))
        if g.permissions == BEFORE_SECOND_FACTOR:
            return redirect(url_for("secondstep.set_up"))
        abort(403)

    app.before_request(check)
    app.jinja_env.globals.update(may=may, Permission=Permission)
