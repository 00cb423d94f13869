"""Rows that people put to a case by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import CaseError
from appliance.store import cases, findings, holding
from appliance.store.cases import Happened, Status
from appliance.store.database import FILE, Record
from appliance.store.findings import Finding, Signed
from tests.recording.noting import Box

NOW = 1_795_520_000_000


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path)
    box.ask("www.tiktok.com", "x.com", "reddit.com")
    box.store()
    yield box
    box.recorder.shutdown()


@pytest.fixture
def record(box: Box) -> Iterator[Record]:
    with Record.change(box.folder / FILE) as record:
        yield record


def noise(device: str) -> Finding:
    return Finding(device, "pupils", NOW, NOW, None, "noise", 1.0, ("relay",), (), ("by itself",))


def test_a_case_is_opened_with_a_row_and_takes_others(record: Record) -> None:
    opened = holding.open_with(record, [1], "Seen by Mrs Owen", who="owen", at_ms=NOW)
    assert (opened.device, opened.group, opened.status) == ("dans-tablet", "pupils", Status.OPEN)
    holding.hold(record, opened.id, [2, 3], "The same minute", who="price", at_ms=NOW + 1)
    whole = cases.show(record, opened.id)
    assert [row.id for row in whole.rows] == [1, 2, 3]
    assert [(one.what, one.who, one.text) for one in whole.entries] == [
        (Happened.OPENED, "owen", ""),
        (Happened.HELD, "owen", "Seen by Mrs Owen"),
        (Happened.HELD, "price", "The same minute"),
    ]


def test_a_device_has_one_open_case(record: Record) -> None:
    holding.open_with(record, [1], "why", who="owen", at_ms=NOW)
    with pytest.raises(CaseError, match="has an open case already, number 1"):
        holding.open_with(record, [2], "why", who="owen", at_ms=NOW)


@pytest.mark.parametrize(
    ("rows", "why", "says"),
    [
        ([1], "  ", "the reason is empty"),
        ([99], "why", "not in the record any more"),
        ([], "why", "no row is chosen"),
    ],
)
def test_what_can_t_be_kept_leaves_no_case(
    record: Record, rows: list[int], why: str, says: str
) -> None:
    with pytest.raises(CaseError, match=says):
        holding.open_with(record, rows, why, who="owen", at_ms=NOW)
    assert cases.find(record) == []


def test_what_a_person_kept_stays_when_detection_calls_it_noise(record: Record) -> None:
    opened = holding.open_with(record, [2], "Keep this one", who="owen", at_ms=NOW)
    with record.transaction():
        first_ms = holding.row(record, 1).first_ms
        sign = Signed("dans-tablet", first_ms, "relay", "a relay", "x.com", "block")
        assert findings.sign(record, sign)
        findings.link(record, NOW)
    assert [row.id for row in cases.show(record, opened.id).rows] == [1, 2, 3]
    with record.transaction():
        findings.join(record, noise("dans-tablet"), NOW)
        findings.link(record, NOW)
    assert [row.id for row in cases.show(record, opened.id).rows] == [2]
