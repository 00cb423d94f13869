"""Where each page of cases is; the views stand in the modules beside."""

from __future__ import annotations

from flask import Blueprint

from webadmin.staff.cases import files, listing, page, work

pages = Blueprint("cases", __name__, url_prefix="/cases")

for path, view, method in (
    ("", listing.cases, "GET"),
    ("/<int:id>", page.case, "GET"),
    ("/<int:id>/note", work.note, "POST"),
    ("/<int:id>/review", work.review, "POST"),
    ("/<int:id>/reopen", work.reopen, "POST"),
    ("/<int:id>/attach", work.attach, "POST"),
    ("/<int:id>/attachments/<int:number>", files.attachment, "GET"),
    ("/<int:id>/evidence", files.evidence, "POST"),
):
    pages.add_url_rule(path, view.__name__, view, methods=[method])
