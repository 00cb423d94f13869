"""Room on the disk: without it no policy can be published and no record kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from appliance.checkup.finding import Finding

NEEDED = 500_000_000  # bytes: a snapshot of a million names three times over, and a month's record


def about_disk(folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        return Finding("disk", f"{folder}: {fault.strerror}", "bellgate publish makes the folder")
    said = f"{free / 1_000_000_000:,.1f} GB free in {folder}"
    return Finding("disk", said, "" if free >= NEEDED else "make room: 0.5 GB is the least")
