"""Hostile words that were kept: in names that devices asked for, in what people told us, in what
teachers wrote, in the policy. On every page and in every file they are words."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator

import pytest
import tomli_w

from appliance.errors import ApplianceError
from appliance.event import Asker, Means
from appliance.policy.model import Who
from appliance.store import cases, holding
from appliance.store.database import FILE, Record
from appliance.store.office import invitations, notices, people, views
from appliance.store.office.invitations import Kind
from appliance.store.office.office import open_office
from appliance.store.office.roles import Role
from tests.recording.noting import TABLET
from tests.webadmin.forms import send, token
from tests.webadmin.hostile.inert import assert_safe, live_markup
from tests.webadmin.hostile.sending import Attempt, browser
from tests.webadmin.hostile.sending import send as send_raw
from tests.webadmin.hostile.words import WORDS
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public import visiting
from tests.webadmin.public.visiting import POLICY, call
from webadmin.staff.permissions import TABLE, Permission, permission_of

SHORT = {
    kind: words[:60].replace(".", "·")
    for kind, words in WORDS.items()
    if len(words) < 200 and kind != "half a letter"  # which no form can send
}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
SCRIPT = "</title><script>alert(1)</script>"


def policy() -> str:
    """The school's own, with markup wherever text may be free."""
    document = tomllib.loads(POLICY)
    document["school"] |= {"name": f"Bellgate {SCRIPT}", "contact": f'"onload=x {SCRIPT}'}
    for rule in document["rule"]:
        rule |= {"says": f"{{{{ 7*191 }}}} {SCRIPT}", "clause": "7.1 <b>"}
    document["ban"][0]["reason"] = f"=1+1 {SCRIPT}"
    document["timetable"][0]["periods"][1]["name"] = "Lesson <svg onload=x>"
    return tomli_w.dumps(document)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("words"), policy()) as made:
        _ask_for_names(made)
        _tell_reports(made)
        _write_as_staff(made)
        _open_a_case(made)
        yield made


def _ask_for_names(school: Premises) -> None:
    strange = Asker(TABLET.address, Who("pupils", "dans-tablet"), Means.ADDRESS)
    for words in SHORT.values():
        name = words.encode()[:60].decode("latin-1")
        school.box.ask(f"{name}.tiktok.com", asker=strange)
    school.box.ask("=cmd|'/c calc'!A1", "@SUM(1)", "-2+3")
    school.box.settle()


def _tell_reports(school: Premises) -> None:
    for n, words in enumerate(SHORT.values()):
        form = {"typed": words, "seen": words, "who": words}
        visiting.send(school, "/report", form, by=f"10.20.200.{n + 1}")


def _write_as_staff(school: Premises) -> None:
    at_ms, clark = school.now * 1000, school.people["clark"]
    with open_office(school.folder) as office:
        for n, words in enumerate(SHORT.values()):
            try:
                one = people.add(
                    office, login=f"new{n}", name=words, roles=[Role.TEACHER], at_ms=at_ms
                )
                invitations.invite(office, one.id, Kind.WELCOME, made_by=words, at_ms=at_ms)
                notices.give(
                    office, clark, words, ["set:class-7b"], school.now, school.now + 3600,
                    at_ms=at_ms, lesson=words,
                )  # fmt: skip
                views.save(office, school.people["owen"], words, "name=tiktok", is_shared=True)
            except ApplianceError:
                continue  # refused where it is written: that will do too
    for words in SHORT.values():
        page = school.as_("clark")
        form = {
            "csrf_token": token(page), "site": "youtube", "scope": "set:class-7b",
            "slot": "2026-11-24|Lesson 2", "aim": words, "room": words,
        }  # fmt: skip
        page.post("/ask", data=form)


def _open_a_case(school: Premises) -> None:
    rows = school.box.rows()
    with Record.change(school.folder / FILE) as record:
        for row, words in zip(rows, SHORT.values(), strict=False):
            try:
                holding.open_with(record, [row.id], words, who="owen", at_ms=school.now * 1000)
            except ApplianceError:
                continue


def paths(school: Premises, mine: frozenset[Permission]) -> Iterator[str]:
    """Every page of somebody's, with the first of each thing in it."""
    urls = school.staff.url_map.bind("localhost")
    for rule in school.staff.url_map.iter_rules():
        needed = permission_of(school.staff.view_functions[rule.endpoint])
        if needed in mine and "GET" in (rule.methods or set()):
            names = {name: 1 if "Int" in str(type(kind)) or hasattr(kind, "max") else "csv"
                     for name, kind in rule._converters.items()}  # fmt: skip
            yield urls.build(rule.endpoint, names)


@pytest.mark.parametrize("login", ["clark", "owen", "shah", "north", "green"])
def test_on_every_page_words_are_words(school: Premises, login: str) -> None:
    who = browser(school, login)
    mine = frozenset().union(*(TABLE[role] for role in school.people[login].roles))
    seen = 0
    for path in paths(school, mine):
        answer = send_raw(school, Attempt("walk", "staff", path), who)
        assert_safe(answer, school)
        assert "1337" not in answer.text, path
        seen += answer.status_code == 200
    assert seen >= 2


def test_at_the_counter_words_are_words(school: Premises) -> None:
    for path in ("/", "/why", "/report", "/ask?site=www.tiktok.com", "/poster", "/asked?site=a.b"):
        page = call(school, path)
        assert page.status_code == 200, path
        assert live_markup(page.text) == [] and "1337" not in page.text, path
    for name in ("www.tiktok.com", "soundcloud.com", "www.bbc.co.uk"):
        for accept in ("text/html", "application/json", "*/*"):
            page = call(school, "/x", name, Accept=accept)
            assert page.mimetype in ("text/html", "application/json", "text/plain")
            assert live_markup(page.text if page.mimetype == "text/html" else "") == []


def test_in_no_spreadsheet_a_cell_is_a_formula(school: Premises) -> None:
    seen = 0
    for login in ("owen", "north", "shah"):
        who = browser(school, login)
        mine = frozenset().union(*(TABLE[role] for role in school.people[login].roles))
        for path in paths(school, mine):
            if "csv" not in path:
                continue
            answer = send_raw(school, Attempt("file", "staff", path), who)
            if answer.status_code != 200:
                continue
            assert answer.mimetype == "text/csv"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            for line in csv.reader(io.StringIO(answer.text, newline="")):
                assert not [cell for cell in line if cell.lstrip(" ").startswith(DANGEROUS)], line
                seen += 1
    assert seen > 20


def test_the_record_has_the_names_to_the_letter(school: Premises) -> None:
    """What is shown harmlessly is evidence all the same."""
    names = {row.name for row in school.box.rows()}
    assert any("<script" in name for name in names)
    assert any(name.startswith("=cmd") for name in names)
    with school.box.look() as record:
        assert cases.find(record)


def test_a_device_with_a_name_that_could_run_is_in_no_policy(school: Premises) -> None:
    north = school.as_("north")
    answer = send(north, "/people/new", name=SCRIPT, login="<script>", roles=["teacher"])
    assert answer.status_code == 400
    assert live_markup(answer.text) == []
