"""A school as its pages see it: a data folder with a policy in force, a record, and people.

with premises(tmp_path) as school:
    school.box.ask("www.tiktok.com"); school.box.store()
    page = school.as_("clark").get("/")          # Ms Clark, a teacher
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from appliance.config import Config
from appliance.lists import remembered
from appliance.live import Live
from appliance.policy import document
from appliance.store.office import people, sessions
from appliance.store.office.office import open_office
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from tests.recording.noting import Box
from tests.school import DOCUMENT, RULES
from webadmin.frame.context import Context
from webadmin.public.app import create_app as create_public
from webadmin.staff.app import create_app as create_staff
from webadmin.staff.session import COOKIE

POLICY = f"""{DOCUMENT}
{RULES}

[device_sets.y6-ipads]
devices = ["dans-tablet"]

[passes]
allowed = ["service:youtube", "service:tiktok", "domain:padlet.com"]
"""

PEOPLE = {
    "clark": ("Ms Clark", {Role.TEACHER}),
    "bell": ("Mr Bell", {Role.TEACHER}),
    "owen": ("Mrs Owen", {Role.E_SAFETY}),
    "price": ("Mr Price", {Role.E_SAFETY}),
    "shah": ("Dr Shah", {Role.SAFEGUARDING_LEAD}),
    "north": ("Sam North", {Role.NETWORK_MANAGER}),
    "green": ("Lady Green", {Role.GOVERNOR}),
}


@dataclass
class Premises:
    """One school's box, its two applications, and its people."""

    folder: Path
    box: Box  # who asks, and the recorder; its clock is the clock of all
    live: Live
    staff: Flask
    public: Flask
    people: dict[str, Person] = field(default_factory=dict)

    def as_(self, login: str) -> FlaskClient:
        """A browser of one who has signed in."""
        person = self.people[login]
        at_ms = int(self.box.clock.now * 1000)
        with open_office(self.folder) as office:
            token, _ = sessions.begin(office, at_ms=at_ms, person_id=person.id, roles=person.roles)
        client = self.staff.test_client()
        client.set_cookie(COOKIE, token)
        return client

    def stranger(self) -> FlaskClient:
        """A browser of nobody, at the staff's door."""
        return self.staff.test_client()

    def visitor(self) -> FlaskClient:
        """A browser at the counter."""
        return self.public.test_client()

    @property
    def now(self) -> int:
        return int(self.box.clock.now)


@contextlib.contextmanager
def premises(folder: Path, policy: str = POLICY) -> Iterator[Premises]:
    """All of it, in a folder of its own, at 10:15 on a Tuesday in Lesson 1."""
    box = Box(folder)
    context = Context(folder, Config(), lambda: box.clock.now)
    school = document.read(policy.encode(), remembered.read_in_use(folder), "policy")
    context.live.publish_first(school, context.now)
    staff, public = create_staff(context), create_public(context)
    for app in (staff, public):
        app.testing = True
    made = Premises(folder, box, context.live, staff, public)
    with open_office(folder) as office:
        for login, (name, roles) in PEOPLE.items():
            made.people[login] = people.add(
                office, login=login, name=name, roles=roles, at_ms=int(box.clock.now * 1000)
            )
    yield made
    box.recorder.shutdown()
