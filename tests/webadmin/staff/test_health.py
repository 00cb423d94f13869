"""Health: each red line says what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.backup import back_up
from tests.webadmin.premises import Premises, premises


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def test_what_does_not_run_stands_first_with_what_to_do(school: Premises) -> None:
    page = school.as_("north").get("/health").text
    to_do = page[page.index("To do") : page.index("Ask the upstreams too")]
    assert "no resolver runs here" in to_do
    assert "→ start Bellgate: bellgate run, or systemctl" in to_do
    for matter in ("Policy", "Record", "Card", "Disk", "Time", "Versions", "Catalogue"):
        assert f"<strong>{matter}</strong>" in page


def test_a_backup_is_asked_for_until_there_is_one_of_this_week(school: Premises) -> None:
    sam = school.as_("north")
    assert "none has been made on this box yet" in sam.get("/health").text
    back_up(school.folder, school.folder.parent / "backup.zip", school.box.clock.now)
    assert "made today" in sam.get("/health").text
    school.box.clock.now += 9 * 86_400
    page = school.as_("north").get("/health").text
    school.box.clock.now -= 9 * 86_400
    assert "the last was made 9 days ago" in page


def test_upstreams_are_asked_only_where_somebody_wants_it(school: Premises) -> None:
    sam = school.as_("north")
    assert "there is none, and the system names none" not in sam.get("/health").text
    page = sam.get("/health?ask=1").text
    assert "there is none, and the system names none but this box" in page


def test_a_machine_reads_the_same(school: Premises) -> None:
    found = school.as_("north").get("/health.json").get_json()
    assert found["level"] == "bad"
    matters = {one["name"]: one for part in found["parts"] for one in part["matters"]}
    assert matters["Resolvers"]["level"] == "bad" and matters["Resolvers"]["do"]
    assert matters["Policy"]["level"] == "good"


def test_only_the_network_manager_sees_it(school: Premises) -> None:
    for login in ("clark", "owen", "shah", "green"):
        for path in ("/health", "/health.json"):
            assert school.as_(login).get(path).status_code == 403
    assert school.stranger().get("/health.json").status_code == 302
