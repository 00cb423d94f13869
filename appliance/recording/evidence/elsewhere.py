"""Evidence of a case, made in a process of its own: what sets the paper takes 45 MB, which a web
worker would keep for good after the first case.
"""

from __future__ import annotations

import hashlib
import json
import subprocess  # nosec B404: one command, ours, without a shell
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from appliance.disk import faults_as
from appliance.errors import EvidenceError

LONGEST_SECONDS: Final = 120  # for 50,000 entries on a Pi
TOLD: Final = 500  # characters of what went wrong


@dataclass(frozen=True, slots=True)
class TakenOut:
    """The ZIP, in a file that is gone once it is closed; and what there is to say of it."""

    file: IO[bytes]
    sha256: str
    rows: int
    left_out: tuple[str, ...]


def take_out(folder: Path, case: int, now: int) -> TakenOut:
    """EvidenceError where there is nothing, too much, or a row that is not as it was sealed."""
    with faults_as(EvidenceError, folder):
        file = tempfile.TemporaryFile(dir=folder)  # about a child: not where others have theirs
    command = (sys.executable, "-m", __package__, str(folder), str(case), str(now))
    try:
        told = _run(command, file)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return TakenOut(file, digest, told["rows"], tuple(told["left_out"]))


def _run(command: tuple[str, ...], file: IO[bytes]) -> dict[str, Any]:
    """What it says on its other channel: a sentence, or what has been made."""
    try:
        done = subprocess.run(  # nosec B603: two numbers and our own folder, without a shell
            command, stdout=file, stderr=subprocess.PIPE, timeout=LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise EvidenceError(
            "it took too long: bellgate export evidence on the box has the time"
        ) from fault
    said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    if done.returncode:
        raise EvidenceError(said[:TOLD] or "it broke off")
    told: dict[str, Any] = json.loads(said)
    return told
