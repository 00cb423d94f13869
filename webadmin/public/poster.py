"""A poster for the wall: two codes for the camera of a phone, and the same addresses in words."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from flask import Blueprint, abort, render_template, url_for
from markupsafe import Markup

from webadmin.public.called import PREFIX, own_address
from webadmin.public.counter import context, policy

pages = Blueprint("poster", __name__)


@dataclass(frozen=True, slots=True)
class Code:
    """A page, as a poster shows it."""

    address: str

    @property
    def picture(self) -> Markup:
        """The address of the picture: the picture itself. Level Q survives a torn corner."""
        code = segno.make(self.address, error="q", micro=False)
        return Markup(code.svg_data_uri(border=2, light="#fff"))

    @property
    def in_words(self) -> str:
        """As people type it."""
        return self.address.removeprefix("http://")


@pages.get("/poster")
def poster() -> str:
    address = own_address(policy().school, context())
    if not address:
        abort(404)
    codes = {name: Code(address + _path(name)) for name in ("why.why", "reporting.report")}
    return render_template(
        "public/poster.html", why=codes["why.why"], report=codes["reporting.report"]
    )


def _path(endpoint: str) -> str:
    return url_for(endpoint).removeprefix(PREFIX)
