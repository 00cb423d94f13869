"""Asking a teacher to open a site: nothing is promised by it, and a teacher sees how many asked."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.errors import NotAName, ReportError, TooManyError
from appliance.store.counter import asks
from appliance.store.counter.asks import Ask
from appliance.store.counter.counter import open_counter
from appliance.suffixes import corner_of
from webadmin.frame.words import sentence
from webadmin.public.counter import asker, context, explainer
from webadmin.public.slips import fault_of_slip
from webadmin.public.telling import Told, tell

PAGE = "ask"

pages = Blueprint("asking", __name__)


@pages.get("/ask")
def ask() -> Response:
    return _form(_wished(request.args.get("site", "")))


@pages.post("/ask")
def hand_in() -> AnyResponse:
    told = _wished(request.form.get("site", ""))
    fault = fault_of_slip(PAGE)
    if told is None or not told.may_be_asked_for:
        return _form(told)
    if fault:
        return _form(told, fault, 400)
    me = asker()
    wish = Ask(
        site=corner_of(told.name),
        address=me.address,
        service=told.service,
        group=me.who.group,
        device=me.who.device,
    )
    try:
        with open_counter(context().folder) as counter:
            asks.put(counter, wish, at_ms=context().now_ms, is_shared=me.is_shared)
    except ReportError as refusal:
        return _form(
            told, sentence(str(refusal)), 429 if isinstance(refusal, TooManyError) else 400
        )
    return redirect(url_for("asking.asked", site=told.name), 303)


@pages.get("/asked")
def asked() -> Response:
    """Thanks; a page of its own, so that loading it again asks nothing again."""
    told = _wished(request.args.get("site", ""))
    return make_response(render_template("public/asked.html", told=told))


def _wished(site: str) -> Told | None:
    try:
        return tell(explainer(asker().who), site) if site.strip(". ") else None
    except NotAName:
        return None


def _form(told: Told | None, fault: str = "", code: int = 200) -> Response:
    return make_response(render_template("public/ask.html", told=told, fault=fault), code)
