"""Who is signed in where: kept here, so that it can be seen and ended at once.

A cookie holds a token and nothing else. Somebody who has not signed in yet may have a session too:
the form they fill in is guarded by it, and so is a sign-in that is half done.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from appliance.store.database import told
from appliance.store.office.office import Office
from appliance.store.office.roles import Role
from appliance.store.office.tokens import hash_of, is_token, new_token

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
LONGEST_MS: Final = 12 * HOUR_MS  # a school day with a governors' evening
# a teacher's laptop is seldom left alone with pupils, and who must sign in at every lesson writes
# the password on it; what the e-safety team sees of children is worth a password after a meeting
IDLE_MS: Final = 8 * HOUR_MS
IDLE_STRICT_MS: Final = HOUR_MS
STRICT: Final = frozenset((Role.NETWORK_MANAGER, Role.E_SAFETY, Role.SAFEGUARDING_LEAD))
STRANGERS: Final = 5_000  # sessions of nobody: any browser that looks at the sign-in page has one
# of one address: else a pupil's script, loading that page for ever, would push out whoever is about
# to sign in
STRANGERS_AT_ONE: Final = 200
AGENT_LENGTH: Final = 200
ADDRESS_LENGTH: Final = 64

_COLUMNS: Final = "id, person, made, seen, ends, agent, address, content"
_LIVE: Final = (
    f"seen + idle > :at AND ends > :at AND seen < :at + {HOUR_MS}"  # the clock was put back: over
)


@dataclass(frozen=True, slots=True)
class Session:
    """One browser, as we know it. `id` opens nothing: pages may show it."""

    id: int
    person_id: int | None  # None: nobody has signed in
    made_ms: int
    seen_ms: int
    ends_ms: int
    agent: str
    address: str
    content: dict[str, Any] = field(default_factory=dict)


def begin(
    office: Office,
    *,
    at_ms: int,
    person_id: int | None = None,
    roles: Collection[Role] = (),
    agent: str = "",
    address: str = "",
    content: Mapping[str, Any] | None = None,
    former: str = "",
) -> tuple[str, Session]:
    """A new token for the cookie, and its session. The `former` token opens nothing from here on:
    whoever planted it in this browser does not come in with its owner."""
    token = new_token()
    idle_ms = idle_for(roles) if person_id is not None else HOUR_MS
    with office.transaction():
        _forget_token(office, former)
        if person_id is None:
            _make_room(office, _visible(address, ADDRESS_LENGTH))
        cursor = office.conn.execute(
            "INSERT INTO session (hash, person, made, seen, idle, ends, agent, address, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                hash_of(token),
                person_id,
                at_ms,
                at_ms,
                idle_ms,
                at_ms + LONGEST_MS,
                _visible(agent, AGENT_LENGTH),
                _visible(address, ADDRESS_LENGTH),
                _json(content or {}),
            ),
        )
    made = _session(_row(office, int(cursor.lastrowid or 0)))
    return token, made


def find(office: Office, token: str, at_ms: int) -> Session | None:
    """The session of a cookie, where it still holds and its person is still one of us."""
    if not is_token(token):
        return None
    with told(office.path):
        row = office.conn.execute(
            f"SELECT {_COLUMNS} FROM session WHERE hash = :hash AND {_LIVE} AND "
            "(person IS NULL OR person IN (SELECT id FROM person WHERE is_active))",
            {"hash": hash_of(token), "at": at_ms},
        ).fetchone()
    if row is None:
        return None
    found = _session(row)
    if at_ms - found.seen_ms >= MINUTE_MS:  # each click would be a page on the card
        with office.transaction():
            office.conn.execute("UPDATE session SET seen = ? WHERE id = ?", (at_ms, found.id))
    return found


def save(office: Office, id: int, content: Mapping[str, Any]) -> None:
    """What the page wants to find again at the next click."""
    with office.transaction():
        office.conn.execute("UPDATE session SET content = ? WHERE id = ?", (_json(content), id))


def of_person(office: Office, person_id: int, at_ms: int) -> list[Session]:
    """Where they are signed in, the newest first."""
    with told(office.path):
        rows = office.conn.execute(
            f"SELECT {_COLUMNS} FROM session WHERE person = :person AND {_LIVE} "
            "ORDER BY seen DESC, id DESC",
            {"person": person_id, "at": at_ms},
        ).fetchall()
    return [_session(row) for row in rows]


def end(office: Office, id: int, person_id: int) -> bool:
    """Sign this person out there; False where the session is none of theirs."""
    with office.transaction():
        cursor = office.conn.execute(
            "DELETE FROM session WHERE id = ? AND person = ?", (id, person_id)
        )
    return cursor.rowcount > 0


def sign_out(office: Office, token: str) -> None:
    """The cookie's session is over, whoever's it is."""
    with office.transaction():
        _forget_token(office, token)


def end_all(office: Office, person_id: int, but: int = 0) -> int:
    """Sign this person out everywhere but in that session; how many were ended."""
    with office.transaction():
        return drop(office, person_id, but)


def drop(office: Office, person_id: int, but: int = 0) -> int:
    """The same inside a transaction."""
    cursor = office.conn.execute(
        "DELETE FROM session WHERE person = ? AND id != ?", (person_id, but)
    )
    return cursor.rowcount


def limit(office: Office, person_id: int, roles: Collection[Role]) -> None:
    """Inside a transaction: their sessions last as long as these roles allow."""
    office.conn.execute(
        "UPDATE session SET idle = ? WHERE person = ?", (idle_for(roles), person_id)
    )


def purge(office: Office, at_ms: int) -> None:
    """Away with those that are over."""
    with office.transaction():
        office.conn.execute(f"DELETE FROM session WHERE NOT ({_LIVE})", {"at": at_ms})


def idle_for(roles: Collection[Role]) -> int:
    """Milliseconds that a session lasts unseen."""
    return IDLE_STRICT_MS if STRICT.intersection(roles) else IDLE_MS


def _make_room(office: Office, address: str) -> None:
    """Strangers can't fill the card with sessions; the oldest go, first those of the same place."""
    if address:
        at_one = "person IS NULL AND address = :address"
        _drop_oldest(office, at_one, address=address, room=STRANGERS_AT_ONE - 1)
    _drop_oldest(office, "person IS NULL", room=STRANGERS - 1)


def _drop_oldest(office: Office, where: str, **values: str | int) -> None:
    """All but the newest, for which there is `room`."""
    office.conn.execute(
        f"DELETE FROM session WHERE {where} AND id <= (SELECT id FROM session "
        f"WHERE {where} ORDER BY id DESC LIMIT 1 OFFSET :room)",
        values,
    )


def _forget_token(office: Office, token: str) -> None:
    if is_token(token):
        office.conn.execute("DELETE FROM session WHERE hash = ?", (hash_of(token),))


def _row(office: Office, id: int) -> tuple[Any, ...]:
    with told(office.path):
        row: tuple[Any, ...] = office.conn.execute(
            f"SELECT {_COLUMNS} FROM session WHERE id = ?", (id,)
        ).fetchone()
    return row


def _session(row: tuple[Any, ...]) -> Session:
    id, person_id, made, seen, ends, agent, address, content = row
    return Session(id, person_id, made, seen, ends, agent, address, json.loads(content))


def _visible(text: str, longest: int) -> str:
    return "".join(sign for sign in text[:longest] if sign.isprintable())


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(dict(content), ensure_ascii=False)
