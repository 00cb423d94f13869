"""The staff's application: each page in a module of its own, in front of all of them the guard."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from appliance import __version__
from webadmin.frame.application import make_app
from webadmin.frame.context import Context
from webadmin.staff import account, adding, desk, export, refused, room, signin
from webadmin.staff.navigation import show_the_way
from webadmin.staff.permissions import guard, open_to_all
from webadmin.staff.session import keep_sessions
from webadmin.staff.waiting import waiting

HOME = Path(__file__).parent
PAGES = (
    *(signin.pages, account.pages, desk.pages),
    *(refused.pages, export.pages, adding.pages),
)


def create_app(context: Context) -> Flask:
    """The whole application, for one box."""
    app = make_app(__name__, HOME, context, may_be_framed=False)
    room.close_at_the_end(app)
    keep_sessions(app)  # who asks …
    guard(app)  # … and whether they may: before anything is read of what they sent
    CSRFProtect(app)
    open_to_all(app.view_functions["asset_file"])
    for pages in PAGES:
        app.register_blueprint(pages)
    show_the_way(app)
    app.jinja_env.globals.update(
        version=__version__,
        me=room.me,
        now=room.now,
        school_name=lambda: room.policy().school.name,
        waiting=waiting,
    )
    return app
