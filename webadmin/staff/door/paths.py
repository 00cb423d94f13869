"""Where to go on: a path of our own, whatever was written into the address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import request, url_for

LONGEST: Final = 2_000


def next_path() -> str:
    """The page that was wanted before signing in; the desk where that is none of ours."""
    wanted = request.values.get("next", "")
    return wanted if is_own(wanted) else url_for("desk.desk")


def is_own(path: str) -> bool:
    """Browsers read \\\\ as /, and drop what can't be seen: such a path leads to another host."""
    if not path.startswith("/") or path[1:2] in ("/", "\\") or len(path) > LONGEST:
        return False
    if not path.isprintable() or "\\" in path:
        return False
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
