"""A school's staff and their office, with passwords that cost next to nothing to hash."""

from __future__ import annotations

import pyotp
from argon2 import PasswordHasher

from appliance.store.office import invitations, passwords, people, secondfactor
from appliance.store.office.office import Office
from appliance.store.office.passwords import Passwords
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from appliance.store.office.secondfactor import Begun

TUESDAY = 1_795_515_300_000  # 24 November 2026, 10:15 in London
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SCHOOL = "St Anne's Primary School"
KETTLE = "kettle pond ribbon"
TRACTOR = "purple tractor moss"
LAPTOP, TABLET = "10.20.4.11", "10.20.3.7"

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def clark(office: Office, *roles: Role) -> Person:
    """Ms Clark, a teacher where nothing else is said, who has chosen KETTLE."""
    return staff(office, "Ms Clark", "clark@example.sch.uk", *roles)


def hill(office: Office) -> Person:
    """Mr Hill, the network manager."""
    return staff(office, "Mr Hill", "hill@example.sch.uk", Role.NETWORK_MANAGER)


def staff(office: Office, name: str, login: str, *roles: Role) -> Person:
    made = people.add(
        office, login=login, name=name, roles=roles or [Role.TEACHER], at_ms=TUESDAY - DAY
    )
    return passwords.choose(office, CHEAP, made.id, KETTLE, school=SCHOOL, at_ms=TUESDAY - DAY)


def with_phone(office: Office, person: Person, at_ms: int = TUESDAY) -> tuple[Begun, list[str]]:
    """Their phone has the secret now; and the recovery codes."""
    begun = secondfactor.begin(office, person.id, school=SCHOOL, at_ms=at_ms)
    code = shown(begun, at_ms - MINUTE // 2)  # the step before: the present one is still free
    return begun, list(secondfactor.confirm(office, person.id, code, at_ms))


def shown(begun: Begun, at_ms: int) -> str:
    """What the app shows at a moment, as its own makers work it out."""
    return pyotp.TOTP(begun.secret).at(at_ms // 1000)


def welcome(office: Office, person: Person, at_ms: int = TUESDAY) -> str:
    kind = invitations.Kind.WELCOME
    return invitations.invite(office, person.id, kind, made_by="Mr Hill", at_ms=at_ms)
