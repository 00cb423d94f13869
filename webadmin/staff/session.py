"""Sessions that stand in the office and not in the cookie: seen and ended there at once."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from appliance.store.office import people, sessions
from appliance.store.office.people import Person
from webadmin.staff import room
from webadmin.staff.permissions import permissions

COOKIE: Final = "bellgate"
HOST_COOKIE: Final = "__Host-bellgate"  # over TLS: no other host can plant one


class Kept(CallbackDict[str, Any], SessionMixin):
    """What one browser's session holds, and whether the page has changed it."""

    def __init__(self, token: str = "", stored: sessions.Session | None = None) -> None:
        super().__init__(stored.content if stored else None, self._changed)
        self.token = token
        self.stored = stored
        self.modified = False
        self.is_new_token = False

    def _changed(self, _: CallbackDict[str, Any]) -> None:
        self.modified = True


class OfficeSessions(SessionInterface):
    """Flask's own session, read from and written to the office."""

    def open_session(self, app: Flask, request: Request) -> Kept:
        if request.endpoint == "asset_file":
            return Kept()  # a style sheet is nobody's
        token = request.cookies.get(cookie_name(), "")
        found = sessions.find(room.office(), token, room.now_ms()) if token else None
        return Kept(token, found) if found else Kept()

    def save_session(self, app: Flask, kept: SessionMixin, response: Response) -> None:
        assert isinstance(kept, Kept)
        if kept.modified:
            if kept.stored:
                sessions.save(room.office(), kept.stored.id, kept)
            elif kept:
                _begin(kept)
        if kept.is_new_token:
            response.set_cookie(
                cookie_name(),
                kept.token,
                httponly=True,
                secure=request.is_secure,
                samesite="Lax",  # a link in a mail leads to the page, a form elsewhere does not
                path="/",
            )


def cookie_name() -> str:
    return HOST_COOKIE if request.is_secure else COOKIE


def sign_in(kept: Kept, person: Person) -> None:
    """From now on this browser is theirs, under tokens that nobody knew before."""
    kept.clear()
    _begin(kept, person)
    g.person = person
    g.permissions = permissions(person)


def renew(kept: Kept) -> None:
    """The same under a new token: whoever planted the old one in this browser stays outside."""
    _begin(kept)


def sign_out(kept: Kept) -> None:
    """The token opens nothing any more."""
    if kept.token:
        sessions.sign_out(room.office(), kept.token)
    kept.clear()
    kept.stored = None
    kept.modified = False


def _begin(kept: Kept, person: Person | None = None) -> None:
    kept.token, kept.stored = sessions.begin(
        room.office(),
        at_ms=room.now_ms(),
        person_id=person.id if person else None,
        roles=person.roles if person else (),
        agent=request.user_agent.string,
        address=request.remote_addr or "",
        content=kept,
        former=kept.token,
    )
    kept.is_new_token = True
    kept.modified = False


def keep_sessions(app: Flask) -> None:
    app.session_interface = OfficeSessions()

    def know() -> None:
        """Who asks, and what they may."""
        kept = current_session()
        owner = kept.stored.person_id if kept.stored else None
        g.person = people.person(room.office(), owner) if owner else None
        g.permissions = permissions(g.person)

    app.before_request(know)


def current_session() -> Kept:
    """The session of this request."""
    found = session._get_current_object()  # type: ignore[attr-defined]  # what the name stands for
    assert isinstance(found, Kept)
    return found
