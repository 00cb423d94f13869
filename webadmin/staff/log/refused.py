"""The refused log: what was refused, to which device, why; found among millions of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from appliance.errors import CaseError, RequestError
from appliance.policy.decide import Policy
from appliance.policy.model import CLOSED
from appliance.store import reports
from appliance.store.office import views
from appliance.store.reports import By, Span
from appliance.store.search import Wish
from appliance.store.search import look as look_for
from webadmin.staff import room
from webadmin.staff.log import looking
from webadmin.staff.log.entries import Entry, entries
from webadmin.staff.log.filters import DAY_CHOICES, DECIDERS, MATCHES, Filters, is_whole_hours
from webadmin.staff.noting import note_look
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("refused", __name__)

SHOWN: Final = 50
TAIL_SECONDS: Final = 2
LARGEST_ID: Final = 1 << 53
SERVICES: Final = 60  # proposed while typing: those that were refused this week


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next are."""

    entries: list[Entry]
    newest: int  # the newest row of all that fit, as far as this page knows
    oldest: int | None  # to go on from; None where no older rows fit
    is_part: bool = False  # so many rows were looked at that the rest was left for another page


@pages.get("/refused")
@allow(Permission.SEE_LOG)
def log() -> Answer | str | tuple[str, int]:
    """The newest rows that fit; `before` and `after` are rows to go on from."""
    filters = Filters.of(request.args)
    if "" in request.args.values():
        return redirect(address(filters))  # a form sends what was left empty, too
    if filters.device and not looking.may_look(filters.device):
        return _ask_why(filters)
    alone = filters.alone_in_set(room.policy())
    if alone:  # asked for as a set, and one device's record all the same
        note_look(alone, f"the log of the set {filters.set}")
    before, after = _number("before"), _number("after")
    try:
        wish = filters.wish(room.policy(), room.now(), before_id=before, after_id=after)
    except RequestError as fault:
        return _show(filters, Page([], 0, None), wrong=str(fault)), 400
    return _show(filters, _page(wish), before=before, after=after)


@pages.get("/refused/new")
@allow(Permission.SEE_LOG)
def newer() -> str:
    """What has come since a row, without the page around it: for the script that looks again."""
    filters = Filters.of(request.args)
    if filters.device and not looking.may_look(filters.device):
        abort(403)
    try:
        wish = filters.wish(room.policy(), room.now(), after_id=_number("after"))
    except RequestError:
        abort(400)
    return render_template("staff/refused_new.html", page=_page(wish))


@pages.post("/refused/look")
@allow(Permission.SEE_LOG)
def look() -> Answer | tuple[str, int]:
    """Say why, then see all of one device."""
    filters = Filters.of(request.form)
    if not filters.device:
        abort(400)
    try:
        looking.look(filters.device, request.form.get("why", ""))
    except CaseError:
        return _ask_why(filters, wrong="Say in a few words why you look at this device.")
    return redirect(address(filters))


@pages.post("/refused/views")
@allow(Permission.SEE_LOG)
def save_view() -> Answer:
    """Keep these filters under a name."""
    filters = Filters.of(request.form)
    try:
        saved = views.save(
            room.office(),
            room.me(),
            request.form.get("title", ""),
            filters.query,
            is_shared="is_shared" in request.form,
        )
        flash(f"Saved as “{saved.name}”.", "success")
    except RequestError as fault:
        flash(f"The view was not saved: {fault}.", "danger")
    return redirect(address(filters))


@pages.post("/refused/views/<int:id>/delete")
@allow(Permission.SEE_LOG)
def delete_view(id: int) -> Answer:
    """One's own."""
    try:
        views.delete(room.office(), id, room.me())
    except RequestError:
        abort(404)
    flash("The view is deleted.", "success")
    return redirect(address(Filters.of(request.form)))


def address(filters: Filters, **more: object) -> str:
    """Of the log with these filters."""
    query = "&".join(filter(None, [filters.query, urlencode(more)]))
    return url_for("refused.log") + (f"?{query}" if query else "")


def _ask_why(filters: Filters, wrong: str = "") -> tuple[str, int]:
    page = render_template("staff/refused_look.html", filters=filters, wrong=wrong)
    return page, 400 if wrong else 200


def _page(wish: Wish) -> Page:
    found = look_for(room.record(), wish, limit=SHOWN + 1)
    shown = found.rows[:SHOWN]
    newest = shown[0].id if shown else wish.after_id or 0
    if len(found.rows) > SHOWN:
        return Page(entries(shown), newest, shown[-1].id)
    return Page(entries(shown), newest, found.older_than, is_part=found.older_than is not None)


def _show(
    filters: Filters,
    page: Page,
    *,
    before: int | None = None,
    after: int | None = None,
    wrong: str = "",
) -> str:
    policy = room.policy()
    return render_template(
        "staff/refused.html",
        filters=filters,
        chips=filters.chips(policy),
        page=page,
        before=before,
        after=after,
        wrong=wrong,
        count=None if wrong else _count(filters, policy),
        views=views.of_person(room.office(), room.me().id),
        offers=_offers(policy),
        address=address,
        tail_seconds=TAIL_SECONDS,
    )


def _offers(policy: Policy) -> dict[str, dict[str, str]]:
    """What may be chosen from, by its key and its title."""
    school = policy.school
    periods = [period.name for table in school.timetables for period in table.periods]
    categories = policy.catalogue.categories.values()
    return {
        "on": DAY_CHOICES,
        "period": {**{name: name for name in periods}, CLOSED: "outside school hours"},
        "group": {one.name: one.name for one in school.groups},
        "set": {one.name: one.name for one in school.device_sets},
        "category": {one.name: one.title for one in sorted(categories, key=lambda c: c.title)},
        "decided_by": DECIDERS,
        "match": {str(match): title for match, title in MATCHES.items()},
        "service": _services(policy),
    }


def _services(policy: Policy) -> dict[str, str]:
    """Those that were refused this week."""
    now = room.now()
    span = Span.touching(policy.clock, now - 7 * 86_400, now + 1)
    found = reports.numbers(room.record(), By.SERVICE, span)
    names = [one.what for one in found if one.what and one.refused][:SERVICES]
    services = policy.catalogue.services
    return {name: services[name].title if name in services else name for name in names}


def _count(filters: Filters, policy: Policy) -> int | None:
    """How many questions fit, where sums by the hour can tell."""
    since, until = filters.times(policy, room.now())
    if not filters.holds_only("on", "since", "until", "group", "service"):
        return None
    if since is None or not is_whole_hours(since, until):
        return None
    wish = filters.wish(policy, room.now())
    span = Span.touching(policy.clock, since, until or room.now() + 1)
    hours = reports.hours(room.record(), span, group=wish.group, service=wish.service)
    return sum(one.refused for one in hours)


def _number(key: str) -> int | None:
    """A row's number in the address; None where it is none."""
    number = request.args.get(key, type=int)
    return number if number is not None and 0 < number < LARGEST_ID else None
