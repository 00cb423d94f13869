"""bellgate user, as a network manager uses it at the console."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from appliance.store import audit
from appliance.store.database import FILE, Record
from appliance.store.office import invitations, passwords, people
from appliance.store.office.office import open_office
from appliance.store.office.roles import Role
from tests.console import Said, bellgate
from tests.store.office.staffroom import CHEAP, KETTLE, SCHOOL, TRACTOR, TUESDAY, with_phone

CLARK = ("--name", "Ms Clark", "--login", "Clark@example.sch.uk")
LOGIN = "clark@example.sch.uk"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A box that has recorded, and where Ms Clark has an account and a phone."""
    Record.open(tmp_path / FILE).close()
    with open_office(tmp_path) as office:
        clark = people.add(
            office, login=LOGIN, name="Ms Clark", roles=[Role.E_SAFETY], at_ms=TUESDAY
        )
        passwords.choose(office, CHEAP, clark.id, KETTLE, school=SCHOOL, at_ms=TUESDAY)
        with_phone(office, clark)
    return tmp_path


def user(folder: Path, *words: str) -> Said:
    return bellgate("user", *words, "--dir", folder)


def link_of(said: Said) -> str:
    assert said.code == 0, said.err
    link = said.out.splitlines()[-1]
    assert link.startswith("/welcome/")
    return link.removeprefix("/welcome/")


def moment(folder: Path) -> int:
    """When the one link that waits was made."""
    with open_office(folder) as office:
        (waiting,) = invitations.waiting(office, 0)
    return waiting.made_ms


def test_a_new_teacher_gets_a_link_and_nobody_knows_her_password(tmp_path: Path) -> None:
    said = user(tmp_path, "add", *CLARK, "--role", "teacher", "--role", "governor")
    assert said.out.startswith("With this link Ms Clark (clark@example.sch.uk) chooses a password.")
    assert stat.S_IMODE((tmp_path / "office.db").stat().st_mode) == 0o600
    with open_office(tmp_path) as office:
        owner = invitations.take_password(
            office, CHEAP, link_of(said), TRACTOR, school=SCHOOL, at_ms=moment(tmp_path)
        )
    assert (owner.login, sorted(owner.roles)) == (LOGIN, [Role.GOVERNOR, Role.TEACHER])


def test_the_list_says_who_may_come_in_and_how(folder: Path) -> None:
    user(folder, "add", "--name", "Mr Hill", "--login", "hill", "--role", "network-manager")
    user(folder, "deactivate", "hill")
    first, second = user(folder, "list").out.splitlines()
    assert first == f"{LOGIN}  Ms Clark  e-safety  (with second factor)"
    assert second == "hill  Mr Hill  network-manager  (deactivated; has not chosen a password)"
    clark, hill = user(folder, "list", "--json").objects
    assert (clark["login"], clark["roles"], clark["active"]) == (LOGIN, ["e-safety"], True)
    assert (clark["second_factor"], clark["password"], clark["last_login"]) == (True, True, None)
    assert (hill["active"], hill["password"]) == (False, False)


def test_a_forgotten_password_and_a_lost_phone_are_two_links(folder: Path) -> None:
    forgot, lost = user(folder, "reset", LOGIN), user(folder, "reset", LOGIN, "--second-factor")
    assert "chooses a password" in forgot.out
    assert "takes off the second factor" in lost.out
    with open_office(folder) as office:
        at_ms = invitations.waiting(office, 0)[0].made_ms
        after = invitations.take_off_second_factor(office, link_of(lost), at_ms)
        assert not after.has_second_factor
        after = invitations.take_password(
            office, CHEAP, link_of(forgot), TRACTOR, school=SCHOOL, at_ms=at_ms
        )
        assert passwords.belongs(office, CHEAP, after, TRACTOR)


def test_every_change_is_audited_with_before_and_after(folder: Path) -> None:
    user(folder, "roles", LOGIN, "--role", "teacher")
    user(folder, "deactivate", LOGIN)
    user(folder, "activate", LOGIN)
    link = user(folder, "reset", LOGIN, "--json").object
    with Record.look(folder / FILE) as record:
        found = audit.look(record, subject=f"account {LOGIN}")
    assert [one.what for one in reversed(found)] == [
        "changed the roles of",
        "deactivated",
        "activated",
        "made a link for",
    ]
    assert {one.who for one in found} == {"console"}
    roles = found[-1]
    assert (roles.before["roles"], roles.after["roles"]) == (["e-safety"], ["teacher"])
    assert (found[-2].before["active"], found[-2].after["active"]) == (True, False)
    assert found[0].after == {"for": "password"}  # what would open the door is in no audit
    assert link["link"].startswith("/welcome/") and link["ends"].endswith("Z")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", *CLARK, "--role", "teacher"), "has an account already"),
        (("add", "--name", "x", "--login", "a b", "--role", "teacher"), "a login is a school"),
        (("add", *CLARK, "--role", "pupil"), "pupil"),
        (("add", *CLARK), "--role"),
        (("reset", "clar@example.sch.uk"), "did you mean clark@example.sch.uk?"),
        (("roles", LOGIN), "--role"),
        (("deactivate", "hill"), "nobody has the login 'hill'"),
    ],
)
def test_what_can_not_be_is_one_sentence_and_changes_nothing(
    folder: Path, words: tuple[str, ...], why: str
) -> None:
    with open_office(folder) as office:
        before = people.everybody(office)
    said = user(folder, *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
    with open_office(folder) as office:
        assert people.everybody(office) == before


def test_a_folder_that_is_none_is_not_made_into_one(tmp_path: Path) -> None:
    assert "there is no such data folder" in user(tmp_path / "vra", "list").err
    assert "nobody has an account there yet" in user(tmp_path, "list").err
    assert not list(tmp_path.iterdir())
