"""Telling the school of a bad site, and seeing later what became of it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField, Form, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from appliance.errors import ReportError, StoreError, TooManyError
from appliance.policy.decisions.opening import meant
from appliance.store.counter import looking, reports, telling
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.telling import PICTURE_BYTES, Telling, Thanks
from webadmin.frame.words import sentence
from webadmin.public.counter import asker, context, policy
from webadmin.public.slips import fault_of_slip

PAGE: Final = "report"
_BUSY: Final = "It could not be kept just now. Nothing you wrote is lost: please try again."

pages = Blueprint("reporting", __name__)


class ReportForm(Form):
    """What somebody tells us; only what they saw, and where, is needed."""

    typed = StringField(
        "Which site or app was it?",
        [
            InputRequired("Please say which site or app it was."),
            Length(max=telling.TYPED_LENGTH, message="That is too long: the site's name will do."),
        ],
        description="Its address, such as example.com, or what the app is called.",
    )
    seen = TextAreaField(
        "What did you see?",
        [
            InputRequired("Please say in a few words what you saw."),
            Length(
                max=telling.SEEN_LENGTH,
                message=f"Please keep it under {telling.SEEN_LENGTH:,} characters.",
            ),
        ],
        description="A few words are enough.",
    )
    screenshot = FileField(
        "A screenshot",
        description=f"PNG, JPEG or WebP, up to {PICTURE_BYTES // 1_000_000} MB. Please take none "
        "of somebody without clothes: tell us in words.",
    )
    who = StringField(
        "Your name",
        [
            Length(
                max=telling.WHO_LENGTH,
                message=f"Please keep it under {telling.WHO_LENGTH} characters.",
            )
        ],
        description="You need not say. It helps if you would like to be asked about it.",
    )


@pages.get("/report")
def report() -> str:
    site = request.args.get("site", "")[: telling.TYPED_LENGTH]
    return render_template("public/report.html", form=ReportForm(typed=site), fault="")


@pages.post("/report")
def hand_in() -> AnyResponse:
    form = ReportForm(CombinedMultiDict([request.files, request.form]))
    is_whole = form.validate()
    fault = fault_of_slip(PAGE)
    if fault or not is_whole:
        return _again(form, fault, 400)
    try:
        thanks = _keep(form)
    except TooManyError as refusal:
        return _again(form, sentence(str(refusal)), 429)
    except ReportError as refusal:
        return _again(form, sentence(str(refusal)), 400)
    except StoreError:
        return _again(form, _BUSY, 503)
    picture = "none" if form.screenshot.data and not thanks.has_screenshot else None
    place = url_for("reporting.state", reference=thanks.reference, told="now", picture=picture)
    return redirect(place, 303)


@pages.get("/report/find")
def find() -> AnyResponse:
    """Whoever types a reference comes to its page."""
    typed = request.args.get("reference", "").strip()[:40]
    reference = "".join(one for one in typed if one.isalnum() or one in " -")
    if not reference.strip(" -"):
        return redirect(url_for("reporting.report"), 303)
    return redirect(url_for("reporting.state", reference=reference), 303)


@pages.get("/report/<reference>")
def state(reference: str) -> Response:
    """What became of a report: a state and a few words, and no more for anybody."""
    me = asker()
    try:
        with open_counter(context().folder) as counter:
            looking.look(counter, me.address, at_ms=context().now_ms, is_shared=me.is_shared)
            found = reports.by_reference(counter, reference)
    except TooManyError as refusal:
        page = render_template("public/state.html", found=None, fault=sentence(str(refusal)))
        return make_response(page, 429)
    page = render_template("public/state.html", found=found, fault="")
    return make_response(page, 200 if found else 404)


def _keep(form: ReportForm) -> Thanks:
    me, folder = asker(), context().folder
    target = meant(policy(), str(form.typed.data))
    sent = request.files.get("screenshot")  # a field of that name may hold words instead
    told = Telling(
        typed=str(form.typed.data),
        seen=str(form.seen.data),
        who=form.who.data or "",
        address=me.address,
        group=me.who.group,
        read_as=target.name if target else "",
        screenshot=sent.read(PICTURE_BYTES + 1) if sent else b"",
        screenshot_name=(sent.filename or "") if sent else "",
    )
    with open_counter(folder) as counter:
        now_ms = context().now_ms
        return telling.tell(counter, pictures(folder), told, at_ms=now_ms, is_shared=me.is_shared)


def _again(form: ReportForm, fault: str, code: int) -> Response:
    """The form with all that was typed; a browser lets nobody put the picture back."""
    page = render_template("public/report.html", form=form, fault=fault)
    return make_response(page, code)
