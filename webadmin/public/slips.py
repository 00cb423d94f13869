"""A slip in each form: proof that the form came from this page, lately, to this device.

A pupil has no login here, so a forged form could do nothing in anybody's name. But a page elsewhere
could have a hundred browsers hand in rubbish, and use up what each device may send. A token in a
cookie would stop that, and be a mark by which a visitor is known again. So the slip is signed and
needs no memory: it says which page it is for, which address it was given to and when. Besides, a
browser says where a form comes from, and that has to be this very site.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer

from webadmin.public.called import called
from webadmin.public.counter import asker, context

FIELD: Final = "slip"
GOOD_SECONDS: Final = 2 * 3600
_TOO_OLD: Final = (
    "This page was open for too long. Nothing is lost: please look it over and press the button "
    "again."
)
_ELSEWHERE: Final = (
    "This form did not come from this page. Please look it over and press the button again."
)


def slip(page: str) -> str:
    """For a hidden field of the form of this page."""
    text = _signer().dumps([page, str(asker().address), context().now])
    return text if isinstance(text, str) else text.decode()


def fault_of_slip(page: str) -> str:
    """What is wrong with the form that has come; empty where nothing is."""
    if not _comes_from_here():
        return _ELSEWHERE
    try:
        said, address, at = _signer().loads(request.form.get(FIELD, ""))
    except (BadData, ValueError, TypeError):
        return _TOO_OLD
    is_ours = [said, address] == [page, str(asker().address)]
    return "" if is_ours and 0 <= context().now - at <= GOOD_SECONDS else _TOO_OLD


def _comes_from_here() -> bool:
    """What old browsers don't say, they are not asked for: the slip is there as well."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == called().host.lower()
    except ValueError:
        return False


def _signer() -> URLSafeSerializer:
    key = current_app.secret_key
    assert key is not None
    return URLSafeSerializer(key, salt="slip")
