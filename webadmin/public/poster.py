"""A poster for the wall: two codes for the camera of a phone, and the same addresses in words."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from flask import Blueprint, abort, render_template, url_for

from webadmin.public.called import PREFIX, own_address
from webadmin.public.counter import context, policy

pages = Blueprint("poster", __name__)


@dataclass(frozen=True, slots=True)
class Code:
    """A page, as a poster shows it."""

    box: str  # where we are: http://filter.example.sch.uk
    path: str

    @property
    def picture(self) -> str:
        """The address of the picture: the picture itself. Level Q survives a torn corner."""
        code = segno.make(self.box + self.path, error="q", micro=False)
        return str(code.svg_data_uri(border=2, light="#fff"))

    @property
    def place(self) -> str:
        """As people type it."""
        return self.box.removeprefix("http://")


@pages.get("/poster")
def poster() -> str:
    box = own_address(policy().school, context())
    if not box:
        abort(404)
    why, report = (
        Code(box, url_for(endpoint).removeprefix(PREFIX))
        for endpoint in ("why.why", "reporting.report")
    )
    return render_template("public/poster.html", why=why, report=report)
