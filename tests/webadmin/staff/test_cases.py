"""Mrs Owen, Mr Price and Dr Shah work on a case that detection found."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.policy.model import Scope
from appliance.store import audit, cases
from appliance.store.cases import Happened, Outcome, Status
from appliance.store.office import notices
from appliance.store.office.office import open_office
from tests.console import bellgate
from tests.recording.noting import TIKTOK
from tests.store.evidence import JPEG, PDF, png
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises
from tests.webadmin.staff.suspicious import (
    DAN,
    MIA,
    ZOE,
    case_of,
    does_it_by_itself,
    look_for_attempts,
    settle,
    tries,
    works,
)

HOSTILE = "<script>alert(1)</script>.example"
"""What a device may ask for: names are bytes."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        look_for_attempts(made.box)
        works(made.box, DAN, ZOE, MIA)
        tries(made.box, DAN, ZOE)
        made.box.ask(HOSTILE, verdict=TIKTOK, asker=DAN)
        does_it_by_itself(made.box, MIA)
        settle(made.box)
        yield made


@pytest.fixture
def dans(school: Premises) -> str:
    """The path of the case of Dan's tablet, open as on the first day."""
    with school.box.look() as record:
        (found,) = cases.find(record, device="dans-tablet")
    if found.status is not Status.OPEN:
        owen = school.as_("owen")
        owen.post(f"/cases/{found.id}/reopen", data={"csrf_token": token(owen)})
    return f"/cases/{found.id}"


def audited(school: Premises, path: str) -> list[audit.Audited]:
    with school.box.look() as record:
        return audit.look(record, subject=path.removeprefix("/").replace("cases/", "case "))


def upload(client: FlaskClient, path: str, data: bytes, name: str) -> str:
    """The page that comes of it."""
    sent = {"csrf_token": token(client), "file": (io.BytesIO(data), name)}
    answer = client.post(f"{path}/attach", data=sent)
    answer.request.environ["wsgi.input"].close()  # what the client here has put on disk to send it
    return client.get(answer.headers["Location"]).text if answer.location else answer.text


def test_the_list_has_the_gravest_first_and_noise_behind_a_link(school: Premises) -> None:
    page = school.as_("owen").get("/cases").text
    assert "dans-tablet" in page and "zoes-phone" in page and "mias-ipad" not in page
    assert "Signs of a deliberate attempt" in page
    assert "Explained by the device itself: 1, with the cure" in page
    noise = school.as_("owen").get("/cases?grade=noise").text
    assert "mias-ipad" in noise and "dans-tablet" not in noise
    assert "What stops it:" in noise


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("device=dans-tablet", True),
        ("device=zoes-phone", False),
        ("group=pupils", True),
        ("group=staff", False),
        ("since=2026-11-24", True),
        ("since=2026-11-25", False),
        ("status=reviewed", False),
        ("status=open&grade=deliberate", True),
        ("grade=watch", False),
        ("status=all&grade=all", True),
        ("since=0001-01-01", True),
        ("since=9999-12-31", False),
        ("device=%27%20OR%201=1", False),
    ],
)
def test_the_list_can_be_narrowed(
    school: Premises, dans: str, query: str, *, is_there: bool
) -> None:
    assert (f'href="{dans}"' in school.as_("price").get(f"/cases?{query}").text) is is_there


@pytest.mark.parametrize("query", ["status=x", "grade='", "since=yesterday", "group=%00"])
def test_a_filter_of_somebody_else_making_shows_nothing(school: Premises, query: str) -> None:
    page = school.as_("owen").get(f"/cases?{query}")
    assert page.status_code == 400
    assert "dans-tablet" not in page.text


def test_a_case_shows_both_sides_and_accuses_nobody(school: Premises, dans: str) -> None:
    page = school.as_("owen").get(dans).text
    assert "after TikTok was refused" in page
    assert "The record shows which device asked, not who held it." in page
    assert "10.20.3.7" in page and "class-7b" in page
    assert "which another device may have taken" in page
    assert "data:image/svg+xml" in page and "The numbers" in page
    assert "zoes-phone" in page  # who did the same
    for word in ("pupil did", "guilty", "culprit", "offender", "caught"):
        assert word not in page.lower()
    assert page.index("Nobody meant anything by it") < page.index("Dealt with by the school")


def test_a_name_with_a_script_in_it_is_only_text(school: Premises, dans: str) -> None:
    page = school.as_("owen").get(dans).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_each_look_is_noted_once(school: Premises, dans: str) -> None:
    def looks() -> int:
        return sum((one.who, one.what) == ("price", "looked") for one in audited(school, dans))

    before = looks()
    school.as_("price").get(dans)
    assert looks() == before + 1


def test_the_lesson_that_explains_it_stands_beside_it(school: Premises, dans: str) -> None:
    with school.box.look() as record, open_office(school.folder) as office:
        sign = cases.show(record, int(dans.rpartition("/")[2])).signs[0].first_ms // 1000
        notices.give(
            office,
            school.people["clark"],
            "How VPNs work",
            [str(Scope.parse("set:class-7b"))],
            sign - 600,
            sign + 36_000,
            at_ms=sign * 1000,
            lesson="Lesson 2",
        )
    page = school.as_("owen").get(dans).text
    assert "How VPNs work" in page and "Ms Clark" in page


def test_mrs_owen_writes_mr_price_judges_and_dr_shah_opens_it_again(
    school: Premises, dans: str
) -> None:
    send(school.as_("owen"), dans, to=f"{dans}/note", text="Spoke with Dan.\n<b>He was upset.</b>")
    page = send(
        school.as_("price"),
        dans,
        to=f"{dans}/review",
        outcome="unfounded",
        lesson="The class was learning about VPNs.",
    )
    assert page.status_code == 302
    seen = school.as_("shah").get(dans).text
    assert "&lt;b&gt;He was upset." in seen and "Mrs Owen" in seen
    assert "Nobody meant anything by it" in seen and "Mr Price" in seen
    assert "The class was learning about VPNs." in seen
    with school.box.look() as record:
        assert cases.case(record, int(dans[7:])).outcome is Outcome.UNFOUNDED
    send(school.as_("shah"), dans, to=f"{dans}/reopen")
    with school.box.look() as record:
        whole = cases.show(record, int(dans[7:]))
    assert whole.case.status is Status.OPEN
    assert [one.what for one in whole.entries][-3:] == [
        Happened.NOTED,
        Happened.REVIEWED,
        Happened.REOPENED,
    ]
    assert {"noted", "reviewed", "reopened"} <= {one.what for one in audited(school, dans)}


def test_what_is_typed_stays_when_something_is_wrong(school: Premises, dans: str) -> None:
    lesson = "Talk about it in Year 7."
    answer = send(school.as_("owen"), dans, to=f"{dans}/review", lesson=lesson)
    assert answer.status_code == 400
    assert lesson in answer.text and "Choose what came of it." in answer.text
    assert "Write something down first." in send(school.as_("owen"), dans, to=f"{dans}/note").text


@pytest.mark.parametrize(
    ("data", "name", "kept_as"),
    [
        (png(b"a screen"), "Screen shot.png", "Screen shot.png"),
        (JPEG, "../../etc/passwd", "passwd.jpg"),
        (PDF, 'a"; filename=x.html', "a_ filename=x.html.pdf"),
        (b"He said so.\n", "=cmd|' /C calc'!A0.html", "cmd_.txt"),
    ],
)
def test_a_file_is_kept_under_a_name_that_does_nothing(
    school: Premises, dans: str, data: bytes, name: str, kept_as: str
) -> None:
    owen = school.as_("owen")
    upload(owen, dans, data, name)
    with school.box.look() as record:
        kept = cases.attachments(record, int(dans[7:]))[-1]
    assert not set(kept.name) & set('/\\"<>=|;') and kept.name.endswith(kept_as[-4:])
    answer = owen.get(f"{dans}/attachments/{kept.id}")
    assert answer.data == data
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert audited(school, dans)[0].what == "downloaded"


@pytest.mark.parametrize(
    "data",
    [
        png() + b"<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<html>",
        b"GIF89a/*" + b"\0" * 20,
        b"PK\x03\x04" + b"\0" * 40,
        b"\x7fELF" + b"\0" * 40,
        b"MZ" + b"\0" * 40,
        b"%PDF-1.4 without an end",
        b"\xff\xd8\xff without an end",
        b"",
        b"\0",
    ],
)
def test_a_file_that_is_two_things_or_another_is_not_taken(
    school: Premises, dans: str, data: bytes
) -> None:
    owen = school.as_("owen")
    with school.box.look() as record:
        before = len(cases.attachments(record, int(dans[7:])))
    page = upload(owen, dans, data, "picture.png")
    assert "are taken, and by its content" in page or "it is empty" in page
    with school.box.look() as record:
        assert len(cases.attachments(record, int(dans[7:]))) == before


def test_a_file_that_is_too_large_is_not_taken(school: Premises, dans: str) -> None:
    owen = school.as_("owen")
    assert "10 MB, the most that is taken" in upload(owen, dans, b"a" * 10_000_001, "a.txt")
    assert "Too large" in upload(owen, dans, b"a" * 13_000_000, "a.txt")


def test_a_file_of_one_case_can_not_be_had_through_another(school: Premises, dans: str) -> None:
    owen = school.as_("owen")
    upload(owen, dans, PDF, "letter.pdf")
    with school.box.look() as record:
        number = cases.attachments(record, int(dans[7:]))[-1].id
    zoes = case_of(school.box, "zoes-phone").id
    assert owen.get(f"/cases/{zoes}/attachments/{number}").status_code == 404
    assert owen.get(f"{dans}/attachments/999").status_code == 404
    assert owen.get("/cases/999").status_code == 404


def test_evidence_leaves_with_a_reason_and_verifies(
    school: Premises, dans: str, tmp_path: Path
) -> None:
    owen = school.as_("owen")
    upload(owen, dans, png(b"the screen"), "screen.png")
    assert send(owen, dans, to=f"{dans}/evidence").status_code == 400  # without one
    answer = send(owen, dans, to=f"{dans}/evidence", reason="The police asked for it.")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    noted = audited(school, dans)[0]
    assert (noted.who, noted.what) == ("owen", "took out evidence")
    assert noted.after["reason"] == "The police asked for it."
    path = tmp_path / "case.zip"
    path.write_bytes(answer.data)
    answer.close()
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
    assert any(name.startswith("attachments/") and name.endswith("screen.png") for name in names)
    said = bellgate("verify", path)
    assert (said.code, said.err) == (0, "")


def test_a_teacher_the_manager_and_a_governor_see_no_case(school: Premises, dans: str) -> None:
    for login in ("clark", "north", "green"):
        client = school.as_(login)
        for path in ("/cases", dans, f"{dans}/attachments/1"):
            assert client.get(path).status_code == 403
        for what in ("note", "review", "reopen", "attach", "evidence"):
            answer = client.post(f"{dans}/{what}", data={"csrf_token": token(client)})
            assert answer.status_code == 403
    assert school.stranger().get(dans).status_code == 302


def test_two_who_open_it_again_at_once_do_no_harm(school: Premises, dans: str) -> None:
    send(school.as_("owen"), dans, to=f"{dans}/review", outcome="fixed", lesson="MDM.")
    first, second = school.as_("owen"), school.as_("price")
    for client in (first, second):
        client.post(f"{dans}/reopen", data={"csrf_token": token(client)})
    assert "is open already" in second.get(dans).text
