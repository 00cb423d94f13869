"""Every form of every page, filled in with hostile words: answered with a page, whatever becomes of
it, and never with a failure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from appliance.store import holding
from appliance.store.database import FILE, Record
from tests.webadmin.forms import Form, forms, send, token
from tests.webadmin.hostile.inert import assert_safe
from tests.webadmin.hostile.words import WORDS
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public import visiting
from tests.webadmin.public.visiting import POLICY
from webadmin.staff.permissions import TABLE, permission_of

# What would end the walk: signing out, and letting people go.
NOT_TAKEN = ("/sign-out", "/let-go", "/end-others", "/sessions/", "/account/password")
KINDS = ("a script", "control letters", "a very long word")
ODD = ("", "²", "9" * 5_000, "2026-02-31T25:61", "9999-12-31T23:59", "set:")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """With one of each thing that has a form of its own."""
    with premises(tmp_path_factory.mktemp("forms"), POLICY) as made:
        made.box.ask("www.tiktok.com")
        made.box.store()
        with Record.change(made.folder / FILE) as record:
            holding.open_with(record, [1], "A look", who="owen", at_ms=made.now * 1000)
        lesson = "/ask?site=youtube&scope=set:class-7b&slot=2026-11-24|Lesson 2"
        for _ in range(3):
            send(made.as_("clark"), lesson, to="/ask", aim="Volcanoes")
        visiting.send(made, "/report", {"typed": "bad.example", "seen": "words"})
        yield made


def pages(school: Premises, login: str) -> Iterator[str]:
    """With the first of each thing; a person is nobody of the walk."""
    urls = school.staff.url_map.bind("localhost")
    mine = frozenset().union(*(TABLE[role] for role in school.people[login].roles))
    names = {"name": "dans-tablet", "id": "ban-1", "key": "1", "kind": "csv"}
    for rule in school.staff.url_map.iter_rules():
        needed = permission_of(school.staff.view_functions[rule.endpoint])
        if needed in mine and "GET" in (rule.methods or set()):
            values = {
                one: (school.people["bell"].id if "people" in str(rule) else 1)
                if hasattr(kind, "max")
                else names.get(one, "1")
                for one, kind in rule._converters.items()
            }
            yield urls.build(rule.endpoint, values)
    if login == "clark":
        yield "/ask?site=youtube&scope=set:class-7b&slot=2026-11-24|Lesson 2"


def all_forms(client: FlaskClient, school: Premises, login: str) -> dict[str, Form]:
    found: dict[str, Form] = {}
    for path in pages(school, login):
        page = client.get(path)
        if page.mimetype == "text/html" and page.status_code == 200:
            for form in forms(page):
                action = form.action or path
                if form.method == "post" and not any(one in action for one in NOT_TAKEN):
                    found.setdefault(action, form)
    return found


@pytest.mark.parametrize("login", ["clark", "owen", "north"])
def test_a_form_full_of_hostile_words_is_answered(school: Premises, login: str) -> None:
    client = school.as_(login)
    found, proof = all_forms(client, school, login), {"csrf_token": token(client)}
    assert len(found) >= 3
    for words in (*(WORDS[kind] for kind in KINDS), *ODD[1:4]):
        for action, form in found.items():
            filled = dict.fromkeys(form.values, words) | proof
            assert_safe(client.post(action, data=filled), school)
    for n, (action, form) in enumerate(found.items()):
        for m, name in enumerate(form.values.keys() - proof.keys()):  # the others as they should be
            answer = client.post(
                action, data={**form.values, name: ODD[(n + m) % len(ODD)], **proof}
            )
            assert_safe(answer, school)
