"""Signing in, the whole story: may they try, is it them, is it really them.

A refusal says the same, and takes as long, whether the login, the password or the account is wrong.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from appliance.store import throttle
from appliance.store.office import invitations, passwords, people, secondfactor, sessions
from appliance.store.office.office import Office
from appliance.store.office.passwords import Passwords
from appliance.store.office.people import Person
from appliance.store.office.secondfactor import Factor
from appliance.store.throttle import Limit, Try

# strict: whoever guesses at one account from one place
AT_ADDRESS: Final = Limit("account at address", 5, 900, first_seconds=60, longest_seconds=900)
# from many places: high, and soon over, since a pupil with ten devices could keep a teacher out; it
# does not hold where she has signed in before
ACCOUNT: Final = Limit("account", 50, 120, first_seconds=60, longest_seconds=300)
# a whole school may come from one address, so this only slows who tries many accounts
ADDRESS: Final = Limit("address", 40, 30, first_seconds=10, longest_seconds=300)
# who gets here has the password: of a million codes, five and then four an hour
CODE: Final = Limit("code", 5, 900, first_seconds=60, longest_seconds=900)
NETWORK_BITS: Final = 64
KNOWN_MS: Final = 90 * 24 * 60 * 60 * 1000  # a term: until then a place is one of theirs

WRONG: Final = "The login and the password do not go together."
WRONG_CODE: Final = "This code does not fit, or it has been used: type the newest one."


@dataclass(frozen=True, slots=True)
class Refused:
    """Not now, or not with these words; the sentence is for whoever typed them."""

    wait_seconds: int  # before anything else is listened to
    sentence: str


@dataclass(frozen=True, slots=True)
class NeedsSecondFactor:
    """The password is theirs; `second_step` next. Keep the number in the session, not in a form."""

    person: Person


@dataclass(frozen=True, slots=True)
class SignedIn:
    """It is them. Begin a new session; where `secondfactor.is_missing`, lead to that page only."""

    person: Person
    factor: Factor | None = None


def sign_in(
    office: Office, hasher: Passwords, login: str, password: str, *, address: str, at_ms: int
) -> Refused | NeedsSecondFactor | SignedIn:
    """The first step."""
    person = people.find(office, login)
    tries = _tries(office, person, login, address, at_ms)
    wait_ms = throttle.take(office, tries, at_ms)
    if wait_ms:
        return _refused(wait_ms, "There were too many tries.")
    is_right = passwords.belongs(office, hasher, person, password)
    if not (is_right and person and person.is_active):
        return _refused(throttle.may_try(office, tries, at_ms), WRONG)
    _went_well(office, tries)
    if person.has_second_factor:
        return NeedsSecondFactor(person)
    return _signed_in(office, person, None, address, at_ms)


def second_step(
    office: Office,
    person_id: int,
    code: str,
    *,
    address: str,
    at_ms: int,
    phone_ms: int | None = None,
) -> Refused | SignedIn:
    """The second one, of whoever NeedsSecondFactor named within the last minutes. `phone_ms` is the
    time by which phones make codes, where the box has another, as in a trial."""
    person = people.person(office, person_id)
    tries = [Try(CODE, str(person_id))]
    wait_ms = throttle.take(office, tries, at_ms)
    if wait_ms:
        return _refused(wait_ms, "There were too many tries.")
    factor = secondfactor.use(office, person_id, code, at_ms if phone_ms is None else phone_ms)
    if factor is None or not person.is_active:
        return _refused(throttle.may_try(office, tries, at_ms), WRONG_CODE)
    throttle.forget(office, tries)
    return _signed_in(office, person, factor, address, at_ms)


def confirm_password(
    office: Office, hasher: Passwords, person: Person, password: str, *, address: str, at_ms: int
) -> Refused | None:
    """Before something that a borrowed browser must not do; None: it is them."""
    tries = _tries(office, person, person.login, address, at_ms)
    wait_ms = throttle.take(office, tries, at_ms)
    if wait_ms:
        return _refused(wait_ms, "There were too many tries.")
    if not passwords.belongs(office, hasher, person, password):
        return _refused(throttle.may_try(office, tries, at_ms), "This is not your password.")
    _went_well(office, tries)
    return None


def tidy(office: Office, at_ms: int) -> None:
    """Away with all that says nothing any more."""
    sessions.purge(office, at_ms)
    invitations.purge(office, at_ms)
    throttle.purge(office, at_ms)
    people.forget_places(office, at_ms - KNOWN_MS)


def _tries(
    office: Office, person: Person | None, login: str, address: str, at_ms: int
) -> list[Try]:
    """The strict one first. At a place of theirs nobody else's tries count."""
    key = person.login if person else login.strip().casefold()
    strict = Try(AT_ADDRESS, f"{key} {address}")
    if person and people.is_known_at(office, person.id, address, at_ms - KNOWN_MS):
        return [strict]
    return [strict, Try(ACCOUNT, key), Try(ADDRESS, _line(address))]


def _line(address: str) -> str:
    """What an address costs: one of IPv4, but the network of one of IPv6, in which any device takes
    as many as it likes."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket of this machine
    if isinstance(known, ipaddress.IPv6Address) and not known.ipv4_mapped:
        return str(ipaddress.ip_network((known, NETWORK_BITS), strict=False))
    return address


def _went_well(office: Office, tries: list[Try]) -> None:
    """Who has an account of their own must not be able to wipe out their guesses at others'."""
    strict, *others = tries
    throttle.forget(office, [strict])
    throttle.give_back(office, others)


def _signed_in(
    office: Office, person: Person, factor: Factor | None, address: str, at_ms: int
) -> SignedIn:
    people.came_in(office, person.id, address, at_ms)
    tidy(office, at_ms)
    return SignedIn(people.person(office, person.id), factor)


def _refused(wait_ms: int, sentence: str) -> Refused:
    wait_seconds = -(-wait_ms // 1000)
    if not wait_seconds:
        return Refused(0, sentence)
    return Refused(wait_seconds, f"{sentence} The next try is in {_spelled(wait_seconds)}.")


def _spelled(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
