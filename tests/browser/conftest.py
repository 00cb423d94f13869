"""The browser of each module: Playwright's loop keeps others from running beside it in a thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.browser import Browser, started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser
