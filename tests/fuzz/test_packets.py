"""The same few thousand packets every time; the long run is by hand, see README.md."""

from __future__ import annotations

from tests.fuzz.packets import fuzz


def test_no_packet_of_some_thousands_is_answered_without_sense() -> None:
    report = fuzz(1, 6_000)
    assert not report.findings, report.findings[:3]
    assert report.replies["answer"] > 2_000 and report.replies["complaint"] > 1_000
