"""Pages as a person without a script uses them: what a form holds is sent back with it."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Form:
    """One form of a page: where it goes, and what it would send as it stands."""

    action: str
    method: str
    values: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(facts.get("action", ""), facts.get("method", "get"), {})
            self.forms.append(self._open)
        if self._open is None:
            return
        name = facts.get("name", "")
        kind = facts.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "file"):
            if kind not in ("checkbox", "radio") or "checked" in facts:
                self._open.values[name] = facts.get("value", "")
        if tag == "textarea" and name:
            self._open.values.setdefault(name, "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and "selected" in facts:
            self._open.values[self._select] = facts.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""


def forms(page: TestResponse) -> list[Form]:
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms


def send(client: FlaskClient, path: str, to: str = "", **values: Any) -> TestResponse:
    """Go to a page, fill in its form (the one that goes `to` there, else the one that has these
    fields), and press its button."""
    page = client.get(path)
    assert page.status_code == 200, (page.status_code, page.text[:500])
    posted = [form for form in forms(page) if form.method == "post"]
    if to:
        found = [form for form in posted if form.action == to]
    else:
        found = [form for form in posted if set(values) <= set(form.values)] or [
            form for form in posted if form.action != "/sign-out"
        ]
    assert found, f"{path} has no such form: {[form.action for form in posted]}"
    form = found[0]
    return client.post(form.action or path, data=form.values | values)


def token(client: FlaskClient, path: str = "/account") -> str:
    """What proves that a form comes from a page of ours, for one that no page offers."""
    return next(form.values["csrf_token"] for form in forms(client.get(path)) if form.values)
