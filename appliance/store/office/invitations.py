"""Links that let somebody in once: to choose a first password, a new one, another second factor,
or to begin with a new box. Nobody is ever given a password that somebody else knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from appliance.errors import InvitationError, PeopleError
from appliance.store.database import told
from appliance.store.office import passwords, people, secondfactor, sessions
from appliance.store.office.office import Office
from appliance.store.office.passwords import Passwords
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from appliance.store.office.tokens import hash_of, is_token, new_token

LASTS_MS: Final = 7 * 24 * 60 * 60 * 1000  # somebody ill on Monday is back by then
_COLUMNS: Final = "id, kind, person, made, made_by, ends, used"


class Kind(StrEnum):
    """What a link is for."""

    WELCOME = "welcome"  # a first password
    PASSWORD = "password"
    SECOND_FACTOR = "second-factor"  # takes it off; the password is still asked for
    FIRST_RUN = "first-run"  # makes the first network manager


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was handed out. `id` opens nothing: pages may show it."""

    id: int
    kind: Kind
    person: Person | None  # None: whoever begins with a new box
    made_ms: int
    made_by: str
    ends_ms: int


def invite(office: Office, id: int, kind: Kind, *, made_by: str, at_ms: int) -> str:
    """The token of a new link for this person; an older one of the same kind opens nothing."""
    with office.transaction():
        invited = people.person(office, id)
        if kind is Kind.FIRST_RUN:
            raise PeopleError("a first-run link is for a box that has nobody yet")
        if not invited.is_active:
            raise PeopleError(f"{invited.name} may not sign in: let them back in first")
        if kind is Kind.WELCOME and invited.has_password:
            raise PeopleError(f"{invited.name} has a password already: reset it")
        if kind is Kind.PASSWORD and not invited.has_password:
            kind = Kind.WELCOME
        office.conn.execute(
            "DELETE FROM invitation WHERE person = ? AND kind = ? AND used = 0", (id, kind)
        )
        return _make(office, id, kind, made_by, at_ms)


def first_run(office: Office, at_ms: int) -> str | None:
    """The token for who sets up a new box, the only one that counts; None: that has been done."""
    with office.transaction():
        office.conn.execute("DELETE FROM invitation WHERE kind = ?", (Kind.FIRST_RUN,))
        if people.has_manager(office):
            return None
        return _make(office, None, Kind.FIRST_RUN, "bellgate run", at_ms)


def look(office: Office, token: str, at_ms: int) -> Invitation:
    """What this link opens; InvitationError where it opens nothing."""
    with told(office.path):
        row = office.conn.execute(
            f"SELECT {_COLUMNS} FROM invitation WHERE hash = ?",
            (hash_of(token) if is_token(token) else "",),
        ).fetchone()
    if row is None:
        raise InvitationError(
            "this link opens nothing: look whether it was copied whole, or ask for a new one"
        )
    found = _invitation(office, row)
    is_used = row[-1] != 0
    if is_used or found.kind is Kind.FIRST_RUN and people.has_manager(office):
        raise InvitationError("this link has been used: sign in, or ask for a new one")
    if not found.made_ms <= at_ms < found.ends_ms:
        raise InvitationError("this link has lapsed, it was good for 7 days: ask for a new one")
    if found.person and not found.person.is_active:
        raise InvitationError("this account may not sign in any more: ask the network manager")
    return found


def take_password(
    office: Office, hasher: Passwords, token: str, password: str, *, school: str, at_ms: int
) -> Person:
    """Redeem a link with a new password. Whoever was signed in with the old one is no more."""
    owner = _of(look(office, token, at_ms), Kind.WELCOME, Kind.PASSWORD)
    passwords.refuse_guessable(password, school, owner.login, owner.name)
    hashed = hasher.hash(password)
    with office.transaction():
        _spend(office, look(office, token, at_ms), at_ms)  # it may have been used meanwhile
        passwords.put(office, owner.id, hashed, at_ms)
    return people.person(office, owner.id)


def take_off_second_factor(office: Office, token: str, at_ms: int) -> Person:
    """Redeem a link of whoever has lost the phone. They sign in with their password, and then set
    up another one."""
    with office.transaction():
        found = look(office, token, at_ms)
        owner = _of(found, Kind.SECOND_FACTOR)
        _spend(office, found, at_ms)
        secondfactor.remove(office, owner.id)
        sessions.drop(office, owner.id)
    return people.person(office, owner.id)


def begin_box(
    office: Office,
    hasher: Passwords,
    token: str,
    *,
    login: str,
    name: str,
    password: str,
    school: str,
    at_ms: int,
) -> Person:
    """Redeem the first-run link: the first network manager."""
    if look(office, token, at_ms).kind is not Kind.FIRST_RUN:
        raise InvitationError("this link is for another page: open it as it was given to you")
    passwords.refuse_guessable(password, school, login, name)
    hashed = hasher.hash(password)
    with office.transaction():
        _spend(office, look(office, token, at_ms), at_ms)
        manager = people.make(
            office, login=login, name=name, roles=[Role.NETWORK_MANAGER], at_ms=at_ms
        )
        passwords.put(office, manager.id, hashed, at_ms)
    return people.person(office, manager.id)


def waiting(office: Office, at_ms: int) -> list[Invitation]:
    """Links that were handed out and still open something, the newest first."""
    with told(office.path):
        rows = office.conn.execute(
            f"SELECT {_COLUMNS} FROM invitation WHERE used = 0 AND ends > ? AND person IS NOT NULL "
            "ORDER BY id DESC",
            (at_ms,),
        ).fetchall()
    return [_invitation(office, row) for row in rows]


def withdraw(office: Office, id: int) -> None:
    """It opens nothing from now on."""
    with office.transaction():
        office.conn.execute("DELETE FROM invitation WHERE id = ? AND used = 0", (id,))


def purge(office: Office, at_ms: int) -> None:
    """Away with those that have been over for as long as they were good: until then a late comer
    is told why."""
    with office.transaction():
        office.conn.execute("DELETE FROM invitation WHERE ends <= ?", (at_ms - LASTS_MS,))


def _make(office: Office, id: int | None, kind: Kind, made_by: str, at_ms: int) -> str:
    token = new_token()
    office.conn.execute(
        "INSERT INTO invitation (hash, kind, person, made, made_by, ends, used) "
        "VALUES (?, ?, ?, ?, ?, ?, 0)",
        (hash_of(token), kind, id, at_ms, made_by, at_ms + LASTS_MS),
    )
    return token


def _spend(office: Office, found: Invitation, at_ms: int) -> None:
    """This link and every other one to the same end."""
    office.conn.execute("UPDATE invitation SET used = ? WHERE id = ?", (at_ms, found.id))
    if found.person:
        office.conn.execute(
            "DELETE FROM invitation WHERE person = ? AND kind = ? AND used = 0",
            (found.person.id, found.kind),
        )


def _of(found: Invitation, *kinds: Kind) -> Person:
    if found.person is None or found.kind not in kinds:
        raise InvitationError("this link is for another page: open it as it was given to you")
    return found.person


def _invitation(office: Office, row: tuple[Any, ...]) -> Invitation:
    id, kind, person_id, made, made_by, ends, _ = row
    owner = people.person(office, person_id) if person_id else None
    return Invitation(id, Kind(kind), owner, made, made_by, ends)
