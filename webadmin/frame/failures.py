"""When a page can't be shown: one clear sentence, what to do, and nothing of the machine inside."""

from __future__ import annotations

import logging
from typing import Final

from flask import Flask, Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from appliance.errors import (
    ApplianceError,
    CaseError,
    DocumentError,
    NoSuchPersonError,
    NotAName,
    PublishError,
    SnapshotError,
    StoreError,
)
from webadmin.frame import words

log = logging.getLogger(__name__)

SENTENCES: Final = {
    400: ("That could not be read", "The form did not arrive whole. Go back, and send it again."),
    403: ("Not for this account", "Your account may not see or do this. Whoever looks after people "
          "on this box can change that."),
    404: ("There is no such page", "It may have been removed, or the address was cut short."),
    405: ("Not like that", "This address is for a form. Go back, and press its button."),
    413: ("Too large", "What was sent is larger than this page takes."),
    415: ("Not that kind", "Files of this kind are not taken here."),
    429: ("Too often", "Wait a little, then try again."),
    500: ("Something went wrong here", "It was written down for the network manager, and nothing "
          "was changed. Try again in a moment."),
    503: ("Not now", "What this box keeps can't be read or written just now. Try again in a "
          "moment; if it stays so, tell the network manager."),
}  # fmt: skip
_STALE: Final = (
    "This page has been open too long",
    "For safety its form is no longer valid. Go back, load the page again, and send it once more.",
)
# Nothing that waiting would mend.
_NO_POLICY: Final = (
    "No policy is in force",
    "This box has no policy that can be read, so there is nothing to show here. The network "
    "manager sets the school up, or finds out more with “bellgate check” on the box.",
)
_NOT_PUBLISHED: Final = (
    "It was not put in force",
    "The change could not be put in force, and all is as it was. Try again; if it stays so, tell "
    "the network manager, who finds the reason in the log of the box.",
)
# What went wrong, and whether the one who asked can do something about it.
_CODES: Final[tuple[tuple[type[ApplianceError], int], ...]] = (
    (StoreError, 503),
    (SnapshotError, 503),
    (PublishError, 503),
    (CaseError, 409),
    (NoSuchPersonError, 404),
    (NotAName, 400),
    (DocumentError, 409),
)


def show_failures(app: Flask) -> None:
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(ApplianceError, _ours)


def failure(code: int, title: str, sentence: str) -> Response:
    page = render_template("frame/failure.html", title=title, sentence=sentence, code=code)
    return make_response(page, code)


def _refused(fault: HTTPException) -> Response:
    if fault.response is not None:
        return make_response(fault.get_response())
    code = fault.code or InternalServerError.code
    title, sentence = SENTENCES.get(code, SENTENCES[InternalServerError.code])
    response = failure(code, title, sentence)
    for name, value in fault.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _stale(_: CSRFError) -> Response:
    return failure(400, *_STALE)


def _ours(fault: ApplianceError) -> Response:
    """An error that was foreseen has a sentence of its own."""
    code = next((code for kind, code in _CODES if isinstance(fault, kind)), 409)
    if code != 503:
        return failure(code, "That can't be done", words.sentence(str(fault)))
    log.warning("%s", fault)
    if isinstance(fault, SnapshotError):
        return failure(code, *_NO_POLICY)
    return failure(code, *(_NOT_PUBLISHED if isinstance(fault, PublishError) else SENTENCES[code]))
