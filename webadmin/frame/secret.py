"""The secret of one application, by which it knows its own tokens again after a restart."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from appliance.disk import faults_as, to_disk
from appliance.errors import StoreError

BYTES: Final = 32
PRIVATE: Final = 0o600


def secret(folder: Path, name: str) -> bytes:
    """Made at the first start; two programs that start at once get the same one."""
    path = folder / f"{name}.secret"
    with faults_as(StoreError, path):
        if not path.exists():
            new = path.with_name(f".{path.name}.{os.getpid()}")
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(BYTES))
            to_disk(new)
            with contextlib.suppress(FileExistsError):  # another was first: theirs it is
                os.link(new, path)
            new.unlink()
        return path.read_bytes()
