"""What was opened and whether anybody used it; what signs of ways round the filter there were."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from appliance.policy.model import Action
from appliance.policy.verdict import DecidedBy
from appliance.store import findings
from appliance.store.uses import AttemptNumber, Use, attempts, exceptions
from tests.recording.noting import ALLOWED, TABLET, TIKTOK, Box
from tests.school import school
from tests.store.evidence import TUESDAY, finding, record_with_case, signed
from tests.store.test_reports import WEEK, span

A_LESSON = dataclasses.replace(ALLOWED, decided_by=DecidedBy.OVERRIDE, rule="a-lesson")
EXAMS = dataclasses.replace(TIKTOK, decided_by=DecidedBy.OVERRIDE, rule="exams")
GRANTS = """
[[override]]
id = "a-lesson"
action = "allow"
target = ["service:tiktok"]
for = ["group:pupils"]
from = 2026-11-24T10:00:00
until = 2026-11-24T12:00:00
reason = "A lesson about it."
approved_by = ["Ms Clark"]

[[override]]
id = "forgotten"
action = "block"
target = ["service:reddit"]
for = ["everyone"]
from = 2026-11-24T10:00:00
until = 2026-11-24T12:00:00
reason = "For a while."
approved_by = ["Ms Clark"]
"""


def test_exceptions_that_decided_something_and_those_that_did_not(tmp_path: Path) -> None:
    assert ALLOWED.action is Action.ALLOW
    box = Box(tmp_path)
    for verdict, times in ((A_LESSON, 3), (EXAMS, 1), (TIKTOK, 2), (ALLOWED, 2)):
        for number in range(times):
            box.ask(f"n{number}.example.com", asker=TABLET, verdict=verdict)
    box.settle()
    with box.look() as record:
        assert exceptions(record, WEEK, school(GRANTS).grants) == [
            Use("override", "a-lesson", opened=3, closed=0),
            Use("override", "exams", opened=0, closed=1),
            Use("override", "forgotten", opened=0, closed=0),
        ]
        assert [one.id for one in exceptions(record, WEEK) if one.is_unused] == []


def test_attempts_by_kind(tmp_path: Path) -> None:
    record, _ = record_with_case(tmp_path)
    with record.transaction():
        findings.join(record, finding("lab"), TUESDAY)
        for _ in range(2):
            findings.sign(record, signed("lab"))
        findings.sign(record, dataclasses.replace(signed("lab"), kind="tor"))
    tuesday = TUESDAY // 1000
    found = attempts(record, span(tuesday - 3600, tuesday + 3600))
    assert found == [
        AttemptNumber("vpn", signs=3, devices=2, cases=2),
        AttemptNumber("tor", signs=1, devices=1, cases=1),
    ]
    assert attempts(record, span(tuesday + 7200, tuesday + 10_800)) == []
    record.close()
