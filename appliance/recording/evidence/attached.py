"""The files that people added to a case, as they go into evidence.

One that is gone, or no longer what it was, is left out and named: evidence of the rest must not
wait for it, and nobody may take it for what was attached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from appliance.errors import CaseError
from appliance.store.attachments import Keeper
from appliance.store.cases import Attachment

MOST_BYTES: Final = 100_000_000  # together: they are all in memory at once, on a small box
STEM_LENGTH: Final = 50
_OTHERS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Attached:
    """One of them, and its content where it can be handed on."""

    of: Attachment
    data: bytes | None
    why_not: str = ""

    @property
    def packed_as(self) -> str:
        """A name that every system can unpack, and that no other of the same case has."""
        stem, _, ending = self.of.name.rpartition(".")
        plain = _OTHERS.sub("-", stem.lower()).strip("-")[:STEM_LENGTH].strip("-")
        return f"{self.of.id}-{plain or 'attachment'}.{ending}"

    @property
    def described(self) -> dict[str, Any]:
        """For the manifest; its name there is the one it was given."""
        return {
            "file": "" if self.data is None else f"attachments/{self.packed_as}",
            "name": self.of.name,
            "type": self.of.type,
            "bytes": self.of.bytes,
            "sha256": self.of.sha256,
            "left_out": self.why_not,
        }


def attached(keeper: Keeper, files: Iterable[Attachment]) -> tuple[Attached, ...]:
    found, together = [], 0
    for one in files:
        together += one.bytes
        if together > MOST_BYTES:
            why = f"all together they are larger than {MOST_BYTES // 1_000_000} MB"
            found.append(Attached(one, None, why))
            continue
        try:
            found.append(Attached(one, keeper.read(one.sha256)))
        except CaseError:
            found.append(Attached(one, None, "it is gone, or was changed since it was attached"))
    return tuple(found)
