"""Requests that no browser would send: none of them fails, changes anything, or tells anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.webadmin.hostile.attempts import ATTEMPTS, PROOF
from tests.webadmin.hostile.inert import assert_safe
from tests.webadmin.hostile.sending import Attempt, Browser, send, slip
from tests.webadmin.premises import PEOPLE, Premises

STRANGERS = ("nobody", "clark")  # who may not see who works here


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_a_hostile_request_changes_nothing_and_tells_nothing(
    school: Premises, people: dict[str, Browser], attempt: Attempt
) -> None:
    for login, who in people.items():
        if attempt.to == "public" and login != "nobody":
            continue
        proof = slip(school, attempt.path) if _is_at_the_counter(attempt) else who.proof
        answer = send(
            school, replace(attempt, body=attempt.body.replace(PROOF, proof.encode())), who
        )
        assert_safe(answer, school)
        assert "X-Evil" not in answer.headers
        if attempt.answers and login == "nobody":
            assert answer.status_code in attempt.answers, answer.status
        if login in STRANGERS and attempt.to == "staff":
            others = [name for one, (name, _) in PEOPLE.items() if one != login]
            assert not [name for name in others if name in answer.text]


def _is_at_the_counter(attempt: Attempt) -> bool:
    return attempt.to == "public" and attempt.method == "POST"


def test_there_are_enough_of_them() -> None:
    assert len(ATTEMPTS) >= 60
    assert len({str(one) + one.path for one in ATTEMPTS}) == len(ATTEMPTS)
