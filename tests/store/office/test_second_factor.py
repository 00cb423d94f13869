"""The second factor: no code twice, a lost phone, and ten codes on paper."""

from __future__ import annotations

import urllib.parse

import pytest

from appliance.errors import PeopleError
from appliance.store.office import people, secondfactor, sessions
from appliance.store.office.office import Office
from appliance.store.office.roles import Role
from appliance.store.office.secondfactor import Factor
from tests.store.office.staffroom import DAY, SCHOOL, TUESDAY, clark, hill, shown, with_phone

STEP = 30_000


def test_the_phone_is_asked_for_once_it_has_shown_a_code(office: Office) -> None:
    made = clark(office)
    begun = secondfactor.begin(office, made.id, school=SCHOOL, at_ms=TUESDAY)
    assert not people.person(office, made.id).has_second_factor
    assert secondfactor.begun(office, made.id, school=SCHOOL) == begun  # the page is loaded anew
    with pytest.raises(PeopleError, match="this code does not fit"):
        secondfactor.confirm(office, made.id, "000000", TUESDAY)
    code = shown(begun, TUESDAY)
    codes = secondfactor.confirm(office, made.id, f" {code[:3]} {code[3:]} ", TUESDAY)
    assert people.person(office, made.id).has_second_factor
    assert len(set(codes)) == secondfactor.codes_left(office, made.id) == 10
    assert secondfactor.begun(office, made.id, school=SCHOOL) is None


def test_what_the_app_shows_has_the_school_and_the_login(office: Office) -> None:
    begun = secondfactor.begin(office, clark(office).id, school="St Anne's: Primary", at_ms=TUESDAY)
    uri = urllib.parse.urlsplit(begun.uri)
    query = urllib.parse.parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert query["secret"] == [begun.secret]
    assert query["issuer"] == ["Bellgate St Anne's  Primary"]
    assert urllib.parse.unquote(uri.path).endswith(":clark@example.sch.uk")


def test_setting_it_up_signs_out_browsers_that_came_in_without(office: Office) -> None:
    made = clark(office)
    cookie, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id)
    here, session = sessions.begin(office, at_ms=TUESDAY, person_id=made.id)
    begun = secondfactor.begin(office, made.id, school=SCHOOL, at_ms=TUESDAY)
    secondfactor.confirm(office, made.id, shown(begun, TUESDAY), TUESDAY, but=session.id)
    assert sessions.find(office, cookie, TUESDAY) is None
    assert sessions.find(office, here, TUESDAY)


def test_a_code_is_good_once_and_so_is_every_older_one(office: Office) -> None:
    made = clark(office)
    begun, _ = with_phone(office, made)
    code = shown(begun, TUESDAY)
    assert secondfactor.use(office, made.id, code, TUESDAY) is Factor.APP
    assert secondfactor.use(office, made.id, code, TUESDAY) is None  # seen over her shoulder
    before = shown(begun, TUESDAY - STEP)
    assert secondfactor.use(office, made.id, before, TUESDAY) is None
    after = shown(begun, TUESDAY + STEP)
    assert secondfactor.use(office, made.id, after, TUESDAY + STEP) is Factor.APP


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(office: Office, steps: int, is_taken: bool) -> None:
    made = clark(office)
    begun, _ = with_phone(office, made)
    now = TUESDAY + DAY
    code = shown(begun, now + steps * STEP)
    assert (secondfactor.use(office, made.id, code, now) is Factor.APP) == is_taken


def test_a_recovery_code_is_good_once_however_it_is_typed(office: Office) -> None:
    made = clark(office)
    _, codes = with_phone(office, made)
    typed = codes[3].upper().replace("-", " ")
    assert secondfactor.use(office, made.id, typed, TUESDAY) is Factor.RECOVERY_CODE
    assert secondfactor.use(office, made.id, codes[3], TUESDAY) is None
    assert secondfactor.codes_left(office, made.id) == 9
    others = secondfactor.new_codes(office, made.id)
    assert secondfactor.use(office, made.id, codes[4], TUESDAY) is None
    assert secondfactor.use(office, made.id, others[4], TUESDAY) is Factor.RECOVERY_CODE


def test_nobody_elses_code_will_do(office: Office) -> None:
    made, other = clark(office), hill(office)
    begun, codes = with_phone(office, made)
    with_phone(office, other)
    for code in (shown(begun, TUESDAY), codes[0], "", "١٢٣٤٥٦", "1" * 500):
        assert secondfactor.use(office, other.id, code, TUESDAY) is None
    assert secondfactor.codes_left(office, made.id) == 10


def test_a_second_phone_does_not_take_over_in_silence(office: Office) -> None:
    made = clark(office)
    begun, _ = with_phone(office, made)
    with pytest.raises(PeopleError, match="in use already: take it off first"):
        secondfactor.begin(office, made.id, school=SCHOOL, at_ms=TUESDAY)
    with pytest.raises(PeopleError, match="in use already"):
        secondfactor.confirm(office, made.id, shown(begun, TUESDAY), TUESDAY)
    assert secondfactor.use(office, made.id, shown(begun, TUESDAY), TUESDAY) is Factor.APP


def test_taken_off_it_opens_nothing_and_has_to_be_set_up_again(office: Office) -> None:
    made = clark(office, Role.E_SAFETY)
    begun, codes = with_phone(office, made)
    after = secondfactor.disable(office, made.id)
    assert secondfactor.is_missing(after)
    for code in (shown(begun, TUESDAY), codes[0]):
        assert secondfactor.use(office, made.id, code, TUESDAY) is None
    with pytest.raises(PeopleError, match="set one up first"):
        secondfactor.new_codes(office, made.id)


def test_who_sees_childrens_records_needs_one_and_a_teacher_may(office: Office) -> None:
    assert {role for role in Role if secondfactor.required_for([role])} == {
        Role.NETWORK_MANAGER,
        Role.E_SAFETY,
        Role.SAFEGUARDING_LEAD,
    }
    assert secondfactor.required_for([Role.TEACHER, Role.E_SAFETY])
    assert not secondfactor.is_missing(clark(office))
    manager = hill(office)
    assert secondfactor.is_missing(manager)
    with_phone(office, manager)
    assert not secondfactor.is_missing(people.person(office, manager.id))
