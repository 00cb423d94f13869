"""bellgate status and a whole run: what runs, what is recorded, and what is wrong."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.processes import running
from tests.console import CHECKOUT, bellgate
from tests.dns.questions import message_of
from tests.ports import free_port
from tests.recording.noting import Box

EVERY_PROGRAM = ["dns 1", "public", "recording", "staff"]


class Run:
    """bellgate run, with the recorder."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "appliance", "run", "--dir", folder),
                *("--profile", "mersey-vale", "--dns", f"127.0.0.1:{self.port}"),
                *("--upstream", "127.0.0.1:9", "--client-group", "127.0.0.1/32=pupils"),
                *("--workers", "1", *words),
                *("--staff", f"127.0.0.1:{free_port()}", "--public", f"127.0.0.1:{free_port()}"),
            ],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline()

    def ask(self, name: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.settimeout(5)
            message = message_of([label.encode() for label in name.split(".")], 1)
            device.sendto(message, ("127.0.0.1", self.port))
            assert device.recv(4096)[:2] == message[:2]

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < end
            time.sleep(0.1)

    def pid(self, name: str) -> int:
        return next((one.pid for one in running(self.folder) if one.name == name), 0)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)
        return self.process.returncode


@contextlib.contextmanager
def run(folder: Path, *words: str) -> Iterator[Run]:
    one = Run(folder, *words)
    try:
        yield one
    finally:
        one.stop()


def refused(folder: Path) -> list[str]:
    lines = bellgate("export", "refused", "--dir", folder).out.splitlines()[1:]
    return [line.split(",")[4] for line in lines]


def test_what_a_device_is_refused_is_on_record_and_a_dead_recorder_comes_again(
    tmp_path: Path,
) -> None:
    with run(tmp_path) as box:
        box.ask("www.tiktok.com")
        box.until(lambda: bellgate("status", "--dir", tmp_path, "--json").object["stored"] == 1)
        said = bellgate("status", "--dir", tmp_path)
        assert said.code == 0, said.out
        assert "ok    recording: process " in said.out
        status = bellgate("status", "--dir", tmp_path, "--json").object
        assert status["ok"]
        assert [one["name"] for one in status["programs"]] == EVERY_PROGRAM
        assert status["refused_rows"] == 1
        first = box.pid("recording")
        os.kill(first, signal.SIGKILL)
        box.ask("x.com")
        box.until(lambda: box.pid("recording") not in (0, first))
        box.until(lambda: refused(tmp_path) == ["www.tiktok.com", "x.com"])
        box.ask("www.instagram.com")  # what was asked last is stored as it ends
        assert box.stop() == 0
    assert refused(tmp_path) == ["www.tiktok.com", "x.com", "www.instagram.com"]
    assert not running(tmp_path)


def test_only_what_is_wanted_runs(tmp_path: Path) -> None:
    with run(tmp_path, "--only", "recording") as box:
        assert box.ready == "ready\n"
        assert [one.name for one in running(tmp_path)] == ["recording"]
    with run(tmp_path, "--only", "dns") as box:
        assert box.ready == f"ready dns=127.0.0.1:{box.port}\n"
        assert [one.name for one in running(tmp_path)] == ["dns 1"]


def test_last_months_question_is_asked_of_last_months_policy(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for profile, day in (("mersey-vale", "2026-09-01"), ("st-annes", "2026-10-01")):
        assert bellgate("publish", "--profile", profile, "--dir", tmp_path).code == 0
        box.clock.now = time.mktime(time.strptime(day, "%Y-%m-%d"))
        box.clock.steady += 10
        box.recorder.tick()
    then = bellgate("explain", "--dir", tmp_path, "--at", "2026-09-08T12:30", "www.tiktok.com")
    now = bellgate("explain", "--dir", tmp_path, "--at", "2026-10-06T12:30", "www.tiktok.com")
    assert "rule 7.1" in then.out
    assert "in force at that time" in then.err
    assert "rule 7.1" not in now.out
    assert now.err == ""


def test_where_nothing_runs_it_says_what_to_do(tmp_path: Path) -> None:
    said = bellgate("status", "--dir", tmp_path)
    assert said.code == 1
    assert "wrong dns: no resolver runs here" in said.out
    assert "wrong recording: it does not run" in said.out
    assert "wrong staff: nobody can open the staff pages" in said.out
    status = bellgate("status", "--dir", tmp_path, "--json").object
    assert not status["ok"]
    wrong = {"dns", "recording", "staff", "public", "policy", "record"}
    assert {one["matter"] for one in status["problems"]} == wrong


@pytest.mark.parametrize("command", ["status", "backup", "restore", "export"])
def test_every_command_has_an_example(command: str) -> None:
    assert f"Example: bellgate {command}" in bellgate(command, "--help").out
