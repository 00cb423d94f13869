"""The door of the staff's pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webadmin.premises import Premises, premises
from webadmin.staff.permissions import permission_of


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def test_every_page_says_who_may_see_it(school: Premises) -> None:
    for view in school.staff.view_functions.values():
        permission_of(view)  # LookupError where nobody has said


def test_a_stranger_is_led_to_the_sign_in_page(school: Premises) -> None:
    answer = school.stranger().get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_teacher_sees_the_desk(school: Premises) -> None:
    answer = school.as_("clark").get("/")
    assert answer.status_code == 200
    assert "Ms Clark" in answer.text


def test_a_form_without_its_token_changes_nothing(school: Premises) -> None:
    clark = school.as_("clark")
    assert clark.post("/sign-out").status_code == 400
    assert clark.get("/").status_code == 200
