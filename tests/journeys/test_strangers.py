"""Never an open resolver: who is not of the school's networks is told so, in no more bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console import CHECKOUT
from tests.journeys import stranger
from tests.journeys.cast import POLICY
from tests.journeys.running import ENVIRON

UNSHARE = ["unshare", "--map-root-user", "--net"]


def test_strangers_get_nothing_and_whoever_is_invited_does(tmp_path: Path) -> None:
    can = subprocess.run([*UNSHARE, "true"], capture_output=True)
    if can.returncode:
        pytest.skip("this system lets nobody have a network of their own")
    policy = tmp_path / "school.toml"
    policy.write_text(POLICY)
    run = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.journeys.stranger", str(tmp_path), str(policy)],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=ENVIRON,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        stranger.STRANGER: ["REFUSED", "nothing", ""],
        stranger.INVITED: ["NOERROR", "NOERROR", ""],
        stranger.LISTED: ["NOERROR", "NOERROR", ""],
        "asked": 1,
    }
