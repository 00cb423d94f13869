"""The audit trail: who did what, before and after, and what is kept back from whom."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from appliance.store import audit
from appliance.store.database import FILE, Record
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises

HOSTILE = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        sam = made.as_("north")
        send(sam, "/devices/device/dans-tablet", group="guests")
        note(made, "owen", "looked", "device dans-tablet", after={"reason": "He seemed upset."})
        note(made, "owen", "reviewed", "case 3", {"status": "open"}, {"status": "reviewed"})
        note(made, "price", "opened", HOSTILE, after={"what": FORMULA, FORMULA: HOSTILE})
        note(made, audit.DETECTION, "opened", "case 3", after={"grade": "watch"})
        yield made


def note(
    school: Premises,
    who: str,
    what: str,
    subject: str,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    with Record.change(school.folder / FILE) as record, record.transaction():
        audit.note(record, school.now * 1000, who, what, subject, before, after)


def test_before_and_after_stand_side_by_side(school: Premises) -> None:
    page = school.as_("north").get("/audit?what=changed").text
    assert "Sam North (north)" in page
    row = page[page.index("dans-tablet, group") :]
    assert row.index("<td>pupils</td>") < row.index("<td>guests</td>")
    assert "dans-tablet, sets" not in page  # that has not changed


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("who=owen", "reviewed", "Sam North (north)"),
        ("subject=case", "reviewed", "Sam North (north)"),
        ("what=LOOK", "looked", "reviewed"),
        ("since=2026-11-24&until=2026-11-24", "reviewed", "Nothing of that kind"),
        ("since=2026-11-25", "Nothing of that kind", "reviewed"),
        ("until=2026-11-23", "Nothing of that kind", "reviewed"),
        ("since=nonsense&before=x", "reviewed", "Nothing of that kind"),
        ("who=%27%20OR%201=1--", "Nothing of that kind", "reviewed"),
    ],
)
def test_it_is_filtered(school: Premises, query: str, shown: str, hidden: str) -> None:
    page = school.as_("shah").get(f"/audit?{query}").text
    assert shown in page
    assert hidden not in page.replace(">Sam North<", "")


def test_the_network_manager_is_not_told_what_was_said_of_a_child(school: Premises) -> None:
    for path in ("/audit", "/audit/audit.csv"):
        north, shah = (school.as_(login).get(path).text for login in ("north", "shah"))
        assert "He seemed upset." not in north and "reviewed" in north
        assert "He seemed upset." in shah
    assert "kept for the e-safety team" in school.as_("north").get("/audit").text


def test_hostile_words_are_inert_in_the_page_and_in_the_sheet(school: Premises) -> None:
    sam = school.as_("north")
    assert HOSTILE not in sam.get("/audit").text
    answer = sam.get("/audit/audit.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:4] == ["number", "at", "who", "what"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    with school.box.look() as record:
        assert audit.look(record, limit=1)[0].what == "exported"


def test_a_long_trail_has_pages(school: Premises) -> None:
    for number in range(60):
        note(school, "bell", "asked", f"request {number}")
    sam = school.as_("north")
    first = sam.get("/audit?who=bell").text
    assert "request 59" in first and ">request 5<" not in first
    older = first.split('href="/audit?before=')[1].split('"')[0].replace("&amp;", "&")
    second = sam.get(f"/audit?before={older}").text
    assert ">request 5<" in second and "request 59" not in second and "Older" not in second


def test_nothing_in_it_can_be_changed_from_here(school: Premises) -> None:
    sam = school.as_("north")
    for path in ("/audit", "/audit/audit.csv"):
        assert sam.post(path, data={"csrf_token": token(sam)}).status_code == 405
    for login in ("clark", "owen", "green"):
        assert school.as_(login).get("/audit").status_code == 403
