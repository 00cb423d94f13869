"""The first page after signing in: what waits for this person, and what today looks like."""

from __future__ import annotations

from flask import Blueprint, render_template

from webadmin.staff.permissions import Permission, allow

pages = Blueprint("desk", __name__)


@pages.get("/")
@allow(Permission.ENTER)
def desk() -> str:
    return render_template("staff/desk.html")
