"""Links that let somebody in: once, for a week, and to what they are for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.errors import InvitationError, PeopleError
from appliance.store.office import invitations, passwords, people, secondfactor, sessions
from appliance.store.office.invitations import Kind
from appliance.store.office.office import Office
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from tests.store.office.staffroom import (
    CHEAP,
    DAY,
    KETTLE,
    SCHOOL,
    TRACTOR,
    TUESDAY,
    clark,
    hill,
    shown,
    welcome,
    with_phone,
)


def gray(office: Office) -> Person:
    """Ms Gray, who is new."""
    return people.add(office, login="gray", name="Ms Gray", roles=[Role.TEACHER], at_ms=TUESDAY)


def taken(office: Office, link: str, at_ms: int = TUESDAY, password: str = TRACTOR) -> Person:
    return invitations.take_password(office, CHEAP, link, password, school=SCHOOL, at_ms=at_ms)


def begun(office: Office, link: str, login: str = "hill", password: str = TRACTOR) -> Person:
    return invitations.begin_box(
        office,
        CHEAP,
        link,
        login=login,
        name="Mr Hill",
        password=password,
        school=SCHOOL,
        at_ms=TUESDAY,
    )


def reset(office: Office, person: Person, kind: Kind = Kind.PASSWORD) -> str:
    return invitations.invite(office, person.id, kind, made_by="Mr Hill", at_ms=TUESDAY)


def test_ms_gray_chooses_her_password_with_the_link_she_was_given(office: Office) -> None:
    link = welcome(office, gray(office))
    found = invitations.look(office, link, TUESDAY)
    assert found.person and (found.kind, found.person.name) == (Kind.WELCOME, "Ms Gray")
    invitations.look(office, link, TUESDAY)  # a scanner of mails follows links too
    owner = taken(office, link)
    assert owner.has_password
    assert passwords.belongs(office, CHEAP, owner, TRACTOR)


def test_a_link_is_good_once(office: Office) -> None:
    link = welcome(office, gray(office))
    owner = taken(office, link)
    with pytest.raises(InvitationError, match="this link has been used: sign in"):
        taken(office, link, password=KETTLE)
    assert passwords.belongs(office, CHEAP, owner, TRACTOR)


@pytest.mark.parametrize(
    ("later", "says"), [(7 * DAY - 1, ""), (7 * DAY, "has lapsed"), (-1, "has lapsed")]
)
def test_a_link_is_good_for_a_week(office: Office, later: int, says: str) -> None:
    link = welcome(office, gray(office))
    if not says:
        assert taken(office, link, TUESDAY + later).has_password
        return
    with pytest.raises(InvitationError, match=says):
        taken(office, link, TUESDAY + later)


@pytest.mark.parametrize("link", ["", "x" * 43, "../../etc/passwd", "%", "\x00", "ü" * 43])
def test_what_is_no_link_opens_nothing(office: Office, link: str) -> None:
    welcome(office, gray(office))
    with pytest.raises(InvitationError, match="this link opens nothing"):
        invitations.look(office, link, TUESDAY)


def test_a_password_that_will_not_do_leaves_the_link_good(office: Office) -> None:
    link = welcome(office, gray(office))
    with pytest.raises(PeopleError, match="too short"):
        taken(office, link, password="short")
    assert taken(office, link).has_password


def test_a_newer_link_takes_the_place_of_an_older_one(office: Office) -> None:
    made = gray(office)
    older, newer = welcome(office, made), welcome(office, made)
    with pytest.raises(InvitationError, match="opens nothing"):
        taken(office, older)
    assert taken(office, newer).has_password


def test_a_new_password_ends_what_the_old_one_opened(office: Office) -> None:
    made = clark(office)
    cookie, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id)
    begun_, _ = with_phone(office, made)
    link = reset(office, made)
    assert passwords.belongs(office, CHEAP, made, KETTLE)  # until the link is used
    after = taken(office, link)
    assert not passwords.belongs(office, CHEAP, made, KETTLE)
    assert sessions.find(office, cookie, TUESDAY) is None
    assert after.has_second_factor  # who finds a link in a mailbox still lacks the phone
    assert secondfactor.use(office, made.id, shown(begun_, TUESDAY), TUESDAY)


def test_a_lost_phone_is_taken_off_and_the_password_stays(office: Office) -> None:
    made = clark(office, Role.E_SAFETY)
    with_phone(office, made)
    cookie, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id)
    after = invitations.take_off_second_factor(
        office, reset(office, made, Kind.SECOND_FACTOR), TUESDAY
    )
    assert secondfactor.is_missing(after)
    assert passwords.belongs(office, CHEAP, after, KETTLE)
    assert sessions.find(office, cookie, TUESDAY) is None


def test_a_link_is_good_for_nothing_but_what_it_is_for(office: Office) -> None:
    made = clark(office)
    with_phone(office, made)
    lost, forgot = reset(office, made, Kind.SECOND_FACTOR), reset(office, made)
    wrong: list[Callable[[], object]] = [
        lambda: taken(office, lost),
        lambda: begun(office, lost),
        lambda: begun(office, forgot),
        lambda: invitations.take_off_second_factor(office, forgot, TUESDAY),
    ]
    for redeem in wrong:
        with pytest.raises(InvitationError, match="for another page"):
            redeem()
    assert people.person(office, made.id).has_second_factor
    assert passwords.belongs(office, CHEAP, made, KETTLE)


def test_links_that_make_no_sense_are_not_made(office: Office) -> None:
    made = clark(office)
    with pytest.raises(PeopleError, match="has a password already: reset it"):
        reset(office, made, Kind.WELCOME)
    with pytest.raises(PeopleError, match="for a box that has nobody yet"):
        reset(office, made, Kind.FIRST_RUN)
    people.deactivate(office, made.id)
    with pytest.raises(PeopleError, match="let them back in first"):
        reset(office, made)


def test_who_leaves_takes_no_link_along(office: Office) -> None:
    made = clark(office)
    link = reset(office, made)
    people.deactivate(office, made.id)
    people.activate(office, made.id)
    with pytest.raises(InvitationError, match="opens nothing"):
        taken(office, link)


def test_links_that_wait_can_be_seen_and_withdrawn(office: Office) -> None:
    made = gray(office)
    link = welcome(office, made)
    (found,) = invitations.waiting(office, TUESDAY)
    assert (found.person, found.made_by, found.ends_ms) == (made, "Mr Hill", TUESDAY + 7 * DAY)
    assert invitations.waiting(office, TUESDAY + 7 * DAY) == []
    invitations.withdraw(office, found.id)
    with pytest.raises(InvitationError, match="opens nothing"):
        taken(office, link)


def test_a_late_comer_is_told_why_for_another_week(office: Office) -> None:
    link = welcome(office, gray(office))
    invitations.purge(office, TUESDAY + 13 * DAY)
    with pytest.raises(InvitationError, match="has lapsed"):
        taken(office, link, TUESDAY + 13 * DAY)
    invitations.purge(office, TUESDAY + 14 * DAY)
    assert office.number("SELECT count(*) FROM invitation") == 0


def test_whoever_starts_a_new_box_becomes_its_network_manager(office: Office) -> None:
    link = invitations.first_run(office, TUESDAY)
    assert link
    with pytest.raises(PeopleError, match="among the first"):
        begun(office, link, password=SCHOOL)
    with pytest.raises(PeopleError, match="a login is"):
        begun(office, link, login="mr hill")
    manager = begun(office, link)
    assert manager.is_a(Role.NETWORK_MANAGER) and manager.has_password
    with pytest.raises(InvitationError, match="has been used"):
        begun(office, link, login="stranger")
    assert invitations.first_run(office, TUESDAY) is None
    assert people.everybody(office) == [manager]


def test_a_first_run_link_dies_with_the_next_start_and_with_a_manager_of_any_kind(
    office: Office,
) -> None:
    first, second = (invitations.first_run(office, TUESDAY) for _ in range(2))
    assert first and second
    with pytest.raises(InvitationError, match="opens nothing"):
        begun(office, first)
    hill(office)  # from the console, meanwhile
    with pytest.raises(InvitationError, match="has been used"):
        begun(office, second, login="stranger")
    assert len(people.everybody(office)) == 1
