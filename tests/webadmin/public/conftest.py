"""One school for all stories of the counter in which nothing is handed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webadmin.premises import Premises, premises
from tests.webadmin.public.visiting import POLICY


@pytest.fixture(scope="package")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """Nobody may change it."""
    with premises(tmp_path_factory.mktemp("seen"), POLICY) as school:
        yield school
