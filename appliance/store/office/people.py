"""The people who may sign in: who they are, what they are at the school, whether they still are."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from appliance.errors import NoSuchPersonError, PeopleError
from appliance.store.database import told
from appliance.store.office import sessions
from appliance.store.office.office import Office
from appliance.store.office.roles import Role

NAME_LENGTH: Final = 100
LOGIN_LENGTH: Final = 100
# no sign that looks like another one: two people must not be taken for each other
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._%+'-]*(@[a-z0-9-]+(\.[a-z0-9-]+)*)?\Z")

_COLUMNS: Final = (
    "person.id, login, name, roles, is_active, password != '', "
    "coalesce((SELECT confirmed > 0 FROM second_factor WHERE person = person.id), 0), "
    "created, last_login, password_changed"
)


@dataclass(frozen=True, slots=True)
class Person:
    """How an account stands."""

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    is_active: bool
    has_password: bool
    has_second_factor: bool
    created_ms: int
    last_login_ms: int | None
    password_changed_ms: int | None

    def is_a(self, *roles: Role) -> bool:
        """Any of these."""
        return not self.roles.isdisjoint(roles)

    @property
    def holder(self) -> str:
        """As the audit names the account."""
        return f"account {self.login}"


def login_of(text: str) -> str:
    """How a login is spelled here, however it was typed; PeopleError where it can't be one."""
    login = unicodedata.normalize("NFKC", text[: 4 * LOGIN_LENGTH]).strip().casefold()
    if len(login) > LOGIN_LENGTH or not _LOGIN.match(login):
        raise PeopleError(
            "a login is a school e-mail address, or a short name of letters, digits, dots and "
            f"hyphens, with at most {LOGIN_LENGTH} characters"
        )
    return login


def add(office: Office, *, login: str, name: str, roles: Collection[Role], at_ms: int) -> Person:
    """A new account without a password: an invitation lets its owner choose one."""
    with office.transaction():
        return make(office, login=login, name=name, roles=roles, at_ms=at_ms)


def make(office: Office, *, login: str, name: str, roles: Collection[Role], at_ms: int) -> Person:
    """The same inside a transaction."""
    login, name, written = login_of(login), _name(name), _roles(roles)
    _refuse_taken(office, login, but=0)
    _refuse_namesake(office, name, but=0)
    cursor = office.conn.execute(
        "INSERT INTO person (login, name, roles, is_active, password, password_changed, created, "
        "last_login) VALUES (?, ?, ?, 1, '', 0, ?, 0)",
        (login, name, written, at_ms),
    )
    return person(office, int(cursor.lastrowid or 0))


def person(office: Office, id: int) -> Person:
    """PeopleError where there is none of this number."""
    with told(office.path):
        row = office.conn.execute(f"SELECT {_COLUMNS} FROM person WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NoSuchPersonError("there is no such account: look at the list of people again")
    return _person(row)


def find(office: Office, login: str) -> Person | None:
    """By their login, however it is typed."""
    try:
        spelled = login_of(login)
    except PeopleError:
        return None
    with told(office.path):
        row = office.conn.execute(
            f"SELECT {_COLUMNS} FROM person WHERE login = ?", (spelled,)
        ).fetchone()
    return _person(row) if row else None


def everybody(office: Office) -> list[Person]:
    """Active ones first, by their names."""
    with told(office.path):
        rows = office.conn.execute(
            f"SELECT {_COLUMNS} FROM person ORDER BY is_active DESC, name COLLATE NOCASE, id"
        ).fetchall()
    return [_person(row) for row in rows]


def has_manager(office: Office) -> bool:
    """Whether this box has its network manager, come or invited."""
    return any(one.is_active and one.is_a(Role.NETWORK_MANAGER) for one in everybody(office))


def change(office: Office, id: int, *, name: str, login: str, roles: Collection[Role]) -> Person:
    """All that an account says of its owner: the whole of it or nothing."""
    with office.transaction():
        change_roles(office, id, roles)
        return rename(office, id, name=name, login=login)


def change_roles(office: Office, id: int, roles: Collection[Role]) -> Person:
    """From the next click on; open sessions last as long as the new roles allow."""
    written = _roles(roles)
    with office.transaction():
        before = person(office, id)
        if Role.NETWORK_MANAGER not in roles:
            _refuse_last_manager(office, before)
        office.conn.execute("UPDATE person SET roles = ? WHERE id = ?", (written, id))
        sessions.limit(office, id, roles)
    return person(office, id)


def rename(office: Office, id: int, *, name: str, login: str) -> Person:
    """Another name or e-mail address; password, sessions and history stay."""
    name, login = _name(name), login_of(login)
    with office.transaction():
        person(office, id)
        _refuse_taken(office, login, but=id)
        _refuse_namesake(office, name, but=id)
        office.conn.execute("UPDATE person SET name = ?, login = ? WHERE id = ?", (name, login, id))
    return person(office, id)


def deactivate(office: Office, id: int) -> Person:
    """Signed out everywhere at once, and no way back in; what they did stays theirs."""
    with office.transaction():
        before = person(office, id)
        _refuse_last_manager(office, before)
        office.conn.execute("UPDATE person SET is_active = 0 WHERE id = ?", (id,))
        office.conn.execute("DELETE FROM known_place WHERE person = ?", (id,))
        office.conn.execute("DELETE FROM invitation WHERE person = ? AND used = 0", (id,))
        sessions.drop(office, id)
    return person(office, id)


def activate(office: Office, id: int) -> Person:
    """Back again, with the password they had."""
    with office.transaction():
        person(office, id)
        office.conn.execute("UPDATE person SET is_active = 1 WHERE id = ?", (id,))
    return person(office, id)


def came_in(office: Office, id: int, address: str, at_ms: int) -> None:
    """They have signed in, from there."""
    with office.transaction():
        office.conn.execute("UPDATE person SET last_login = ? WHERE id = ?", (at_ms, id))
        office.conn.execute(
            "INSERT OR REPLACE INTO known_place (person, address, at) VALUES (?, ?, ?)",
            (id, address, at_ms),
        )


def is_known_at(office: Office, id: int, address: str, since_ms: int) -> bool:
    """Whether they have signed in from there lately."""
    with told(office.path):
        return bool(
            office.number(
                "SELECT count(*) FROM known_place WHERE person = ? AND address = ? AND at >= ?",
                (id, address, since_ms),
            )
        )


def forget_places(office: Office, before_ms: int) -> None:
    """Away with places where they have not signed in since."""
    with office.transaction():
        office.conn.execute("DELETE FROM known_place WHERE at < ?", (before_ms,))


def _refuse_taken(office: Office, login: str, but: int) -> None:
    other = office.number("SELECT id FROM person WHERE login = ? AND id != ?", (login, but))
    if other:
        raise PeopleError(f"{login} has an account already: change that one, or give another login")


def _refuse_namesake(office: Office, name: str, but: int) -> None:
    """Approvals stand in the policy under a name: two colleagues must not look like one."""
    for one in everybody(office):
        if one.id != but and one.is_active and one.name.casefold() == name.casefold():
            raise PeopleError(
                f"there is a {one.name} already ({one.login}): add what tells the two apart, such "
                "as an initial"
            )


def _refuse_last_manager(office: Office, leaving: Person) -> None:
    """Somebody has to be able to let others in, and an invitation may never be taken up."""

    def can_manage(one: Person) -> bool:
        return one.is_active and one.has_password and one.is_a(Role.NETWORK_MANAGER)

    others = any(can_manage(one) for one in everybody(office) if one.id != leaving.id)
    if can_manage(leaving) and not others:
        raise PeopleError(
            f"{leaving.name} is the last network manager who can sign in: give the role to "
            "somebody else first"
        )


def _roles(roles: Collection[Role]) -> str:
    if not roles:
        raise PeopleError(f"an account needs a role: {', '.join(Role)}")
    return json.dumps(sorted(set(roles)))


def _name(text: str) -> str:
    """Without anything that can't be seen: it stands on pages, in letters and in the audit."""
    visible = "".join(
        sign
        for sign in unicodedata.normalize("NFC", text)
        if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ).strip()
    if not visible or len(visible) > NAME_LENGTH:
        raise PeopleError(
            f"a name is what colleagues call them, such as Ms Clark: 1 to {NAME_LENGTH} characters"
        )
    return visible


def _person(row: tuple[Any, ...]) -> Person:
    id, login, name, roles, is_active, has_password, has_second_factor = row[:7]
    created, last_login, password_changed = row[7:]
    return Person(
        id=id,
        login=login,
        name=name,
        roles=frozenset(Role(one) for one in json.loads(roles)),
        is_active=bool(is_active),
        has_password=bool(has_password),
        has_second_factor=bool(has_second_factor),
        created_ms=created,
        last_login_ms=last_login or None,
        password_changed_ms=password_changed or None,
    )
