"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from webadmin.staff.permissions import Permission, allow, open_to_all
from webadmin.staff.session import current_session
from webadmin.staff.session import sign_out as end_session

pages = Blueprint("signin", __name__)


@pages.get("/sign-in")
@open_to_all
def sign_in() -> str:
    return render_template("staff/sign_in.html")


@pages.post("/sign-out")
@allow(Permission.ENTER)
def sign_out() -> Response:
    end_session(current_session())
    return redirect(url_for(".sign_in"))
