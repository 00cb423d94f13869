"""Passwords: hashed so that a stolen file is of little use, and compared in the same time for
everybody."""

from __future__ import annotations

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from appliance.errors import PeopleError
from appliance.store.database import told
from appliance.store.office import guesses, sessions
from appliance.store.office.office import Office
from appliance.store.office.people import Person, person

# OWASP's least is 19 MiB and two passes. One more pass makes up for it on any machine, where the
# library's 64 MiB and four lanes would not: a Pi has 1 GB, the resolvers need it, and a class that
# comes back from break signs in at once. 0.04 s on x86.
MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 3
LANES: Final = 1  # the resolvers have the other cores


class Passwords:
    """Makes hashes and compares with them; slow on purpose, so never inside a transaction."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._nobodys = hasher.hash("nobody has this password")

    @classmethod
    def usual(cls) -> Passwords:
        """One for a process: it costs a hash to make."""
        return cls(PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES))

    def hash(self, password: str) -> str:
        return self._hasher.hash(_typed(password))

    def is_right(self, stored: str, password: str) -> bool:
        """It takes as long where there is no account or no password, and says no."""
        try:
            is_same = self._hasher.verify(stored or self._nobodys, _typed(password))
        except (VerifyMismatchError, InvalidHashError):
            return False
        return is_same and bool(stored)

    def is_old(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than are right today."""
        return self._hasher.check_needs_rehash(stored)


def refuse_guessable(password: str, *known: str) -> None:
    """PeopleError where this must be nobody's password, or not of whom all this is known."""
    fault = guesses.fault_of(_typed(password), known)
    if fault:
        raise PeopleError(fault)


def choose(
    office: Office,
    passwords: Passwords,
    id: int,
    password: str,
    *,
    school: str,
    at_ms: int,
    but: int = 0,
) -> Person:
    """A new password for this person, who is signed out everywhere but in the session `but`."""
    owner = person(office, id)
    refuse_guessable(password, school, owner.login, owner.name)
    hashed = passwords.hash(password)
    with office.transaction():
        put(office, id, hashed, at_ms, but)
    return person(office, id)


def put(office: Office, id: int, hashed: str, at_ms: int, but: int = 0) -> None:
    """Inside a transaction: this hash, and an end to all that the old password opened."""
    office.conn.execute(
        "UPDATE person SET password = ?, password_changed = ? WHERE id = ?", (hashed, at_ms, id)
    )
    sessions.drop(office, id, but)


def belongs(office: Office, passwords: Passwords, person: Person | None, password: str) -> bool:
    """Whether this is the password of that person, who may be nobody."""
    stored = _stored(office, person)
    if not passwords.is_right(stored, password):
        return False
    if person and passwords.is_old(stored):
        _hash_anew(office, passwords, person, stored, password)
    return True


def _hash_anew(
    office: Office, passwords: Passwords, person: Person, stored: str, password: str
) -> None:
    hashed = passwords.hash(password)
    with office.transaction():
        office.conn.execute(
            "UPDATE person SET password = ? WHERE id = ? AND password = ?",
            (hashed, person.id, stored),  # it may have been changed meanwhile
        )


def _stored(office: Office, person: Person | None) -> str:
    if person is None:
        return ""
    with told(office.path):
        return str(office.number("SELECT password FROM person WHERE id = ?", (person.id,)) or "")


def _typed(password: str) -> str:
    """The same however a keyboard puts an accent; no longer than one that can be chosen."""
    return unicodedata.normalize("NFKC", password[: guesses.LONGEST + 1])
