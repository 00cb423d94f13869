"""One school for all attacks: whatever is tried on it, it stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webadmin.hostile.sending import Browser, browser
from tests.webadmin.hostile.standing import standing
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public.visiting import POLICY


@pytest.fixture(scope="package")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("besieged"), POLICY) as made:
        made.box.ask("www.tiktok.com")
        made.box.store()
        yield made


@pytest.fixture(scope="package")
def people(school: Premises) -> dict[str, Browser]:
    """Each with a good cookie, and a good proof for forms."""
    known = {login: browser(school, login) for login in ("clark", "owen", "north")}
    return {"nobody": Browser(), **known}


@pytest.fixture
def unmoved(school: Premises) -> Iterator[None]:
    """After the test everything is as it was."""
    before = standing(school)
    yield
    after = standing(school)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # a book that was made meanwhile is empty
    assert not {name for name in changed if name in before}, changed
