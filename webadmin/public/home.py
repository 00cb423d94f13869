"""The first page under our own names: where everything else is."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("home", __name__)


@pages.get("/")
def home() -> str:
    return render_template("public/home.html")
