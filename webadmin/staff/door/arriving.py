"""Somebody comes in: half way after the password, wholly after the code, or not at all."""

from __future__ import annotations

from typing import Final

from flask import Response, make_response, redirect
from werkzeug.wrappers import Response as Redirect

from appliance.store.office.people import Person
from appliance.store.office.signing_in import Refused
from webadmin.staff import room
from webadmin.staff.door.paths import next_path
from webadmin.staff.noting import note_arrival
from webadmin.staff.session import current_session, renew, sign_in

HALF_WAY: Final = "half way in"
LASTS_MS: Final = 10 * 60_000  # between password and code: time to find the phone


def come_half_way(person: Person) -> None:
    """The password is theirs. Who it is stays here, where no form can change it."""
    kept = current_session()
    kept[HALF_WAY] = [person.id, room.now_ms()]
    renew(kept)


def who_is_half_way() -> int | None:
    """The number of the one whose code is still missing."""
    person_id, since_ms = current_session().get(HALF_WAY, (0, 0))
    return person_id if 0 <= room.now_ms() - since_ms <= LASTS_MS and person_id else None


def come_in(person: Person, how: str) -> Redirect:
    """They are in: on to where they wanted to go."""
    wanted = next_path()
    sign_in(current_session(), person)
    note_arrival("signed in", person.login, by=how)
    return redirect(wanted)


def turn_away(refused: Refused, page: str) -> Response:
    """Not yet, or not with these words."""
    answer = make_response(page, 429 if refused.wait_seconds else 401)
    if refused.wait_seconds:
        answer.headers["Retry-After"] = str(refused.wait_seconds)
    return answer
