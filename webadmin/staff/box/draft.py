"""The school that somebody is setting up: what they have said so far, kept in the office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from flask import Flask, g

from appliance.errors import SnapshotError
from appliance.policy import ready
from appliance.policy.decisions.first_school import PLACEHOLDER, Facts, first_school, period
from appliance.policy.model import KINDS, Period, School
from appliance.policy.schedule import clock_time
from appliance.store.office import drafts
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from webadmin.staff import room

TAUGHT_KINDS: Final = tuple(kind for kind in KINDS if kind != "closed")
Row = tuple[str, str, str, str]  # name, kind, from, to


@dataclass
class Draft:
    """What has been said; empty: not yet."""

    name: str = ""
    contact: str = ""
    domains: list[str] = field(default_factory=list)
    profile: str = ""
    networks: dict[str, list[str]] = field(default_factory=dict)  # by group
    default_group: str = ""
    periods: list[list[str]] = field(default_factory=list)  # as typed: rows may be unfinished

    @property
    def rows(self) -> list[Row]:
        return [(one[0], one[1], one[2], one[3]) for one in self.periods if len(one) == 4]

    def said(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return asdict(self)

    def keep(self) -> None:
        """It outlasts a reload and a sign-out."""
        drafts.keep(room.office(), drafts.FIRST_SCHOOL, self.said(), at_ms=room.now_ms())


def find() -> Draft | None:
    """None where nothing is being set up."""
    content = drafts.find(room.office(), drafts.FIRST_SCHOOL)
    if content is None:
        return None
    known = {one.name for one in fields(Draft)}
    return Draft(**{key: value for key, value in content.items() if key in known})


def begin() -> Draft:
    """Begun with what is known already: networks of a trial's options, or a school that wants
    another ready policy."""
    made = Draft()
    try:
        school = room.policy().school
    except SnapshotError:
        school = None
    if school:
        made.networks = networks_of(school)
        if not any(name.endswith(PLACEHOLDER) for name in school.domains):  # else it is nobody's
            made.name, made.contact, made.domains = school.name, school.contact, [*school.domains]
            made.default_group = school.default_group.name
            made.periods = [[*row] for row in rows_of(school.timetables[0].periods)]
    made.keep()
    return made


def drop() -> None:
    drafts.drop(room.office(), drafts.FIRST_SCHOOL)


def profile_of(draft: Draft) -> School:
    """The ready policy that was chosen."""
    return ready.read(draft.profile, room.context().live.catalogue())


def made_of(draft: Draft) -> School:
    """The school as it would be in force; DecisionError says what is wrong with it."""
    profile = profile_of(draft)
    groups = {group.name for group in profile.groups}
    facts = Facts(
        name=draft.name,
        contact=draft.contact,
        domains=tuple(draft.domains),
        networks={
            group: tuple(texts) for group, texts in draft.networks.items() if group in groups
        },
        periods=periods_of(draft.rows),
        default_group=draft.default_group if draft.default_group in groups else "",
    )
    return first_school(profile, facts)


def periods_of(rows: list[Row]) -> tuple[Period, ...]:
    """The rows that say something; DecisionError where one of them makes no sense."""
    return tuple(period(*row) for row in rows if row[0])


def rows_of(periods: tuple[Period, ...]) -> list[Row]:
    """Bells as a form has them."""
    return [
        (one.name, one.kind, clock_time(one.start_minute), clock_time(one.end_minute))
        for one in periods
    ]


def networks_of(school: School) -> dict[str, list[str]]:
    return {group.name: [str(one) for one in group.networks] for group in school.groups}


def with_networks(draft: Draft, networks: Mapping[str, list[str]], default: str) -> None:
    draft.networks = {group: [*texts] for group, texts in networks.items()}
    draft.default_group = default


def show_what_is_begun(app: Flask) -> None:
    """For templates: whether a school is being set up by whoever reads the page."""

    def is_begun() -> bool:
        person: Person | None = g.person
        return bool(person and person.is_a(Role.NETWORK_MANAGER)) and find() is not None

    app.jinja_env.globals.update(setting_up=is_begun)
