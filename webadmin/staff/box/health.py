"""Health: one line for each matter of this box, and what to do about each that is not well."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, render_template, request

from webadmin.staff.box import vitals
from webadmin.staff.permissions import Permission, allow

pages = Blueprint("health", __name__)


@pages.get("/health")
@allow(Permission.SEE_HEALTH)
def health() -> str:
    ask = request.args.get("ask") == "1"
    found = vitals.parts(ask=ask)
    return render_template(
        "staff/health.html",
        parts=found,
        asked=ask,
        trouble=[
            one
            for level in (vitals.Level.BAD, vitals.Level.SOON)
            for part in found
            for one in part.matters
            if one.level is level
        ],
    )


@pages.get("/health.json")
@allow(Permission.SEE_HEALTH)
def as_json() -> Response:
    """The same for a machine; it signs in as anybody does."""
    found = vitals.parts(ask=False)
    return jsonify(level=vitals.worst(found), parts=[asdict(part) for part in found])
