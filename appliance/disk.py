"""Files that outlive a power cut: it finds the old one or the new one, never half of either."""

from __future__ import annotations

import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Wait until the card has it: a rename may not come to the disk before what it names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes) -> None:
    """Write a whole file beside the one in use, then put it in its place."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    to_disk(new)
    os.replace(new, path)
    to_disk(path.parent)
