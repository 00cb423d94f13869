"""Help: what one can do here, for whoever reads it, and what Bellgate can't do at all."""

from __future__ import annotations

from flask import Blueprint, render_template

from webadmin.staff.permissions import Permission, allow

pages = Blueprint("helping", __name__)


@pages.get("/help")
@allow(Permission.SECURE)
def help_page() -> str:
    return render_template("staff/help.html")
