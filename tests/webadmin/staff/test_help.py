"""Help tells each role what it can do, and leads to pages that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.webadmin.premises import PEOPLE, Premises, premises


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


@pytest.mark.parametrize("login", PEOPLE)
def test_every_link_of_the_help_may_be_followed(school: Premises, login: str) -> None:
    browser = school.as_(login)
    page = browser.get("/help").text
    for path in re.findall(r'href="(/[a-z/-]*)"', page.partition("<main")[2]):
        assert browser.get(path).status_code == 200, path


def test_a_teacher_reads_nothing_of_cases(school: Premises) -> None:
    page = school.as_("clark").get("/help").text
    assert "A site for a lesson" in page and "Cases and reports" not in page
