"""The staff's application: each page in a module of its own, in front of all of them the guard."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from appliance import __version__
from appliance.store.office.passwords import Passwords
from webadmin.frame.application import make_app
from webadmin.frame.context import Context
from webadmin.staff import desk, helping, room
from webadmin.staff.box import (
    devices,
    devicesets,
    devicesheet,
    firstrun,
    health,
    people,
    setup,
    trail,
    wizard,
)
from webadmin.staff.box.draft import show_what_is_begun
from webadmin.staff.called import under_a_name
from webadmin.staff.cases import routes as cases
from webadmin.staff.decisions import bans, channels, deciding, exemptions, overrides, passlist
from webadmin.staff.door import account, secondstep, signin, welcome
from webadmin.staff.door.keyring import keep_hasher
from webadmin.staff.lessons import asking, notices, passes
from webadmin.staff.log import adding, explaining, export, numbers, refused
from webadmin.staff.naming import add_names
from webadmin.staff.navigation import show_the_way
from webadmin.staff.permissions import guard, open_to_all
from webadmin.staff.reports import triage
from webadmin.staff.session import keep_sessions
from webadmin.staff.waiting import count_waiting

HOME = Path(__file__).parent
PAGES = (
    signin.pages,
    welcome.pages,
    account.pages,
    secondstep.pages,
    desk.pages,
    asking.pages,
    passes.pages,
    notices.pages,
    deciding.pages,
    triage.pages,
    cases.pages,
    overrides.pages,
    exemptions.pages,
    passlist.pages,
    channels.pages,
    bans.pages,
    refused.pages,
    export.pages,
    adding.pages,
    explaining.pages,
    numbers.pages,
    people.pages,
    helping.pages,
    firstrun.pages,
    wizard.pages,
    setup.pages,
    devices.pages,
    devicesets.pages,
    devicesheet.pages,
    health.pages,
    trail.pages,
)


def create_app(context: Context, hasher: Passwords | None = None) -> Flask:
    """The whole application, for one box. `hasher` is another than the usual one where time counts
    more than safety."""
    app = make_app(__name__, HOME, context, may_be_framed=False)
    app.wsgi_app = under_a_name(app.wsgi_app)  # type: ignore[method-assign,assignment]
    room.close_at_the_end(app)
    keep_sessions(app)  # who asks …
    guard(app)  # … and whether they may: before anything is read of what they sent
    CSRFProtect(app)
    open_to_all(app.view_functions["asset_file"])
    for pages in PAGES:
        app.register_blueprint(pages)
    keep_hasher(app, hasher or Passwords.usual())
    show_the_way(app)
    add_names(app)
    show_what_is_begun(app)
    app.jinja_env.globals.update(
        version=__version__,
        me=room.me,
        now=room.now,
        school_name=room.school_name,
        count_waiting=count_waiting,
    )
    return app
