"""Files that outlive a power cut: it finds the old one or the new one, never half of either."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import ApplianceError


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


def turn_link(link: Path, target: str) -> None:
    """Point a link at what is on the disk already; readers follow the old one or the new one."""
    new = link.with_name(f".{link.name}")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, link)
    to_disk(link.parent)


@contextlib.contextmanager
def faults_as(error: type[ApplianceError], place: Path) -> Iterator[None]:
    """Whatever the disk refuses becomes this error, with the place and the system's own words."""
    try:
        yield
    except OSError as fault:
        raise error(f"{fault.filename or place}: {fault.strerror}") from fault
