"""What opens a door: long, drawn by chance, and known to us by its hash alone."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

BYTES: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")  # what 32 bytes look like


def new_token() -> str:
    """256 bits that fit into a cookie and a link."""
    return secrets.token_urlsafe(BYTES)


def is_token(text: str) -> bool:
    """Whether it looks like one of ours; anything else is not worth a look at the disk."""
    return bool(_TOKEN.match(text))


def hash_of(token: str) -> str:
    """Without salt or slowness: nobody guesses what chance has drawn."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
