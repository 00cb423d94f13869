"""What the programs of the pages write down when something goes wrong: enough, and no secret."""

from __future__ import annotations

import logging
import sys

from webadmin.frame.log import OneLine


def line(message: str, *words: str) -> str:
    """The line of a fault that a page ran into."""
    try:
        raise ValueError("no\nsuch thing")
    except ValueError:
        fault = sys.exc_info()
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, message, words, fault)
    return OneLine("staff").format(record)


def test_a_fault_is_one_line_that_says_where_it_was() -> None:
    said = line("Exception on %s [%s]", "/requests", "POST")
    assert said.startswith("staff: Exception on /requests [POST]: ValueError: no\\x0asuch thing (")
    assert "test_log.py:" in said
    assert "\n" not in said


def test_links_that_let_somebody_in_are_not_written_down() -> None:
    said = line("Exception on %s [GET]", "/welcome/ZgukJREcEN8hoeyADoVzkAV7lpEtKQ2sXRrQdapQ73o")
    assert "/welcome/… [GET]" in said
    assert "Zguk" not in said
    assert "tiktok" not in line("Error handling request GET %s", "/log?name=tiktok.com")
