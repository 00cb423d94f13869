"""The recorder as a process of its own, as `bellgate run` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from appliance.readiness import NOTIFY_FD, READY
from appliance.recording import health
from appliance.recording.health import Health
from tests.console import CHECKOUT


class Process:
    """One recorder; killed at the end of the block if it has not ended by then."""

    def __init__(self, folder: Path, *, wait: bool = True) -> None:
        self.folder = folder
        settings = folder / "appliance.toml"
        if not settings.exists():
            settings.write_text("[recording]\ncommit_seconds = 1\n")
        self.said = ""
        self.start(wait=wait)

    def start(self, *, wait: bool = True) -> None:
        read_end, write_end = os.pipe()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "appliance.recording"),
                *("--config", self.folder / "appliance.toml", "--dir", self.folder),
            ],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT), NOTIFY_FD: str(write_end)},
            pass_fds=[write_end],
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(write_end)
        with open(read_end, "rb") as ready:
            if wait:
                assert ready.read(len(READY)) == READY

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        _, said = self.process.communicate(timeout=30)
        self.said += said
        return self.process.returncode

    def until(self, is_so: Callable[[Health], bool], seconds: float = 30) -> None:
        """Wait until its health file says so."""
        end = time.monotonic() + seconds
        while True:
            said = health.read(self.folder)
            if said and said.pid == self.pid and is_so(said):
                return
            assert time.monotonic() < end, said
            time.sleep(0.02)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            self.wait()
