"""The public application: few pages, no cookie, and no state but what is told here."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, request

from webadmin.frame.application import make_app
from webadmin.frame.context import Context
from webadmin.frame.failures import failure
from webadmin.public import asking, home, poster, refused, reporting, slips, why
from webadmin.public.called import by_any_name, own_link
from webadmin.public.counter import context, help_lines, policy

HOME = Path(__file__).parent
PAGES = (home.pages, why.pages, asking.pages, reporting.pages, poster.pages)


def create_app(context: Context) -> Flask:
    """The whole application, for one box."""
    app = make_app(__name__, HOME, context, may_be_framed=True)
    app.wsgi_app = by_any_name(app.wsgi_app, context)  # type: ignore[assignment]
    app.before_request(_wait_for_a_policy)
    app.before_request(refused.say_why)  # before any path is looked at
    for pages in PAGES:
        app.register_blueprint(pages)
    app.jinja_env.globals.update(
        school=lambda: policy().school,
        help_lines=help_lines,
        slip=slips.slip,
        own_link=_own_link,
    )
    return app


def _own_link(endpoint: str, site: str | None = None) -> str:
    return own_link(policy().school, context(), endpoint, site)


def _wait_for_a_policy() -> Response | None:
    """Until the school has one, there is nothing to explain."""
    if request.endpoint == "asset_file" or context().live.is_published():
        return None
    return failure(
        503,
        "Not set up yet",
        "The school's filter is still being set up. Try again a little later.",
    )
