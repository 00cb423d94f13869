"""What people typed, as it is kept: nothing in it that can't be seen, and never endless."""

from __future__ import annotations

import unicodedata

from appliance.errors import ApplianceError

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # marks that turn text around are among them


def plain(text: str, *, lines: bool = True) -> str:
    """Without anything that can't be seen: this is read out in meetings and printed."""
    kept = "\n\t" if lines else ""
    seen = "".join(
        sign
        if sign in kept or unicodedata.category(sign) not in _UNSEEN
        else " " * (sign in "\n\t")
        for sign in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    ).strip()
    return seen if lines else " ".join(seen.split())


def written(
    text: str,
    what: str,
    longest: int,
    error: type[ApplianceError],
    *,
    may_be_empty: bool = False,
    lines: bool = True,
) -> str:
    """These words, plain; `error` where there are none, or too many. `what` begins its sentence."""
    kept = plain(text, lines=lines)
    if not kept and not may_be_empty:
        raise error(f"{what} is empty")
    if len(kept) > longest:
        raise error(f"{what} is {len(kept):,} characters long: {longest:,} is the most")
    return kept
