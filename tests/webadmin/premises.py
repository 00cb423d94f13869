"""A school as its pages see it: a data folder with a policy in force, a record, and people.

with premises(tmp_path) as school:
    school.box.ask("www.tiktok.com"); school.box.store()
    page = school.as_("clark").get("/")          # Ms Clark, a teacher
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from pyotp import TOTP

from appliance.config import Config
from appliance.lists import remembered
from appliance.live import Live
from appliance.policy import document
from appliance.policy.decide import decide
from appliance.policy.model import Who
from appliance.store.office import passwords, people, secondfactor, sessions
from appliance.store.office.office import Office, open_office
from appliance.store.office.passwords import Passwords
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from tests.recording.noting import TUESDAY, Box
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
allowed = ["service:youtube", "service:tiktok", "service:500px"]
"""

PASSWORD = "otter lamp gravel"
CHEAP = Passwords(PasswordHasher(1, 8, 1))

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
    people: dict[str, Person]
    secrets: dict[str, str]  # on the phones of those who need one

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

    def is_open(self, name: str, who: Who, at: int = 0) -> bool:
        """Whether the policy in force lets somebody have this name, now or then."""
        policy = self.live.policy()
        return decide(policy, who, policy.facts(name), at or self.now).allowed

    def code(self, login: str) -> str:
        """What the app on this person's phone shows now."""
        return TOTP(self.secrets[login]).at(self.now)


@lru_cache
def _prepared(policy: str) -> tuple[Path, dict[str, str]]:
    """A data folder with this policy in force and everybody let in, and the secrets on their
    phones: made once, since it takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="bellgate-premises-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    school = document.read(policy.encode(), remembered.read_in_use(folder), "policy")
    Live(folder).publish_first(school, int(TUESDAY))
    with open_office(folder) as office:
        secrets = {
            login: let_in(office, login, name, roles, TUESDAY)
            for login, (name, roles) in PEOPLE.items()
        }
    return folder, secrets


def let_in(office: Office, login: str, name: str, roles: set[Role], now: float) -> str:
    """With a password, and with the second step where their role needs it: its secret."""
    school, at_ms = "Bellgate Primary", int(now) * 1000
    one = people.add(office, login=login, name=name, roles=roles, at_ms=at_ms)
    passwords.choose(office, CHEAP, one.id, PASSWORD, school=school, at_ms=at_ms)
    if not secondfactor.required_for(roles):
        return ""
    secret = secondfactor.begin(office, one.id, school=school, at_ms=at_ms).secret
    past = TOTP(secret).at(int(now) - 30)  # so that the present one is still good
    secondfactor.confirm(office, one.id, past, at_ms)
    return secret


@contextlib.contextmanager
def premises(folder: Path, policy: str = POLICY) -> Iterator[Premises]:
    """All of it, in a folder of its own, at 10:15 on a Tuesday in Lesson 1."""
    prepared, secrets = _prepared(policy)
    shutil.copytree(prepared, folder, dirs_exist_ok=True, symlinks=True)
    box = Box(folder)
    context = Context(folder, Config(), lambda: box.clock.now, lambda: box.clock.now)
    staff, public = create_staff(context, CHEAP), create_public(context)
    for app in (staff, public):
        app.testing = True
    with open_office(folder) as office:
        known = {one.login: one for one in people.everybody(office)}
    yield Premises(folder, box, context.live, staff, public, known, secrets)
    box.recorder.shutdown()
