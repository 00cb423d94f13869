"""Signing in, with people who may, people who guess, and pupils who want to keep a teacher out."""

from __future__ import annotations

import pytest

from appliance.store.office import people, signing_in
from appliance.store.office.office import Office, open_office
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from appliance.store.office.secondfactor import Factor
from appliance.store.office.signing_in import NeedsSecondFactor, Refused, SignedIn
from tests.store.office.staffroom import (
    CHEAP,
    DAY,
    HOUR,
    KETTLE,
    LAPTOP,
    MINUTE,
    TABLET,
    TRACTOR,
    TUESDAY,
    clark,
    hill,
    shown,
    staff,
    with_phone,
)

CLARK = "clark@example.sch.uk"
Came = Refused | NeedsSecondFactor | SignedIn


def tries(
    office: Office,
    password: str = KETTLE,
    at_ms: int = TUESDAY,
    *,
    login: str = CLARK,
    address: str = LAPTOP,
) -> Came:
    return signing_in.sign_in(office, CHEAP, login, password, address=address, at_ms=at_ms)


def guesses(office: Office, times: int, at_ms: int = TUESDAY, **how: str) -> Came:
    """A wrong password that often; the last answer."""
    said: list[Came] = [tries(office, TRACTOR, at_ms, **how) for _ in range(times)]
    return said[-1]


def waits(came: Came) -> int:
    assert isinstance(came, Refused)
    return came.wait_seconds


def test_ms_clark_signs_in(office: Office) -> None:
    made = clark(office)
    came = tries(office, login=" Clark@Example.sch.uk")
    assert isinstance(came, SignedIn)
    assert (came.person.id, came.person.last_login_ms, came.factor) == (made.id, TUESDAY, None)


def test_a_refusal_does_not_say_what_was_wrong(office: Office) -> None:
    clark(office)
    hill(office)
    leaver = staff(office, "Mr Gray", "gray")
    people.deactivate(office, leaver.id)
    people.add(office, login="new", name="Ms New", roles=[Role.TEACHER], at_ms=TUESDAY)
    said = {
        tries(office, TRACTOR),
        tries(office, login="nobody"),
        tries(office, login="' OR 1=1 --"),
        tries(office, login="gray"),  # with the password that was right
        tries(office, login="new"),  # who has not chosen one
        tries(office, "", login="new"),
    }
    assert said == {Refused(0, "The login and the password do not go together.")}


def test_guessing_waits_ever_longer_and_then_not_for_ever(office: Office) -> None:
    clark(office)
    assert waits(guesses(office, 4)) == 0
    waited, at_ms = [], TUESDAY
    for _ in range(6):
        wait = waits(tries(office, TRACTOR, at_ms))
        assert waits(tries(office, KETTLE, at_ms + 1000 * wait - 1)) == 1  # not even the right one
        waited.append(wait)
        at_ms += 1000 * wait
    assert waited == [60, 120, 240, 480, 480, 480]  # in the longer ones a try is forgotten
    assert isinstance(tries(office, KETTLE, at_ms), SignedIn)
    assert waits(guesses(office, 4, at_ms)) == 0  # all is forgiven


def test_the_sentence_says_when_to_try_again(office: Office) -> None:
    clark(office)
    said = guesses(office, 5)
    assert said == Refused(
        60, "The login and the password do not go together. The next try is in 1 minute."
    )
    assert tries(office, KETTLE, TUESDAY + MINUTE // 2) == Refused(
        30, "There were too many tries. The next try is in 30 seconds."
    )


def test_a_pupil_can_not_keep_ms_clark_out_of_her_account(office: Office) -> None:
    clark(office)
    assert isinstance(tries(office, at_ms=TUESDAY - DAY), SignedIn)  # her own laptop
    for number in range(200):  # from tablets of which each takes new addresses
        guesses(office, 1, address=f"10.20.3.{number}")
    assert waits(tries(office, address="10.20.9.9")) > 0  # the account waits for strangers
    assert isinstance(tries(office), SignedIn)
    assert isinstance(tries(office, at_ms=TUESDAY + HOUR, address="10.20.9.9"), SignedIn)


def test_a_pupil_beside_her_does_not_slow_down_her_own_place(office: Office) -> None:
    clark(office)
    guesses(office, 60, address=TABLET)
    assert isinstance(tries(office), SignedIn)


def test_many_accounts_from_one_address_wait_and_a_staffroom_does_not(office: Office) -> None:
    for number in range(30):
        guesses(office, 1, login=f"teacher{number}")
    clark(office)
    assert isinstance(tries(office), SignedIn)
    for number in range(30, 60):
        guesses(office, 1, login=f"teacher{number}")
    assert waits(tries(office, login="teacher61")) > 0
    assert waits(tries(office, login="teacher61", address=TABLET)) == 0


def test_ipv6_gives_a_guesser_no_address_of_which_nothing_is_known(office: Office) -> None:
    for number in range(45):
        last = guesses(office, 1, login=f"teacher{number}", address=f"2001:db8:1:2::{number:x}")
    assert waits(last) > 0
    assert waits(guesses(office, 1, login="teacher99", address="2001:db8:1:3::1")) == 0


def test_an_account_of_ones_own_does_not_wash_off_guesses_at_others(office: Office) -> None:
    clark(office)
    for number in range(20):
        guesses(office, 2, login=f"teacher{number}", address=TABLET)
        tries(office, address=TABLET)
    assert waits(guesses(office, 1, login="teacher21", address=TABLET)) > 0


def test_limits_stand_in_the_file_and_outlive_a_restart(office: Office) -> None:
    clark(office)
    guesses(office, 5)
    with open_office(office.path.parent) as other:
        assert waits(tries(other)) == 60


def test_what_is_typed_for_a_login_does_not_stay_in_the_file(office: Office) -> None:
    tries(office, "", login="MyBankPassword1")  # one field too early
    for path in office.path.parent.glob("office.db*"):
        assert b"mybankpassword1" not in path.read_bytes().lower()


def test_the_second_step_takes_the_phone_or_the_paper(office: Office) -> None:
    made = clark(office, Role.E_SAFETY)
    begun, codes = with_phone(office, made)
    assert isinstance(came := tries(office), NeedsSecondFactor)
    assert came.person.last_login_ms is None  # not in yet
    code = shown(begun, TUESDAY)
    came = second(office, made, code)
    assert isinstance(came, SignedIn)
    assert (came.factor, came.person.last_login_ms) == (Factor.APP, TUESDAY)
    assert second(office, made, code) == Refused(
        0, "This code does not fit, or it has been used: type the newest one."
    )
    came = second(office, made, codes[0])
    assert isinstance(came, SignedIn)
    assert came.factor is Factor.RECOVERY_CODE


def test_codes_can_not_be_guessed_through(office: Office) -> None:
    made = clark(office)
    begun, _ = with_phone(office, made)
    for number in range(5):
        came = second(office, made, f"00000{number}", address=f"10.20.3.{number}")
    assert waits(came) == 60
    assert waits(second(office, made, shown(begun, TUESDAY))) == 60
    now = TUESDAY + MINUTE
    assert isinstance(second(office, made, shown(begun, now), at_ms=now), SignedIn)


def test_who_is_deactivated_between_the_steps_stays_out(office: Office) -> None:
    made = clark(office)
    begun, _ = with_phone(office, made)
    assert isinstance(tries(office), NeedsSecondFactor)
    people.deactivate(office, made.id)
    assert isinstance(second(office, made, shown(begun, TUESDAY)), Refused)


def test_a_borrowed_browser_can_not_guess_the_password_either(office: Office) -> None:
    made = clark(office)

    def confirms(password: str) -> Refused | None:
        return signing_in.confirm_password(
            office, CHEAP, made, password, address=LAPTOP, at_ms=TUESDAY
        )

    assert confirms(KETTLE) is None
    assert confirms(TRACTOR) == Refused(0, "This is not your password.")
    for _ in range(4):
        last = confirms(TRACTOR)
    assert last and last.wait_seconds == 60
    assert confirms(KETTLE)


@pytest.mark.parametrize("days", [30, 120])
def test_what_says_nothing_any_more_is_forgotten_at_a_sign_in(office: Office, days: int) -> None:
    clark(office)
    guesses(office, 3, address=TABLET)
    tries(office)
    tries(office, at_ms=TUESDAY + days * DAY, address="10.20.9.9")
    assert office.number("SELECT count(*) FROM throttle WHERE level > 0") == 0
    assert office.number("SELECT count(*) FROM known_place") == (2 if days < 90 else 1)


def second(
    office: Office, person: Person, code: str, at_ms: int = TUESDAY, address: str = LAPTOP
) -> Refused | SignedIn:
    return signing_in.second_step(office, person.id, code, address=address, at_ms=at_ms)
