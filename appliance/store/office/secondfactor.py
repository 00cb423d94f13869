"""The second factor: codes of an app on the phone, and ten codes on paper for when it is lost."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pyotp

from appliance.errors import PeopleError
from appliance.store.database import told
from appliance.store.office import sessions
from appliance.store.office.office import Office
from appliance.store.office.people import Person, person
from appliance.store.office.roles import Role
from appliance.store.office.tokens import hash_of

# whoever sees children's records, or can make himself somebody who does
REQUIRED_OF: Final = frozenset((Role.NETWORK_MANAGER, Role.E_SAFETY, Role.SAFEGUARDING_LEAD))
STEP_SECONDS: Final = 30  # RFC 6238, and what every app does
STEPS_OFF: Final = 1  # that a phone's clock may be: RFC 6238 §5.2
RECOVERY_CODES: Final = 10
_CODE_BYTES: Final = 10  # 80 bits: sixteen signs in groups of four
_DIGITS: Final = 6


class Factor(StrEnum):
    """What was shown."""

    APP = "app"
    RECOVERY_CODE = "recovery-code"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the phone has to know: shown once, as a QR code and to be typed."""

    secret: str
    uri: str


def required_for(roles: Collection[Role]) -> bool:
    return not REQUIRED_OF.isdisjoint(roles)


def is_missing(person: Person) -> bool:
    """Whether this person may go on to nothing else before there is one."""
    return required_for(person.roles) and not person.has_second_factor


def begin(office: Office, id: int, *, school: str, at_ms: int) -> Begun:
    """A new secret; nobody is asked for it before `confirm`."""
    secret = pyotp.random_base32()
    with office.transaction():
        owner = person(office, id)
        if owner.has_second_factor:
            raise PeopleError("a second factor is in use already: take it off first")
        office.conn.execute(
            "INSERT OR REPLACE INTO second_factor (person, secret, begun, confirmed, last_step) "
            "VALUES (?, ?, ?, 0, 0)",
            (id, secret, at_ms),
        )
    return _begun(secret, owner, school)


def begun(office: Office, id: int, *, school: str) -> Begun | None:
    """The same again while it is not confirmed: a page may be loaded twice."""
    with told(office.path):
        secret = office.number(
            "SELECT secret FROM second_factor WHERE person = ? AND confirmed = 0", (id,)
        )
    return _begun(str(secret), person(office, id), school) if secret else None


def confirm(office: Office, id: int, code: str, at_ms: int, but: int = 0) -> tuple[str, ...]:
    """The phone has it, as this code shows: from now on it is asked for, and sessions that began
    without it are over, but for `but`. The recovery codes, which nobody can show again."""
    with office.transaction():
        if person(office, id).has_second_factor:
            raise PeopleError("a second factor is in use already: take it off first")
        if not _use_app(office, id, code, at_ms):
            raise PeopleError(
                "this code does not fit: type the newest one the app shows, and look whether the "
                "phone sets its clock by itself"
            )
        office.conn.execute("UPDATE second_factor SET confirmed = ? WHERE person = ?", (at_ms, id))
        sessions.drop(office, id, but)
        return _draw_codes(office, id)


def use(office: Office, id: int, code: str, at_ms: int) -> Factor | None:
    """Which factor this code is, and it is none from now on; None: it is none at all."""
    with office.transaction():
        if not person(office, id).has_second_factor:
            return None
        if _use_app(office, id, code, at_ms):
            return Factor.APP
        return Factor.RECOVERY_CODE if _use_recovery_code(office, id, code, at_ms) else None


def codes_left(office: Office, id: int) -> int:
    """How many recovery codes were not used."""
    with told(office.path):
        return int(
            office.number("SELECT count(*) FROM recovery_code WHERE person = ? AND used = 0", (id,))
        )


def new_codes(office: Office, id: int) -> tuple[str, ...]:
    """Ten others; the old ones open nothing any more."""
    with office.transaction():
        if not person(office, id).has_second_factor:
            raise PeopleError("recovery codes go with a second factor: set one up first")
        return _draw_codes(office, id)


def disable(office: Office, id: int) -> Person:
    """Take it off; who needs one has to set one up at the next sign-in."""
    with office.transaction():
        remove(office, id)
    return person(office, id)


def remove(office: Office, id: int) -> None:
    """The same inside a transaction."""
    office.conn.execute("DELETE FROM second_factor WHERE person = ?", (id,))
    office.conn.execute("DELETE FROM recovery_code WHERE person = ?", (id,))


def _begun(secret: str, owner: Person, school: str) -> Begun:
    issuer = f"Bellgate {school}".strip().replace(":", " ")  # a colon would part name and issuer
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=owner.login, issuer_name=issuer))


def _use_app(office: Office, id: int, code: str, at_ms: int) -> bool:
    """No code twice: who looks over a shoulder must not come in after it (RFC 6238 §5.2)."""
    row = office.conn.execute(
        "SELECT secret, last_step FROM second_factor WHERE person = ?", (id,)
    ).fetchone()
    typed = "".join(code[:20].split())
    if row is None or len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        return False
    secret, last_step = row
    totp, now = pyotp.TOTP(secret), at_ms // 1000 // STEP_SECONDS
    for step in range(max(now - STEPS_OFF, last_step + 1), now + STEPS_OFF + 1):
        if secrets.compare_digest(totp.generate_otp(step), typed):
            office.conn.execute(
                "UPDATE second_factor SET last_step = ? WHERE person = ?", (step, id)
            )
            return True
    return False


def _use_recovery_code(office: Office, id: int, code: str, at_ms: int) -> bool:
    cursor = office.conn.execute(
        "UPDATE recovery_code SET used = ? WHERE person = ? AND hash = ? AND used = 0",
        (at_ms, id, _hash(code)),
    )
    return cursor.rowcount > 0


def _draw_codes(office: Office, id: int) -> tuple[str, ...]:
    codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
    office.conn.execute("DELETE FROM recovery_code WHERE person = ?", (id,))
    office.conn.executemany(
        "INSERT INTO recovery_code (person, hash, used) VALUES (?, ?, 0)",
        [(id, _hash(code)) for code in codes],
    )
    return codes


def _new_code() -> str:
    signs = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode("ascii").lower()
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def _hash(code: str) -> str:
    """Of its signs, however it was typed off the paper."""
    return hash_of("".join(sign for sign in code[:100].lower() if sign.isalnum()))
