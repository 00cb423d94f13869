"""Sessions: who is signed in where, for how long, and that it can be ended."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.store.office import people, sessions
from appliance.store.office.office import Office, open_office
from appliance.store.office.roles import Role
from appliance.store.office.sessions import LONGEST_MS, STRANGERS, STRANGERS_AT_ONE
from appliance.store.office.tokens import is_token
from tests.store.office.staffroom import (
    HOUR,
    LAPTOP,
    MINUTE,
    TABLET,
    TUESDAY,
    clark,
    hill,
)

SIGNS = string.ascii_letters + string.digits + "-_"


def begun(office: Office, at_ms: int = TUESDAY, *roles: Role) -> str:
    """The cookie of Ms Clark's browser."""
    made = people.find(office, "clark@example.sch.uk") or clark(office, *roles)
    token, _ = sessions.begin(office, at_ms=at_ms, person_id=made.id, roles=made.roles)
    return token


@pytest.mark.parametrize(
    ("role", "hours"),
    [
        (Role.TEACHER, 8),
        (Role.GOVERNOR, 8),
        (Role.E_SAFETY, 1),
        (Role.SAFEGUARDING_LEAD, 1),
        (Role.NETWORK_MANAGER, 1),
    ],
)
def test_a_browser_left_alone_is_signed_out(office: Office, role: Role, hours: int) -> None:
    cookie = begun(office, TUESDAY, role)
    assert sessions.find(office, cookie, TUESDAY + hours * HOUR - 1)
    other = begun(office, TUESDAY)
    assert sessions.find(office, other, TUESDAY + hours * HOUR) is None


def test_a_browser_in_use_is_signed_out_after_a_long_day(office: Office) -> None:
    cookie = begun(office, TUESDAY, Role.E_SAFETY)
    at_ms = TUESDAY
    while at_ms < TUESDAY + LONGEST_MS:
        assert sessions.find(office, cookie, at_ms), at_ms
        at_ms += HOUR // 2
    assert sessions.find(office, cookie, at_ms) is None


def test_being_seen_is_written_once_a_minute(office: Office) -> None:
    cookie = begun(office)

    def seen() -> int:
        return int(office.number("SELECT seen FROM session"))

    sessions.find(office, cookie, TUESDAY + MINUTE - 1)
    assert seen() == TUESDAY
    sessions.find(office, cookie, TUESDAY + MINUTE)
    assert seen() == TUESDAY + MINUTE


def test_signing_in_leaves_nothing_to_whoever_planted_a_cookie(office: Office) -> None:
    planted, _ = sessions.begin(office, at_ms=TUESDAY, address=TABLET, content={"csrf": "x"})
    made = clark(office)
    cookie, session = sessions.begin(
        office, at_ms=TUESDAY, person_id=made.id, roles=made.roles, former=planted
    )
    assert cookie != planted
    assert sessions.find(office, planted, TUESDAY) is None
    assert sessions.find(office, cookie, TUESDAY) == session


def test_a_session_remembers_what_its_page_wants_to_know(office: Office) -> None:
    cookie, session = sessions.begin(office, at_ms=TUESDAY, content={"csrf": "a“b"})
    assert session.content == {"csrf": "a“b"}
    sessions.save(office, session.id, {"csrf": "c", "flashes": [["success", "Done."]]})
    found = sessions.find(office, cookie, TUESDAY)
    assert found and found.content == {"csrf": "c", "flashes": [["success", "Done."]]}


def test_ms_clark_sees_her_browsers_and_ends_one_of_them(office: Office) -> None:
    made, other = clark(office), hill(office)
    agent = "Mozilla/5.0\x00 (iPad) " + "x" * 500
    here, _ = sessions.begin(office, at_ms=TUESDAY, person_id=made.id, agent=agent, address=LAPTOP)
    lost, session = sessions.begin(office, at_ms=TUESDAY + 1, person_id=made.id, address=TABLET)
    newest, oldest = sessions.of_person(office, made.id, TUESDAY + MINUTE)
    assert (newest.address, oldest.address) == (TABLET, LAPTOP)
    assert oldest.agent.startswith("Mozilla/5.0 (iPad) xxx") and len(oldest.agent) <= 200
    assert not sessions.end(office, session.id, other.id)  # not Mr Hill's to end
    assert sessions.end(office, session.id, made.id)
    assert sessions.find(office, lost, TUESDAY + 1) is None
    assert sessions.find(office, here, TUESDAY + 1)


def test_all_browsers_but_this_one_are_signed_out(office: Office) -> None:
    cookies = [begun(office) for _ in range(3)]
    kept = sessions.find(office, cookies[1], TUESDAY)
    assert kept and kept.person_id
    assert sessions.end_all(office, kept.person_id, but=kept.id) == 2
    assert [bool(sessions.find(office, one, TUESDAY)) for one in cookies] == [False, True, False]
    sessions.sign_out(office, cookies[1])
    assert sessions.find(office, cookies[1], TUESDAY) is None


def test_a_clock_that_was_set_back_a_day_brings_no_session_back(office: Office) -> None:
    cookie = begun(office)
    assert sessions.find(office, cookie, TUESDAY - MINUTE)  # it was put right by a little
    assert sessions.find(office, cookie, TUESDAY - 24 * HOUR) is None


def test_strangers_can_not_fill_the_card(office: Office) -> None:
    cookie = begun(office)
    first, _ = sessions.begin(office, at_ms=TUESDAY)
    with office.transaction():  # one by one it would take a minute
        office.conn.executemany(
            "INSERT INTO session (hash, made, seen, idle, ends, agent, address, content) "
            "VALUES (?, ?, ?, ?, ?, '', '', '{}')",
            [
                (str(number), TUESDAY, TUESDAY, HOUR, TUESDAY + HOUR)
                for number in range(STRANGERS - 1)
            ],
        )
    assert sessions.find(office, first, TUESDAY)
    newest, _ = sessions.begin(office, at_ms=TUESDAY)
    assert office.number("SELECT count(*) FROM session WHERE person IS NULL") == STRANGERS
    assert sessions.find(office, first, TUESDAY) is None
    assert sessions.find(office, newest, TUESDAY)
    assert sessions.find(office, cookie, TUESDAY)


def test_what_is_over_is_forgotten(office: Office) -> None:
    cookie = begun(office)
    sessions.begin(office, at_ms=TUESDAY)
    sessions.purge(office, TUESDAY + 2 * HOUR)
    assert office.number("SELECT count(*) FROM session") == 1
    assert sessions.find(office, cookie, TUESDAY + 2 * HOUR)
    sessions.purge(office, TUESDAY + 13 * HOUR)
    assert office.number("SELECT count(*) FROM session") == 0


@pytest.fixture(scope="module")
def busy_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ms Clark is signed in there."""
    folder = tmp_path_factory.mktemp("office")
    with open_office(folder) as office:
        begun(office)
    return folder


@given(
    st.text(max_size=80)
    | st.text(alphabet=SIGNS, min_size=40, max_size=46)
    | st.text(alphabet="%_*' \"\x00-;", min_size=43, max_size=43)
)
def test_no_cookie_but_hers_opens_her_session(busy_office: Path, guessed: str) -> None:
    with open_office(busy_office) as office:
        assert sessions.find(office, guessed, TUESDAY) is None


@given(st.integers(min_value=1, max_value=12))
def test_every_token_is_another_one_of_256_bits(busy_office: Path, number: int) -> None:
    with open_office(busy_office) as office:
        tokens = [sessions.begin(office, at_ms=TUESDAY)[0] for _ in range(number)]
    assert len(set(tokens)) == number
    assert all(is_token(one) and len(one) == 43 for one in tokens)


def test_a_script_at_the_sign_in_page_pushes_out_nobody_elsewhere(office: Office) -> None:
    token, _ = sessions.begin(office, at_ms=TUESDAY, address="10.10.1.2")
    for _ in range(STRANGERS_AT_ONE + 50):
        last, _ = sessions.begin(office, at_ms=TUESDAY, address="10.20.3.7")
    assert sessions.find(office, token, TUESDAY) and sessions.find(office, last, TUESDAY)
    there = "SELECT count(*) FROM session WHERE address = '10.20.3.7'"
    assert office.number(there) == STRANGERS_AT_ONE
