"""One's own account: how one signs in, and where one is signed in now."""

from __future__ import annotations

from flask import Blueprint, render_template

from webadmin.staff.permissions import Permission, allow

pages = Blueprint("account", __name__)


@pages.get("/account")
@allow(Permission.ENTER)
def account() -> str:
    return render_template("staff/account.html")
