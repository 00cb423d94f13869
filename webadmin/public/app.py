"""The public application: few pages, no cookie, and no state but what is told here."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from webadmin.frame.application import make_app
from webadmin.frame.context import Context

HOME = Path(__file__).parent


def create_app(context: Context) -> Flask:
    """The whole application, for one box."""
    return make_app(__name__, HOME, context, may_be_framed=True)
