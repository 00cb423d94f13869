"""A Flask application of ours: what both of them have in common, in the order that counts."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, request
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined

from appliance.errors import SnapshotError
from appliance.policy.clock import SchoolClock
from webadmin.frame.assets import read_assets, serve_assets
from webadmin.frame.context import LARGEST_FORM, LARGEST_UPLOAD, Context
from webadmin.frame.failures import show_failures
from webadmin.frame.headers import add_headers
from webadmin.frame.numbers import bound_numbers
from webadmin.frame.secret import secret
from webadmin.frame.words import add_words

HERE = Path(__file__).parent
MOST_FIELDS = 2_000
USUAL_ZONE = "Europe/London"


def make_app(name: str, home: Path, context: Context, *, may_be_framed: bool) -> Flask:
    """An application without a page; `home` has its templates and its own static files."""
    app = Flask(name, static_folder=None, template_folder=str(home / "templates"))
    app.extensions["context"] = context
    app.config.update(
        SECRET_KEY=secret(context.folder, home.name),
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    bound_numbers(app)
    app.before_request(_bound_the_form)
    own = app.jinja_loader
    assert own is not None
    app.jinja_loader = ChoiceLoader([own, FileSystemLoader(HERE / "templates")])
    static = home / "static"
    serve_assets(app, read_assets(*([static] if static.is_dir() else [])))
    add_headers(app, may_be_framed=may_be_framed, is_all_tls=not context.config.web.public)
    show_failures(app)

    def clock() -> SchoolClock:
        try:
            return context.live.policy().clock
        except SnapshotError:
            return SchoolClock(USUAL_ZONE)  # a new box: nothing is in force yet

    add_words(app, clock, lambda: context.now)
    return app


def _bound_the_form() -> None:
    """Only what has files in it may be as long as they are: MAX_FORM_MEMORY_SIZE says nothing of
    other forms, which are read whole."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LARGEST_FORM
