"""Accounts: who there is, what they are, and that somebody can always let others in."""

from __future__ import annotations

import stat

import pytest
from argon2 import PasswordHasher

from appliance.errors import PeopleError
from appliance.store.office import passwords, people, sessions
from appliance.store.office.office import Office
from appliance.store.office.passwords import MEMORY_KIB, PASSES, Passwords
from appliance.store.office.roles import Role
from tests.store.office.staffroom import (
    CHEAP,
    KETTLE,
    LAPTOP,
    SCHOOL,
    TRACTOR,
    TUESDAY,
    clark,
    hill,
    staff,
    welcome,
)


def test_ms_clark_is_found_however_she_types_her_login(office: Office) -> None:
    made = clark(office)
    assert made.login == "clark@example.sch.uk"
    for typed in ("clark@example.sch.uk", " Clark@Example.SCH.uk ", "ｃｌａｒｋ@example.sch.uk"):
        assert people.find(office, typed) == made
    assert people.find(office, "clark") is None
    assert people.find(office, "<script>") is None
    assert (made.name, made.holder) == ("Ms Clark", "account clark@example.sch.uk")
    assert made.is_a(Role.TEACHER) and not made.is_a(Role.E_SAFETY, Role.GOVERNOR)


@pytest.mark.parametrize(
    ("login", "name", "says"),
    [
        ("Clark@example.sch.uk", "Mr Clark", "has an account already"),
        ("", "Ms Gray", "a login is a school e-mail address"),
        ("ms gray", "Ms Gray", "a login is a school e-mail address"),
        ("g\u0440ay", "Ms Gray", "a login is a school e-mail address"),  # a Cyrillic er
        ("a" * 101, "Ms Gray", "a login is a school e-mail address"),
        ("gray", "\u202e\u200b", "a name is what colleagues call them"),
        ("gray", "G" * 101, "a name is what colleagues call them"),
    ],
)
def test_an_account_that_can_not_be_is_refused(
    office: Office, login: str, name: str, says: str
) -> None:
    clark(office)
    with pytest.raises(PeopleError, match=says):
        people.add(office, login=login, name=name, roles=[Role.TEACHER], at_ms=TUESDAY)
    assert len(people.everybody(office)) == 1


def test_a_name_has_nothing_in_it_that_can_not_be_seen(office: Office) -> None:
    made = staff(office, "Zoë\u202e O’Brien\n", "obrien")
    assert made.name == "Zoë O’Brien"


def test_an_account_without_a_role_makes_no_sense(office: Office) -> None:
    made = clark(office)
    with pytest.raises(PeopleError, match="an account needs a role: network-manager, e-safety"):
        people.change_roles(office, made.id, [])
    assert people.person(office, made.id) == made


def test_ms_clark_joins_the_team_and_her_session_ends_sooner_unseen(office: Office) -> None:
    made = clark(office)
    cookie, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id, roles=made.roles)
    people.change_roles(office, made.id, [Role.TEACHER, Role.E_SAFETY])
    assert people.person(office, made.id).is_a(Role.E_SAFETY, Role.SAFEGUARDING_LEAD)
    assert sessions.find(office, cookie, TUESDAY + sessions.IDLE_STRICT_MS - 1)
    later, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id, roles=made.roles)
    people.change_roles(office, made.id, [Role.E_SAFETY])
    assert sessions.find(office, later, TUESDAY + sessions.IDLE_STRICT_MS) is None


def test_ms_clark_marries_and_keeps_all_that_was_hers(office: Office) -> None:
    made = clark(office)
    renamed = people.rename(office, made.id, name="Mrs Gray", login="Gray@example.sch.uk")
    assert (renamed.id, renamed.name, renamed.login) == (made.id, "Mrs Gray", "gray@example.sch.uk")
    assert passwords.belongs(office, CHEAP, renamed, KETTLE)
    hill(office)
    with pytest.raises(PeopleError, match=r"hill@example\.sch\.uk has an account already"):
        people.rename(office, made.id, name="Mrs Gray", login="hill@example.sch.uk")


def test_who_leaves_is_signed_out_at_once_and_may_come_back_one_day(office: Office) -> None:
    made = clark(office)
    cookie, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id, roles=made.roles)
    assert not people.deactivate(office, made.id).is_active
    assert sessions.find(office, cookie, TUESDAY) is None
    assert people.activate(office, made.id) == made
    assert sessions.find(office, cookie, TUESDAY) is None


def test_the_last_network_manager_who_can_sign_in_stays(office: Office) -> None:
    manager = hill(office)
    invited = people.add(
        office, login="gray", name="Ms Gray", roles=[Role.NETWORK_MANAGER], at_ms=TUESDAY
    )
    with pytest.raises(PeopleError, match="Mr Hill is the last network manager"):
        people.deactivate(office, manager.id)
    with pytest.raises(PeopleError, match="Mr Hill is the last network manager"):
        people.change_roles(office, manager.id, [Role.TEACHER])
    assert people.person(office, manager.id) == manager
    passwords.choose(office, CHEAP, invited.id, TRACTOR, school=SCHOOL, at_ms=TUESDAY)
    assert people.deactivate(office, manager.id).is_active is False
    with pytest.raises(PeopleError, match="Ms Gray is the last network manager"):
        people.deactivate(office, invited.id)


def test_somebody_who_is_not_there_can_not_be_changed(office: Office) -> None:
    with pytest.raises(PeopleError, match="there is no such account"):
        people.deactivate(office, 7)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("kettle pond", "too short: at least 12 characters; three words"),
        ("k" * 257, "too long"),
        ("aaaaabbbbbaaaaabbbbb", "repeats the same few characters"),
        ("123456789012", "among the first that anybody would try"),
        ("Password2026!!", "among the first"),
        ("correct horse battery staple", "among the first"),
        ("qwertyuiop[]", "among the first"),
        ("StAnnesPrimarySchool1", "among the first"),
        ("st anne's school 26", "among the first"),
        ("clark@example.sch.uk", "among the first"),
        ("MsClark-MsClark", "among the first"),
    ],
)
def test_a_password_that_anybody_would_try_is_refused(
    office: Office, password: str, says: str
) -> None:
    made = clark(office)
    with pytest.raises(PeopleError, match=says):
        passwords.choose(office, CHEAP, made.id, password, school=SCHOOL, at_ms=TUESDAY)
    assert passwords.belongs(office, CHEAP, made, KETTLE)


@pytest.mark.parametrize(
    "password",
    [
        "purple tractor moss",
        "teacher pencil volcano",
        "ZwiebelÄpfelRauch",
        "七転び八起き、明日もまた晴れる",
    ],
)
def test_three_words_do_without_digits_or_capitals(office: Office, password: str) -> None:
    made = clark(office)
    passwords.choose(office, CHEAP, made.id, password, school=SCHOOL, at_ms=TUESDAY)
    assert passwords.belongs(office, CHEAP, made, password)
    assert not passwords.belongs(office, CHEAP, made, password + " ")


def test_an_accent_is_the_same_on_a_mac_and_on_windows(office: Office) -> None:
    made = clark(office)
    typed = "caf\u00e9 tractor moss"
    passwords.choose(office, CHEAP, made.id, typed, school=SCHOOL, at_ms=TUESDAY)
    assert passwords.belongs(office, CHEAP, made, "cafe\u0301 tractor moss")


def test_a_new_password_signs_out_every_other_browser(office: Office) -> None:
    made = clark(office)
    cookies = [
        sessions.begin(office, at_ms=TUESDAY, person_id=made.id, roles=made.roles) for _ in range(2)
    ]
    (here, session), (elsewhere, _) = cookies
    after = passwords.choose(
        office, CHEAP, made.id, TRACTOR, school=SCHOOL, at_ms=TUESDAY, but=session.id
    )
    assert after.password_changed_ms == TUESDAY
    assert sessions.find(office, here, TUESDAY)
    assert sessions.find(office, elsewhere, TUESDAY) is None
    assert not passwords.belongs(office, CHEAP, made, KETTLE)


def test_a_hash_is_made_anew_when_its_parameters_are_of_yesterday(office: Office) -> None:
    made = clark(office)
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert not passwords.belongs(office, dearer, made, TRACTOR)
    assert "m=8,t=1,p=1" in str(office.number("SELECT password FROM person"))
    assert passwords.belongs(office, dearer, made, KETTLE)
    assert "m=16,t=2,p=1" in str(office.number("SELECT password FROM person"))
    assert passwords.belongs(office, dearer, made, KETTLE)
    assert passwords.belongs(office, CHEAP, made, KETTLE)  # each hash says how it was made


def test_passwords_are_argon2id_with_what_a_small_box_can_bear() -> None:
    usual = Passwords.usual()
    hashed = usual.hash(KETTLE)
    assert hashed.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$")
    assert usual.is_right(hashed, KETTLE)
    assert not usual.is_right(hashed, TRACTOR)
    assert not usual.is_right("", "nobody has this password")
    assert not usual.is_right("damaged", KETTLE)


def test_nothing_in_the_file_opens_a_door(office: Office) -> None:
    made = clark(office)
    cookie, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id, address=LAPTOP)
    newcomer = people.add(office, login="gray", name="Ms Gray", roles=[Role.TEACHER], at_ms=TUESDAY)
    link = welcome(office, newcomer)
    assert stat.S_IMODE(office.path.stat().st_mode) == 0o600
    for path in office.path.parent.glob("office.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for secret in (KETTLE, cookie, link):
            assert secret.encode() not in path.read_bytes()
