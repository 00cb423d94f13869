"""The page in place of a refused site: what is closed, in the school's words, until when, and what
one can do.

It answers 403, not 200. A program that asks its server for news must not take our page for them,
and no cache and no search engine may keep it as if it were the site; what people see is the same.
A name that is open by now gets 421: it is not for us to answer, and the device will soon know.
"""

from __future__ import annotations

from typing import Final

from flask import Response, jsonify, make_response, render_template, request

from appliance.errors import NotAName
from webadmin.public.called import called
from webadmin.public.counter import asker, context, explainer, policy
from webadmin.public.telling import Told, in_a_line, tell

REFUSED: Final = 403
NOT_OURS: Final = 421  # RFC 9110 §15.5.20
_PAGES: Final = ("text/html", "application/xhtml+xml")


def say_why() -> Response | None:
    """Whatever is asked for under a stranger's name, by whatever method."""
    if not called().is_refusal:
        return None
    try:
        told = tell(explainer(asker().who), called().name)
    except NotAName:
        return make_response("", REFUSED)
    code = NOT_OURS if told.is_open else REFUSED
    response = _in_its_kind(told)
    response.status_code = code
    response.headers["Vary"] = "Accept"
    return response


def _in_its_kind(told: Told) -> Response:
    """A page for people. A program gets a line, a picture nothing: it would be thrown away, and an
    hour of a phone's background noise would be megabytes."""
    accept = request.headers.get("Accept", "").lower()
    if not accept or any(kind in accept for kind in _PAGES):
        page = "public/open.html" if told.is_open else "public/refused.html"
        return make_response(render_template(page, told=told))
    if "json" in accept:
        until = policy().clock.local(told.changes).isoformat() if told.changes else None
        return jsonify(
            name=told.name, open=told.is_open, says=told.says, clause=told.clause, until=until
        )
    if accept.startswith("image/"):
        return make_response("")
    response = make_response(f"{in_a_line(told, context().live.policy())}\n")
    response.mimetype = "text/plain"
    return response
