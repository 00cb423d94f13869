"""The list server and the box, for every test of this folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lists.hostile import Box, ListServer, serving


@pytest.fixture
def server() -> Iterator[ListServer]:
    with serving() as started:
        yield started


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path, now=int(time.time()))
