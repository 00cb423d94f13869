"""Files that are two things at once, put to a case: what is kept can do nothing to who opens it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance.store import cases, holding
from appliance.store.attachments import JPEG, PDF, PNG, TEXT, WEBP
from appliance.store.database import FILE, Record
from tests.webadmin.hostile.attempts import PROOF, TO_A_CASE
from tests.webadmin.hostile.inert import assert_safe
from tests.webadmin.hostile.sending import Attempt, browser, send
from tests.webadmin.premises import Premises, premises

HARMLESS = (PNG, JPEG, WEBP, PDF, TEXT)  # as they are named to the browser, which may not guess


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("uploads")) as made:
        made.box.ask("www.tiktok.com")
        made.box.store()
        with Record.change(made.folder / FILE) as record:
            holding.open_with(record, [1], "A look", who="owen", at_ms=made.now * 1000)
        yield made


def test_what_a_case_keeps_is_harmless_and_leaves_as_a_download(school: Premises) -> None:
    owen = browser(school, "owen")
    for attempt in TO_A_CASE:
        body = attempt.body.replace(PROOF, owen.proof.encode())
        assert_safe(send(school, replace(attempt, body=body), owen), school)
    with school.box.look() as record:
        kept = cases.attachments(record, 1)
    assert kept
    for one in kept:
        assert one.type in HARMLESS and "/" not in one.name and "<" not in one.name
        page = send(school, Attempt("file", "staff", f"/cases/1/attachments/{one.id}"), owen)
        assert page.headers["Content-Disposition"].startswith("attachment")
        assert page.headers["Content-Type"].startswith(one.type)
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Content-Security-Policy"].startswith("sandbox")
    for login in ("clark", "north", "nobody"):
        who = browser(school, login) if login != "nobody" else None
        page = send(school, Attempt("file", "staff", f"/cases/1/attachments/{kept[0].id}"), who)
        assert page.status_code in (302, 403)
